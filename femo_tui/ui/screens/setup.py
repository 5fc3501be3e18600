"""Set up: who, which protocol, which devices — checked live —, the room, and start."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import var
from textual.widgets import ContentSwitcher, Input, OptionList

from femo_tui.errors import FemoError
from femo_tui.recorder.preflight_client import PreflightClient
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui.desk import Overview
from femo_tui.ui.messages import NotStarted, ProtocolsRead, Said, Started
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.stages import FACTS, DevicesStage, FactsStage, can_be_calibrated
from femo_tui.ui.widgets.chooser import PersonChoice, ProtocolChoice
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.path import (
    in_the_way,
    next_action,
    path_line,
)

STAGES = ("person", "protocol", "devices", "facts")


class SetupScreen(FemoScreen):
    """A path of four stages; `esc` goes one back, nothing is recorded before the last."""

    HELP_TEXT = "Set up leads to a recording. Devices are tried here and let go again."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "forward", "continue", id="setup.continue", tooltip="To the next stage"),
        Binding("escape", "back", "back", id="setup.back", tooltip="One stage back"),
        Binding("r", "recheck", "recheck", id="setup.recheck", tooltip="Try the devices again"),
        Binding("ctrl+s", "start", "start", id="setup.start", tooltip="Start recording now"),
        Binding(
            "d",
            "edit_devices",
            "devices",
            id="setup.devices",
            tooltip="Write other device addresses",
        ),
        Binding(
            "c",
            "calibrate",
            "calibrate",
            id="setup.calibrate",
            tooltip="Measure the GSR sensor unworn and with known resistors",
        ),
    ]

    stage: var[str] = var("person", init=False)

    def __init__(self) -> None:
        super().__init__()
        self._request: RecordRequest | None = None
        self._starting = False

    def compose_body(self) -> ComposeResult:
        yield Lines(id="path")
        with ContentSwitcher(id="stage", initial="person"):
            yield PersonChoice(id="person", compact=True)
            yield ProtocolChoice(id="protocol", compact=True)
            yield DevicesStage()
            yield FactsStage(id="facts")
        yield Lines(id="next")

    # --- entering and leaving -----------------------------------------------------------------

    def on_screen_resume(self) -> None:
        self._read_protocols()
        if self.stage == "devices":
            self._start_checks()
        self._enter(self.stage)

    def on_screen_suspend(self) -> None:
        if self.app.current_mode != "setup":  # a question over this screen leaves it open
            self._devices.end_checks()

    @property
    def _devices(self) -> DevicesStage:
        return self.query_one(DevicesStage)

    def aim(self, target: str) -> None:
        """Begin with the participant `target` chosen."""
        self._choose_person(target)

    def show_overview(self, overview: Overview) -> None:
        self.query_one(PersonChoice).show_overview(overview)
        self._draw_path()

    @work(thread=True, exclusive=True, exit_on_error=False, group="protocols")
    def _read_protocols(self) -> None:
        try:
            self.post_message(ProtocolsRead(self.desk.protocols()))
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))

    def on_protocols_read(self, message: ProtocolsRead) -> None:
        overview = self.console.overview
        usual = overview.study.protocol if overview is not None else ""
        self.query_one(ProtocolChoice).show_protocols(message.protocols, usual)

    # --- the stages ---------------------------------------------------------------------------

    def watch_stage(self, stage: str) -> None:
        self.query_one("#stage", ContentSwitcher).current = stage
        if stage == "devices":
            self._start_checks()
        elif stage != "facts":
            self._devices.end_checks()
        self._enter(stage)

    def _enter(self, stage: str) -> None:
        if stage in ("person", "protocol"):
            self.query_one(f"#{stage}", OptionList).focus()
        elif stage == "facts":
            self.query_one(f"#fact-{FACTS[0][0]}", Input).focus()
        else:
            self.set_focus(None)
        self._draw_path()
        self.refresh_bindings()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_list.id == "person":
            self._choose_person(event.option_id or "")
        else:
            self._choose_protocol(event.option_id or "")

    def _choose_person(self, code: str) -> None:
        usual = self.console.request_defaults
        self._request = replace(
            usual, store_root=self.desk.store_root, operator=self.desk.operator, participant=code
        )
        self.stage = "protocol"

    def _choose_protocol(self, name: str) -> None:
        if self._request is None:
            self.stage = "person"
            return
        self.begin(replace(self._request, protocol=name))

    def begin(self, request: RecordRequest) -> None:
        """Go to the devices with everything before them chosen as in `request`."""
        self._request = replace(request, resume=None)
        self._devices.fill(self._request)
        self._devices.end_checks()  # of whoever was being set up before
        if self.stage == "devices":
            self._start_checks()
        self.stage = "devices"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self.stage == "devices":
            self.set_focus(None)
            self.action_recheck()
        elif event.input.id == f"fact-{FACTS[-1][0]}":
            self.set_focus(None)
            self._draw_path()
        else:
            self.app.action_focus_next()

    def on_descendant_focus(self) -> None:
        self._draw_path()

    def action_forward(self) -> None:
        if self.stage == "devices":
            if not self._devices.hindrance:
                self.stage = "facts"
        elif self.stage == "facts" and not isinstance(self.focused, Input):
            self.action_start()

    def action_back(self) -> None:
        if self.stage == "devices" and isinstance(self.focused, Input):
            self.set_focus(None)
        elif self.stage != STAGES[0]:
            self.stage = STAGES[STAGES.index(self.stage) - 1]

    def action_edit_devices(self) -> None:
        self.query_one("#uri-gsr", Input).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("recheck", "edit_devices"):
            return self.stage == "devices"
        if action == "calibrate":
            return (
                self.stage == "devices"
                and self._request is not None
                and can_be_calibrated(self._request)
                and self.console.recording is None  # a recorder holds its port
            )
        if action == "back":
            return self.stage != STAGES[0]
        if action == "start":
            return self.stage == "facts"
        return True

    def _draw_path(self) -> None:
        request = self._request
        chosen = {}
        if request is not None:
            chosen = {"person": request.participant, "protocol": request.protocol}
        self.query_one("#path", Lines).show([path_line(STAGES, self.stage, chosen)])
        self.query_one("#next", Lines).show([self._next()])

    def _next(self) -> Content:
        """Return the one next action, or what stands in its way."""
        if self.console.recording is not None:
            return in_the_way("A run is being recorded: press 4 to see it.")
        overview = self.console.overview
        if self.stage == "person" and overview is not None and not overview.participants:
            return next_action("2", "Register a participant first")
        if self._starting:
            return Content.styled("the recorder opens its devices …", "$accent")
        if self.stage == "devices" and (why_not := self._devices.hindrance):
            return in_the_way(why_not)
        if self.stage != "facts":
            return next_action("enter", "Continue")
        if isinstance(self.focused, Input):
            return next_action("enter", "Next field; empty means not recorded (^s starts now)")
        return next_action("enter", "Start recording")

    # --- the pre-flight -----------------------------------------------------------------------

    def _start_checks(self) -> None:
        if self._request is not None:
            self._devices.start_checks(self._request)

    def action_recheck(self) -> None:
        if self._request is None:
            return
        self._request = self._devices.written(self._request)
        self._devices.end_checks()
        self._start_checks()
        self.refresh_bindings()  # another sensor may be one that cannot be calibrated

    def on_checked(self) -> None:
        self._draw_path()

    @work(exclusive=True, exit_on_error=False, group="calibrate")
    async def action_calibrate(self) -> None:
        if self._request is not None:
            self._request = self._devices.written(self._request)
            await self._devices.calibrate(self._request)
            if self.stage == "devices":
                self._start_checks()

    # --- the start ----------------------------------------------------------------------------

    def action_start(self) -> None:
        if self._request is None or self._starting or self.stage != "facts":
            return
        facts = self.query_one(FactsStage).facts()
        self._starting = True
        self._draw_path()
        self._start(replace(self._request, environment=facts), self._devices.hand_over())

    @work(thread=True, exclusive=True, exit_on_error=False, group="start")
    def _start(self, request: RecordRequest, client: PreflightClient | None) -> None:
        if client is not None:
            client.close()  # the recorder needs the devices
        try:
            self.desk.start(request)
        except FemoError as problem:
            self.post_message(NotStarted(str(problem)))
        else:
            self.post_message(Started())

    def on_started(self) -> None:
        self._starting = False
        self.stage = STAGES[0]
        self._request = None
        self.console.action_go("live")

    def on_not_started(self, message: NotStarted) -> None:
        self._starting = False
        self.console.say(message.text, refused=True)
        self.stage = "devices"
