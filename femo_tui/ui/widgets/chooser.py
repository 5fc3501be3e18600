"""Lists whose enter key says what it does on this screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable


class PeopleTable(DataTable[Content]):
    """Participants: enter sets a session up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "set up",
            id="participant.set-up",
            tooltip="Set up a session with this participant",
        ),
    ]


class RunsTable(DataTable[Content]):
    """Runs: enter shows one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "select_cursor", "look", id="run.look", tooltip="One run, window by window"
        ),
    ]
