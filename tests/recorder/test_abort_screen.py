"""An abort on a real screen: a second after the key or the command, the display is black."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from femo_tui.model.run_state import CommandName
from femo_tui.recorder.client import RecorderClient, active_run
from tests.support.femo import Femo, run_events, wait_until
from tests.support.films import make_film
from tests.support.framebuffer import Framebuffer
from tests.support.needed import need
from tests.support.processes import player_of
from tests.support.xvfb import xvfb_display

SIZE = "640x360"
WITHIN_S = 1.0
PROTOCOL = """
name = "shown"
title = "Something to see at every moment"
languages = ["en"]

[[step]]
name = "hello"
kind = "instruction"
duration_s = 0.2
text.en = "Hello"
"""
STEPS = {
    "film": 'kind = "clip"\nemotion = "stress"\nmedia = "film.mp4"\nduration_s = 30\n',
    "warning": (
        'kind = "clip"\nemotion = "stress"\nmedia = "film.mp4"\nduration_s = 30\n'
        'content_warning.en = "It shows an assault."\n'
    ),
    "page": 'kind = "acted"\nemotion = "happy"\nduration_s = 30\ntext.en = "Smile"\n',
    "question": (
        'kind = "rating"\ntext.en = "How?"\n'
        '[[step.scale]]\nname = "stress"\nlow = 0\nhigh = 8\ntext.en = "Stressed?"\n'
    ),
}


@dataclass(frozen=True)
class Shown:
    """A display, and what is on it."""

    name: str
    memory: Framebuffer

    def is_black(self) -> bool:
        return int(self.memory.picture().max()) < 16


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    need("xdotool")
    memory = tmp_path_factory.mktemp("framebuffer")
    with xvfb_display(SIZE, "-fbdir", str(memory)) as name:
        yield Shown(name, Framebuffer(memory))


def press_escape(femo: Femo, display: Shown) -> None:
    subprocess.run(["xdotool", "key", "Escape"], env={"DISPLAY": display.name}, check=True)


def command(femo: Femo, display: Shown) -> None:
    active = active_run(femo.store)
    assert active is not None
    assert RecorderClient(active.socket_path, "ada").send(CommandName.ABORT).ok


@pytest.mark.parametrize(
    ("step", "abort", "before"),
    [
        ("film", press_escape, ""),
        ("film", command, ""),
        ("film", press_escape, "pause"),
        ("film", command, "hang"),
        ("warning", press_escape, ""),
        ("page", command, ""),
        ("question", press_escape, ""),
    ],
)
def test_the_display_is_black_within_a_second(
    femo: Femo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    display: Shown,
    step: str,
    abort: Callable[[Femo, Shown], None],
    before: str,
) -> None:
    monkeypatch.setenv("FEMO_STATE_DIR", femo.env["FEMO_STATE_DIR"])
    if "film.mp4" in STEPS[step]:
        make_film(tmp_path / "film.mp4", 30, fps=10)
    text = f'{PROTOCOL}\n[[step]]\nname = "{step}"\n{STEPS[step]}'
    (tmp_path / "shown.toml").write_text(text, "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "all")
    with femo.started(
        *("record", "--participant", "S01", "--protocol", str(tmp_path / "shown.toml")),
        *("--gsr", "sim:1", "--camera", "none"),
        *("--player", f"mpv?display={display.name}&vo=x11&audio=no"),
    ) as recorder:
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        wait_until(lambda: began(run_events(run_dir), step), f"{step} to begin")
        if before == "pause":
            femo.ok("pause")
        elif before == "hang":
            player_of(recorder.pid).suspend()
            wait_until(lambda: silent(run_events(run_dir)), "the silence to be noticed")
        wait_until(lambda: not display.is_black(), "something to see")
        pressed_s = time.monotonic()
        abort(femo, display)
        wait_until(display.is_black, "the display to be black", timeout_s=10.0)
        assert time.monotonic() - pressed_s < WITHIN_S
        assert recorder.wait(20) == 1
    (stop,) = run_events(run_dir, "run_stop")
    assert (stop["status"], stop["data"]) == ("aborted", "until_asked")


def began(events: list[dict[str, Any]], step: str) -> bool:
    if step == "film":
        return any(event.get("name") == "film_started" for event in events)
    return any(e["event"] == "step_start" and e["step"] == step for e in events)


def silent(events: list[dict[str, Any]]) -> bool:
    return any(event.get("name") == "player_silent" for event in events)
