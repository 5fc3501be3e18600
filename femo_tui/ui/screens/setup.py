"""Set up: who, which protocol, which devices — checked live —, the room, and start."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import var
from textual.widgets import ContentSwitcher, Input, Label, OptionList
from textual.widgets.option_list import Option

from femo_tui.errors import FemoError
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.recorder.preflight_client import Check, PreflightClient
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui.desk import Overview
from femo_tui.ui.messages import Checked, NotStarted, ProtocolsRead, Said, Started
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.checks import CheckList, hindrance
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.path import (
    in_the_way,
    next_action,
    path_line,
    person_line,
    protocol_line,
)

STAGES = ("person", "protocol", "devices", "facts")
DEVICES = ("gsr", "camera", "player")
# What a methods section needs and no device knows (asked once a session; empty: not recorded).
FACTS = (
    ("electrode_site", "Electrodes on", "index and middle finger, left"),
    ("electrode_metal", "Metal", "nickel"),
    ("room_c", "Room °C", "22.5"),
    ("humidity_percent", "Humidity %", "45"),
)


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
    ]

    stage: var[str] = var("person", init=False)

    def __init__(self) -> None:
        super().__init__()
        self._request: RecordRequest | None = None
        self._protocols: tuple[StudyProtocol, ...] = ()
        self._checks: dict[str, Check] = {}
        self._preflight: PreflightClient | None = None
        self._starting = False

    def compose_body(self) -> ComposeResult:
        yield Lines(id="path")
        with ContentSwitcher(id="stage", initial="person"):
            yield OptionList(id="person", compact=True)
            yield OptionList(id="protocol", compact=True)
            with Vertical(id="devices"):
                for name in DEVICES:
                    with Horizontal(classes="field"):
                        yield Label(name if name != "gsr" else "GSR")
                        yield Input(id=f"uri-{name}", compact=True)
                yield CheckList(id="checks")
            with Vertical(id="facts"):
                for name, label, example in FACTS:
                    with Horizontal(classes="field"):
                        yield Label(label)
                        yield Input(id=f"fact-{name}", compact=True, placeholder=example)
                yield Lines(id="ready")
        yield Lines(id="next")

    # --- entering and leaving -----------------------------------------------------------------

    def on_screen_resume(self) -> None:
        self._read_protocols()
        if self.stage == "devices" and self._preflight is None:
            self._start_checks()
        self._enter(self.stage)

    def on_screen_suspend(self) -> None:
        if self.app.current_mode != "setup":  # a question over this screen leaves it open
            self._end_checks()

    def on_unmount(self) -> None:
        if self._preflight is not None:
            self._preflight.close()

    def aim(self, target: str) -> None:
        """Begin with the participant `target` chosen."""
        self._choose_person(target)

    def show_overview(self, overview: Overview) -> None:
        people = self.query_one("#person", OptionList)
        at = people.highlighted
        people.clear_options()
        for person in overview.participants:
            n = sum(run.participant == person.code for run in overview.runs)
            text = person_line(person, n)
            people.add_option(Option(text, id=person.code))
        if people.option_count:
            people.highlighted = min(at or 0, people.option_count - 1)
        self._draw_path()

    @work(thread=True, exclusive=True, exit_on_error=False, group="protocols")
    def _read_protocols(self) -> None:
        try:
            self.post_message(ProtocolsRead(self.desk.protocols()))
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))

    def on_protocols_read(self, message: ProtocolsRead) -> None:
        self._protocols = message.protocols
        options = self.query_one("#protocol", OptionList)
        options.clear_options()
        overview = self.console.overview
        usual = overview.study.protocol if overview is not None else ""
        for protocol in self._protocols:
            text = protocol_line(protocol, usual=protocol.name == usual)
            options.add_option(Option(text, id=protocol.name))
        names = [protocol.name for protocol in self._protocols]
        if names:
            options.highlighted = names.index(usual) if usual in names else 0

    # --- the stages ---------------------------------------------------------------------------

    def watch_stage(self, stage: str) -> None:
        self.query_one("#stage", ContentSwitcher).current = stage
        if stage == "devices":
            self._start_checks()
        elif stage != "facts":
            self._end_checks()
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
        for device in DEVICES:
            self.query_one(f"#uri-{device}", Input).value = getattr(self._request, device)
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
            if not hindrance(self._checks):
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
        if self.stage == "devices" and (why_not := hindrance(self._checks)):
            return in_the_way(why_not)
        if self.stage != "facts":
            return next_action("enter", "Continue")
        if isinstance(self.focused, Input):
            return next_action("enter", "Next field; empty means not recorded (^s starts now)")
        return next_action("enter", "Start recording")

    # --- the pre-flight -----------------------------------------------------------------------

    def action_recheck(self) -> None:
        if self._request is None:
            return
        gsr, camera, player = (self.query_one(f"#uri-{n}", Input).value.strip() for n in DEVICES)
        self._request = replace(self._request, gsr=gsr, camera=camera, player=player)
        self._end_checks()
        self._start_checks()

    def _start_checks(self) -> None:
        if self._request is None or self._preflight is not None:
            return
        self._checks = {}
        self.query_one(CheckList).show_checks(self._checks)
        self._preflight = self.desk.preflight(self._request)
        self._listen(self._preflight)

    def _end_checks(self) -> None:
        if self._preflight is not None:
            self._free(self._preflight)
            self._preflight = None

    @work(thread=True, exit_on_error=False, group="preflight")
    def _listen(self, client: PreflightClient) -> None:
        """Post the checks as they come, until another takes this one's place."""
        try:
            for check in client.checks():
                self.post_message(Checked(check, client))
                if client is not self._preflight:
                    break
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))
        finally:
            client.close()

    @work(thread=True, exit_on_error=False, group="preflight")
    def _free(self, client: PreflightClient) -> None:
        client.close()

    def on_checked(self, message: Checked) -> None:
        if message.client is self._preflight:
            self._checks[message.check.name] = message.check
            self.query_one(CheckList).show_checks(self._checks)
            self._draw_path()

    # --- the start ----------------------------------------------------------------------------

    def action_start(self) -> None:
        if self._request is None or self._starting or self.stage != "facts":
            return
        facts: dict[str, JsonValue] = {}
        for name, _, _ in FACTS:
            text = self.query_one(f"#fact-{name}", Input).value.strip()
            if text:
                facts[name] = text
        self._starting = True
        self._draw_path()
        client, self._preflight = self._preflight, None
        self._start(replace(self._request, environment=facts), client)

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
