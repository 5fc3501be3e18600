"""A store of a thousand sessions, and a run of hours that goes on: files written directly.

Run: python -m tests.support.big_store STORE [--sessions N] [--hours H] [--hz HZ]
It prints `ready`, then adds samples and frames to one run, as a recorder does, until it is killed.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from femo_tui.model.events import (
    RunEvent,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
    to_line,
)
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.recorder.client import store_lock_path
from femo_tui.recorder.wire import WIRE_VERSION
from femo_tui.store import rows
from femo_tui.store.catalog import Catalog
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, LOCK, RUN_FILE, SESSIONS
from femo_tui.store.lock import HeldLock
from femo_tui.store.seal import seal_run
from tests.support.runs import wile_start

STEP_S, WINDOW_START_S, WINDOW_S = 52.0, 12.0, 30.0
EMOTIONS = ("neutral", "stress", "neutral", "boredom", "neutral", "happy")
FPS = 10.0
SHORT_RUN_S = 60.0
PACE_S = 0.1  # a recorder that grows writes what has come meanwhile


class WrittenRun:
    """A run folder of films one after the other, written as far as it is told to."""

    def __init__(self, run_dir: Path, code: str, began: datetime, hz: float, steps: int) -> None:
        run_dir.mkdir(parents=True)
        self.run_dir, self._hz = run_dir, hz
        self._sample = self._frame = self._event = 0
        self._events = iter(self._told(code, began, steps))
        self._next: RunEvent | None = next(self._events)
        self._files = {
            name: (run_dir / name).open("wb", buffering=0)
            for name in (RUN_FILE, GSR_FILE, FRAMES_FILE)
        }
        self._files[GSR_FILE].write(rows.header(rows.GSR_COLUMNS))
        self._files[FRAMES_FILE].write(rows.header(rows.FRAME_COLUMNS))

    def write_until(self, t_s: float) -> None:
        """Write all that has come by run time `t_s`."""
        told = []
        while self._next is not None and self._next.t_s <= t_s:
            told.append(to_line(self._next).encode() + b"\n")
            self._next = next(self._events, None)
        self._files[RUN_FILE].write(b"".join(told))
        last = math.floor(t_s * self._hz)
        self._files[GSR_FILE].write(b"".join(map(self._sample_row, range(self._sample, last))))
        self._sample = max(last, self._sample)
        last = math.floor(t_s * FPS)
        self._files[FRAMES_FILE].write(b"".join(map(self._frame_row, range(self._frame, last))))
        self._frame = max(last, self._frame)

    def finish(self, t_s: float) -> None:
        self.write_until(t_s)
        stop = RunStop(t_s, RunStatus.COMPLETE, "the protocol is complete", "", {})
        for event in (StateChange(t_s, RunState.DONE), stop):
            self._files[RUN_FILE].write(to_line(event).encode() + b"\n")
        for file in self._files.values():
            file.close()
        seal_run(self.run_dir)

    def _sample_row(self, number: int) -> bytes:
        t_s = number / self._hz
        us = 4.4 + 0.5 * math.sin(t_s / 9.0) + 0.15 * math.sin(t_s / 2.1) + 0.02 * math.sin(t_s * 7)
        return f"{t_s:.6f},{t_s:.6f},{number},{410.0 - 9 * us:.1f},{us:.6f},ok\n".encode()

    def _frame_row(self, number: int) -> bytes:
        step = f"film-{math.floor(number / FPS / STEP_S) + 1}"
        tail = "1,300,120,160,160,2,184.000,118.00,," if number % 25 else "0,,,,,0,,118.00,,"
        return f"{number / FPS:.6f},{number},{step},1,,{tail}\n".encode()

    def _told(self, code: str, began: datetime, steps: int) -> Iterator[RunEvent]:
        names = [(f"film-{i + 1}", EMOTIONS[i % len(EMOTIONS)]) for i in range(steps)]
        yield wile_start(
            *(self.run_dir, code, self.run_dir.parent.name, began),
            protocol={
                "name": "wile2018",
                "title": "Films one after the other",
                "sha256": "0" * 64,
                "steps": [
                    {
                        "name": name,
                        "kind": "clip",
                        "class": f"{emotion.title()}_S",
                        "duration_s": STEP_S,
                        "media": f"{emotion}.mkv",
                        "window": {"start_s": WINDOW_START_S, "duration_s": WINDOW_S},
                    }
                    for name, emotion in names
                ],
            },
            devices={"gsr": {"uri": "sim:1", "model": "a table", "rate_hz": self._hz}},
            auto=True,
        )
        yield StateChange(0.0, RunState.RUNNING)
        for i, (name, emotion) in enumerate(names):
            t_s, what = i * STEP_S, f"{emotion.title()}_S"
            onset_s, end_s = t_s + WINDOW_START_S, t_s + WINDOW_START_S + WINDOW_S
            yield StepStart(t_s, name, 1, "clip", what, f"{emotion}.mkv", "the film")
            yield WindowStart(onset_s, name, 1, what, WINDOW_START_S, 0.017)
            yield WindowStop(end_s, name, 1, what, "complete")
            yield Verdict(end_s + 0.3, name, 1, what, "accepted", "auto", "", {})
            yield StepStop(t_s + STEP_S, name, 1, "complete", STEP_S, STEP_S)


def make_sessions(root: Path, count: int, hz: float = 10.0) -> None:
    """Write `count` sessions of as many participants, registered and indexed."""
    newest = datetime.now(UTC)
    with Catalog.open(root) as catalog:
        for number in range(count):
            code, began = f"P{number + 1:04d}", newest - timedelta(hours=7 * (count - number))
            register(catalog, code)
            folder = root / SESSIONS / code / f"{began:%Y-%m-%dT%H%M%S}" / "run-01"
            WrittenRun(folder, code, began, hz, 1).finish(SHORT_RUN_S)
            catalog.index_run(folder)


def register(catalog: Catalog, code: str) -> None:
    consent = Consent(frozenset(Scope), "2", "2026-01-01T00:00:00Z")
    catalog.add_participant(Participant(code, 29, Sex.F, "", consent, consent.given_utc), "ada")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--sessions", type=int, default=0)
    parser.add_argument("--hours", type=float, default=0.1)
    parser.add_argument("--hz", type=float, default=10.0)
    options = parser.parse_args()
    make_sessions(options.store, options.sessions)
    with Catalog.open(options.store) as catalog:
        register(catalog, "S12")
    began = datetime.now(UTC) - timedelta(hours=options.hours)
    folder = options.store / SESSIONS / "S12" / f"{began:%Y-%m-%dT%H%M%S}" / "run-01"
    run = WrittenRun(folder, "S12", began, options.hz, max(math.ceil(options.hours * 70), 70))
    t_s = 0.0
    while t_s < options.hours * 3600:
        t_s = min(t_s + 20.0, options.hours * 3600)
        run.write_until(t_s)
    holder: dict[str, JsonValue] = {
        "what": "S12",
        "participant": "S12",
        "protocol": "wile2018",
        "operator": "ada",
        "since_utc": f"{began:%Y-%m-%dT%H:%M:%SZ}",
        "socket": str(options.store / "none.sock"),
        "wire_version": WIRE_VERSION,
        "run_dir": str(folder),
    }
    origin_s = time.monotonic() - t_s
    with (
        HeldLock.acquire(store_lock_path(options.store), holder),
        HeldLock.acquire(folder / LOCK, holder),
    ):
        print("ready", flush=True)
        while True:
            time.sleep(PACE_S)
            run.write_until(time.monotonic() - origin_s)


if __name__ == "__main__":
    main()
