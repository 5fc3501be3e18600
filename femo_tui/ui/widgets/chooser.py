"""Lists that one chooses from, each saying what enter does on its screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from femo_tui.model.participants import Participant
from femo_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from femo_tui.store.catalog import RunRow

    _Runs = RowList[RunRow]
    _People = RowList[Participant]
else:
    _Runs = _People = RowList


class PeopleTable(_People):
    """Participants: enter sets a session up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "set up",
            id="participant.set-up",
            tooltip="Set up a session with this participant",
        ),
    ]


class RunsTable(_Runs):
    """Runs: enter shows one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "look", id="run.look", tooltip="One run, window by window"),
    ]
