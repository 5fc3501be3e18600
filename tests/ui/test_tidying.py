"""When the console looks for garbage: in the operator's pauses, never while a key is answered."""

from __future__ import annotations

import gc
import os
import pty
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from femo_tui.ui.tidying import (
    DUE,
    LONG_PAUSE_S,
    PAUSE_S,
    THOROUGH_EVERY_S,
    WITHOUT_PAUSE,
    Tidying,
)


class Ring:
    """Garbage that only a search finds: it holds itself."""

    def __init__(self) -> None:
        self.itself = self


@contextmanager
def old_searches() -> Iterator[list[float]]:
    """Yield when all that is old was looked through."""
    found: list[float] = []

    def note(phase: str, facts: dict[str, int]) -> None:
        if phase == "start" and facts["generation"] == 2:
            found.append(time.monotonic())

    gc.callbacks.append(note)
    try:
        yield found
    finally:
        gc.callbacks.remove(note)


@pytest.fixture
def tidying() -> Iterator[Tidying]:
    gc.collect()
    tidying = Tidying()
    tidying.begin()
    try:
        tidying.look(0.0)  # what was imported so far is put aside
        yield tidying
    finally:
        tidying.end()


def until_due() -> list[list[int]]:
    """Hold as many new things as make a search due; return them."""
    young, middle, _ = gc.get_threshold()
    return [[] for _ in range((DUE + 2) * young * (middle + 2))]


def test_all_is_looked_through_in_a_pause_and_only_there(tidying: Tidying) -> None:
    with old_searches() as searches:
        tidying.pressed(100.0)
        held = until_due()
        tidying.look(100.0 + PAUSE_S / 2)
        assert not searches
        assert gc.get_count()[2] >= DUE
        tidying.painted(101.0)
        tidying.look(101.0 + PAUSE_S / 2)
        assert not searches
        tidying.look(101.0 + PAUSE_S)
        assert len(searches) == 1
        tidying.look(102.0)  # nothing has come since
        assert len(searches) == 1
    assert held


def test_a_key_without_an_answer_holds_the_search_up_for_a_while_only(tidying: Tidying) -> None:
    with old_searches() as searches:
        tidying.pressed(100.0)
        held = until_due()
        tidying.look(100.0 + LONG_PAUSE_S - 0.1)
        assert not searches
        tidying.look(100.0 + LONG_PAUSE_S)
        assert len(searches) == 1
    assert held


def test_what_was_put_aside_and_became_garbage_is_found_in_a_long_pause(tidying: Tidying) -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    sys.modules["put_aside_now"] = sys  # as an import does
    try:
        tidying.look(1.0)
        tidying.look(2.0)
    finally:
        del sys.modules["put_aside_now"]
    tidying.look(3.0)
    del ring
    gc.collect()
    assert gone() is not None, "it was not put aside"
    tidying.pressed(1000.0)
    tidying.painted(1000.0)
    tidying.look(1001.0)
    assert gone() is not None
    tidying.look(1000.0 + THOROUGH_EVERY_S)
    assert gone() is None


def test_memory_has_an_end_without_any_pause(tidying: Tidying) -> None:
    assert DUE < WITHOUT_PAUSE == gc.get_threshold()[2] < 1000
    tidying.end()
    assert gc.get_threshold()[2] == DUE
    assert gc.get_freeze_count() == 0


CONSOLE = """
import gc, sys, time
from pathlib import Path
from femo_tui.ui.app import FemoApp
from femo_tui.ui.console import run_console
told = open(sys.argv[2], "w", buffering=1)
def note(phase, facts):
    if phase == "start" and facts["generation"] == 2:
        print("search", time.monotonic(), file=told)
gc.callbacks.append(note)
press, kept = FemoApp.on_event, []
async def noted(self, event):
    if type(event).__name__ == "Key":
        print("key", time.monotonic(), file=told)
        kept.extend([] for _ in range(8000))  # a quarter more, before long: Python would search
    await press(self, event)
FemoApp.on_event = noted
run_console(Path(sys.argv[1]), "ada")
"""


KEYS = "521" * 8  # from list to list and home


def test_a_console_searches_after_the_keys_not_between_them(tmp_path: Path) -> None:
    script, told = tmp_path / "console.py", tmp_path / "told"
    script.write_text(CONSOLE)
    main, terminal = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "FEMO_STATE_DIR": str(tmp_path / "state")}
    command = [sys.executable, str(script), str(tmp_path / "store"), str(told)]
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=env, start_new_session=True
    )
    os.close(terminal)

    def at(what: str) -> list[float]:
        lines = [line.split() for line in told.read_text().splitlines()] if told.exists() else []
        return [float(moment) for kind, moment in lines if kind == what]

    def read(seconds: float, until: Callable[[], object] = lambda: False) -> bytes:
        sent, end_s = b"", time.monotonic() + seconds
        while time.monotonic() < end_s and not until():
            if select.select([main], [], [], 0.02)[0]:
                sent += os.read(main, 65_536)
        return sent

    try:
        shown = b""
        while b"Register" not in shown:
            shown += read(0.1)
        for key in KEYS:
            os.write(main, key.encode())
            read(0.03)
        read(30.0, lambda: len(at("key")) >= len(KEYS) and max(at("search")) > at("key")[0])
    finally:
        process.kill()
        process.wait()
        os.close(main)
    pressed = at("key")
    searched = [moment for moment in at("search") if moment > pressed[0]]
    assert searched, "it never looked for garbage"
    for moment in searched:
        assert moment - max(key for key in pressed if key < moment) >= PAUSE_S
