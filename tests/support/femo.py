"""Runs the real `femo` in processes of its own, with a home that is empty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Femo:
    """A lab machine's femo: one store, one home."""

    home: Path
    store: Path
    extra_env: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FEMO_", "XDG_"))}
        return {
            **kept,
            "HOME": str(self.home),
            "FEMO_STORE": str(self.store),
            "FEMO_STATE_DIR": str(self.home / "state"),
            "COLUMNS": "120",
            **self.extra_env,
        }

    @property
    def login(self) -> dict[str, Any]:
        """Return as whom its processes run, in the words of subprocess; nobody else here."""
        return {}

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "femo_tui", *args]

    def run(self, *args: str, timeout_s: float = 55.0) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            self.command(*args),
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
            **self.login,
        )

    def ok(self, *args: str, timeout_s: float = 55.0) -> str:
        """Run a command that has to succeed; return what it printed."""
        done = self.run(*args, timeout_s=timeout_s)
        assert done.returncode == 0, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *args: str) -> Any:
        return json.loads(self.ok(*args, "--json").splitlines()[-1])

    @contextmanager
    def started(self, *args: str) -> Iterator[subprocess.Popen[str]]:
        """Start a command; kill it if it still runs at the end."""
        process = subprocess.Popen(
            self.command(*args),
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **self.login,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def wait_until(
    condition: Callable[[], bool], what: str, timeout_s: float = START_TIMEOUT_S
) -> None:
    """Wait for a condition of another process; fail with `what` if it never comes."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"waited {timeout_s} s in vain: {what}")
        time.sleep(0.02)


def run_events(run_dir: Path, name: str | None = None) -> list[dict[str, Any]]:
    """Read run.jsonl as plain JSON, without femo; whole lines only."""
    text = (run_dir / "run.jsonl").read_text("utf-8")
    events = [json.loads(line) for line in text.split("\n")[:-1]]
    return [event for event in events if name is None or event["event"] == name]


def kill_in_its_window(femo: Femo, *words: str) -> Path:
    """Start a recording, kill its recorder in the first window; return the run folder."""
    with femo.started(*words) as recorder:
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        wait_until(lambda: bool(run_events(run_dir, "window_start")), "the film's window")
        recorder.kill()
        recorder.wait()
    return run_dir
