"""Who holds the controls of a run: the first console that steers it, until another takes them.

A command from a shell holds nothing: it is obeyed while nobody holds the controls, or the same
operator does. Whoever holds them loses them with their console.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from femo_tui.errors import IllegalCommand
from femo_tui.model.run_state import NEEDS_NO_CONTROLS, CommandName
from femo_tui.recorder.client import console_is_there
from femo_tui.recorder.wire import Command

OWN = 0  # the id of what the recorder asks of itself, told by a signal to end


@dataclass(frozen=True, slots=True)
class _Holder:
    console: str
    operator: str


class Controls:
    """The controls of one run."""

    def __init__(self, is_there: Callable[[str], bool] = console_is_there) -> None:
        self._is_there = is_there
        self._holder: _Holder | None = None

    def check(self, command: Command) -> None:
        """Raise IllegalCommand where somebody else holds the controls and what is asked steers."""
        if command.id == OWN or command.command in NEEDS_NO_CONTROLS:
            return
        holder = self._holder
        if holder is None or holder.console == command.console:
            return
        if not command.console and holder.operator == command.operator:
            return
        if self._is_there(holder.console):
            raise IllegalCommand(
                f"{command.command.value}: {holder.operator} holds the controls at another console;"
                " take them over first (o in the console, --take-over in a shell)"
            )

    def obeyed(self, command: Command) -> None:
        """Note who steers now."""
        if command.command is CommandName.TAKE_OVER:
            self._holder = _Holder(command.console, command.operator) if command.console else None
        elif command.console and command.command not in NEEDS_NO_CONTROLS:
            self._holder = _Holder(command.console, command.operator)
