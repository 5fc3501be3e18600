"""Lists that one chooses from, each saying what enter does on its screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from femo_tui.model.participants import Participant
from femo_tui.model.protocol import StudyProtocol
from femo_tui.ui.desk import Overview
from femo_tui.ui.widgets.path import person_line, protocol_line
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


class PersonChoice(OptionList):
    """Who is recorded."""

    def show_overview(self, overview: Overview) -> None:
        at = self.highlighted
        self.clear_options()
        for person in overview.participants:
            n = sum(run.participant == person.code for run in overview.runs)
            self.add_option(Option(person_line(person, n), id=person.code))
        if self.option_count:
            self.highlighted = min(at or 0, self.option_count - 1)


class ProtocolChoice(OptionList):
    """What is recorded."""

    def show_protocols(self, protocols: Sequence[StudyProtocol], usual: str) -> None:
        """List the protocols with the study's own, `usual`, chosen."""
        self.clear_options()
        for protocol in protocols:
            line = protocol_line(protocol, usual=protocol.name == usual)
            self.add_option(Option(line, id=protocol.name))
        names = [protocol.name for protocol in protocols]
        if names:
            self.highlighted = names.index(usual) if usual in names else 0
