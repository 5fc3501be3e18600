"""Two consoles on one run: one holds the controls, the other watches, and each is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from femo_tui.errors import IllegalCommand
from femo_tui.model.run_state import NEEDS_NO_CONTROLS, CommandName
from femo_tui.recorder.client import (
    RecorderClient,
    active_run,
    console_is_there,
    new_console,
)
from femo_tui.recorder.controls import OWN, Controls
from femo_tui.recorder.wire import Command
from tests.support.femo import Femo, run_events, wait_until

STEERING = [name for name in CommandName if name not in NEEDS_NO_CONTROLS]


class Desk:
    """Consoles and shells that ask, of a recorder whose consoles live as told."""

    def __init__(self, *gone: str) -> None:
        self.gone = set(gone)
        self._controls = Controls(lambda console: console not in self.gone)

    def ask(
        self, command: CommandName, console: str = "", operator: str = "ada", number: int = 1
    ) -> bool:
        """Return whether it was obeyed."""
        asked = Command(number, command, operator, console=console)
        try:
            self._controls.check(asked)
        except IllegalCommand:
            return False
        self._controls.obeyed(asked)
        return True


@pytest.mark.parametrize("command", STEERING)
def test_the_first_console_that_steers_holds_the_controls(command: CommandName) -> None:
    desk = Desk()
    assert desk.ask(CommandName.PAUSE, "one")
    assert not desk.ask(command, "two", operator="bea")
    assert not desk.ask(command, "two", operator="ada")
    assert desk.ask(command, "one")


def test_a_note_takes_no_hold_and_needs_none() -> None:
    desk = Desk()
    assert desk.ask(CommandName.MARK, "one")
    assert desk.ask(CommandName.SKIP, "two", operator="bea")
    assert desk.ask(CommandName.MARK, "one")


def test_whoever_sees_the_need_can_break_off() -> None:
    desk = Desk()
    assert desk.ask(CommandName.PAUSE, "one")
    assert desk.ask(CommandName.ABORT, "two", operator="bea")
    assert not desk.ask(CommandName.RESUME, "two", operator="bea")


def test_the_controls_are_taken_over_and_back() -> None:
    desk = Desk()
    assert desk.ask(CommandName.PAUSE, "one")
    assert desk.ask(CommandName.TAKE_OVER, "two", operator="bea")
    assert not desk.ask(CommandName.RESUME, "one")
    assert desk.ask(CommandName.RESUME, "two", operator="bea")
    assert desk.ask(CommandName.TAKE_OVER, "one")
    assert desk.ask(CommandName.PAUSE, "one")


def test_a_console_that_is_gone_holds_nothing() -> None:
    desk = Desk()
    assert desk.ask(CommandName.PAUSE, "one")
    desk.gone.add("one")
    assert desk.ask(CommandName.RESUME, "two", operator="bea")
    assert not desk.ask(CommandName.PAUSE, "three")


def test_a_shell_holds_nothing_and_obeys_another_operators_hold() -> None:
    desk = Desk()
    assert desk.ask(CommandName.PAUSE)
    assert desk.ask(CommandName.RESUME, "one")
    assert desk.ask(CommandName.PAUSE)
    assert not desk.ask(CommandName.RESUME, operator="bea")
    assert desk.ask(CommandName.TAKE_OVER, operator="bea")
    assert desk.ask(CommandName.RESUME, operator="bea")
    assert desk.ask(CommandName.PAUSE, "two", operator="cyd")


def test_what_the_recorder_asks_of_itself_is_never_refused() -> None:
    desk = Desk()
    assert desk.ask(CommandName.PAUSE, "one")
    assert desk.ask(CommandName.STOP, operator="root", number=OWN)


def test_a_console_is_there_as_long_as_its_process() -> None:
    assert console_is_there(new_console())
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not console_is_there(f"{ended.stdout.strip()}-abc")
    assert console_is_there("what is this")
    assert os.getpid() == int(new_console().partition("-")[0])


def test_a_shell_is_refused_by_a_recorder_whose_controls_are_held(femo: Femo) -> None:
    """The console is this test's process, which speaks to the socket as one."""

    femo.ok("participant", "add", "S01", "--consent", "all")
    facts = femo.json(
        *("record", "--participant", "S01", "--protocol", "quick", "--auto", "--detach"),
        *("--gsr", "sim:1", "--camera", "none", "--player", "sim"),
    )
    active = active_run(femo.store)
    assert active is not None
    console = RecorderClient(active.socket_path, "ada", new_console())
    assert console.send(CommandName.PAUSE).ok
    done = femo.run("resume", "--operator", "bea")
    assert done.returncode == 1
    assert "ada holds the controls at another console" in done.stderr
    femo.ok("mark", "a note", "--operator", "bea")
    femo.ok("resume", "--operator", "bea", "--take-over")
    assert console.send(CommandName.PAUSE).ok  # nobody held them: the shell holds nothing
    femo.ok("abort", "--operator", "bea")
    wait_until(lambda: femo.json("status")["state"] == "idle", "the run to end")
    told = [
        (e["command"], e["operator"], bool(e["console"]), e["ok"])
        for e in run_events(Path(facts["run_dir"]), "marker")
    ]
    assert told == [
        ("pause", "ada", True, True),
        ("resume", "bea", False, False),
        ("mark", "bea", False, True),
        ("take_over", "bea", False, True),
        ("resume", "bea", False, True),
        ("pause", "ada", True, True),
        ("abort", "bea", False, True),
    ]
