"""The set-up's second stage: what is recorded, drawn as this participant would go through it."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from femo_tui.errors import FemoError
from femo_tui.ui.blocking.plans import PlannedRun
from femo_tui.ui.messages import Planned, ProtocolsRead, Said
from femo_tui.ui.screens.stage import Stage
from femo_tui.ui.widgets.lines import Lines, page
from femo_tui.ui.widgets.path import in_the_way, protocol_line
from femo_tui.ui.widgets.timeline import order_lines, step_lines

CHOICES_SHOWN = 4


class ProtocolChoice(OptionList):
    """Protocols: enter chooses one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "choose", id="setup.protocol", tooltip="Record this protocol"),
    ]


class ProtocolStage(Stage):
    """The protocols, and the steps of the one that is pointed at."""

    class Chosen(Message):
        """A protocol was chosen."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(id="protocol")
        self._participant = ""
        self._wanted = ("", "")  # protocol and participant whose plan is being made
        self.usual = ""  # the protocol of the study
        self.plan: PlannedRun | None = None
        self._problem = ""
        self._all_steps = False

    def compose(self) -> ComposeResult:
        yield ProtocolChoice(compact=True)
        yield Lines(id="order")
        with VerticalScroll(id="steps-view", can_focus=False):
            yield Lines(id="plan-steps")

    @work(thread=True, exclusive=True, exit_on_error=False, group="protocols")
    def read(self, *, usual: str) -> None:
        """Read the protocols, and list them with the study's own, `usual`, chosen."""
        try:
            protocols = self.desk.protocols()
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))
        else:
            self.post_message(ProtocolsRead(protocols, usual))

    def on_protocols_read(self, message: ProtocolsRead) -> None:
        protocols, usual = message.protocols, message.usual
        choice = self.query_one(ProtocolChoice)
        at = choice.highlighted_option
        before = "" if at is None else at.id or ""
        names = [protocol.name for protocol in protocols]
        longest = max(map(len, names), default=0) + 2
        choice.clear_options()
        choice.add_options(
            Option(protocol_line(protocol, longest, usual=protocol.name == usual), id=protocol.name)
            for protocol in protocols
        )
        choice.styles.height = min(max(len(names), 1), CHOICES_SHOWN)
        stays = before in names and usual == self.usual
        wanted = before if stays else usual or next(iter(names), "")
        self.usual = usual
        if wanted in names:
            choice.highlighted = names.index(wanted)
        elif wanted:  # no other is recorded by pressing enter
            why = f"`femo protocol check {wanted}` says why"
            self.console.say(f"{wanted}, the study's protocol, cannot be read: {why}", refused=True)

    def enter(self, participant: str) -> None:
        """Draw what is pointed at for a participant."""
        self._participant = participant
        choice = self.query_one(ProtocolChoice)
        choice.focus()
        at = choice.highlighted_option
        if at is not None and at.id is not None:
            self._look_up(at.id, participant)

    def point_at(self, protocol: str, participant: str) -> None:
        """Have the plan of a run that was chosen elsewhere."""
        self._participant = participant
        if self.plan is None or (self.plan.protocol.name, self.plan.participant) != (
            protocol,
            participant,
        ):
            self.plan = None
            self._look_up(protocol, participant)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if self._participant and event.option_id is not None:
            self._look_up(event.option_id, self._participant)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(event.option_id or ""))

    def _look_up(self, protocol: str, participant: str) -> None:
        self._wanted = (protocol, participant)
        self._plan(protocol, participant)

    @work(thread=True, exclusive=True, exit_on_error=False, group="plan")
    def _plan(self, protocol: str, participant: str) -> None:
        try:
            self.post_message(Planned(self.desk.plan(protocol, participant), protocol, participant))
        except FemoError as problem:
            self.post_message(Planned(None, protocol, participant, str(problem)))

    def on_planned(self, message: Planned) -> None:
        if (message.protocol, message.participant) != self._wanted:
            message.stop()  # something else is pointed at meanwhile
            return
        self.plan, self._problem = message.plan, message.problem
        self._draw()

    def choose(self) -> None:
        """Choose what is pointed at."""
        self.query_one(ProtocolChoice).action_select()

    def toggle_all(self) -> None:
        """Show every step, or those with a window."""
        self._all_steps = not self._all_steps
        self._draw()

    def scroll_steps(self, pages: int) -> None:
        page(self.query_one("#steps-view", VerticalScroll), pages)

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        order, steps = self.query_one("#order", Lines), self.query_one("#plan-steps", Lines)
        width = max(self.size.width - 2, 20)  # what is left beside a scroll bar
        if self.plan is None:
            order.show_all([in_the_way(self._problem)] if self._problem else [])
            steps.show_all([])
            return
        order.show_all(order_lines(self.plan, width))
        steps.show_all(step_lines(self.plan, width, windows_only=not self._all_steps))
