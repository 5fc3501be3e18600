"""Set up: who, which protocol in whose order, which devices, checked live, the room, and start."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.widgets import ContentSwitcher, Input

from femo_tui.recorder.request import RecordRequest
from femo_tui.ui.messages import NotStarted
from femo_tui.ui.overview import Overview
from femo_tui.ui.screens.setup_keys import DEVICE_STAGES, SETUP_KEYS, STAGES, SetupNow, is_offered
from femo_tui.ui.screens.stage_devices import DevicesStage, can_be_calibrated
from femo_tui.ui.screens.stage_facts import FactsStage, StartStage
from femo_tui.ui.screens.stage_person import PersonStage
from femo_tui.ui.screens.stage_protocol import ProtocolStage
from femo_tui.ui.screens.starts import Starts
from femo_tui.ui.widgets.lines import Lines, page
from femo_tui.ui.widgets.path import Standing, next_line, path_line


class SetupScreen(Starts):
    """A path of five stages; `esc` goes one back, nothing is recorded before the last."""

    HELP_TEXT = "Set up leads to a recording. Devices are tried here and let go again."
    BINDINGS: ClassVar[list[BindingType]] = SETUP_KEYS

    # Textual declares the two as instance variables, so a ClassVar is refused.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = ""  # each stage says where the focus is
    stage: var[str] = var("person", init=False)

    def __init__(self) -> None:
        super().__init__()
        self._request: RecordRequest | None = None
        self._starting = False

    def compose_body(self) -> ComposeResult:
        yield Lines(id="path")
        with ContentSwitcher(id="stage", initial="person"):
            yield PersonStage()
            yield ProtocolStage()
            yield DevicesStage()
            yield FactsStage()
            yield StartStage()
        yield Lines(id="next")

    # --- entering and leaving -----------------------------------------------------------------

    def on_screen_resume(self) -> None:
        if self.console.overview is not None:
            self._protocol.read(usual=self.console.overview.study.protocol)
        if self.stage in DEVICE_STAGES:
            self._start_checks()
        self._enter(self.stage)

    def on_screen_suspend(self) -> None:
        if self.app.current_mode != "setup":  # a question over this screen leaves it open
            self._devices.end_checks()

    @property
    def _devices(self) -> DevicesStage:
        return self.query_one(DevicesStage)

    @property
    def _protocol(self) -> ProtocolStage:
        return self.query_one(ProtocolStage)

    @property
    def _facts(self) -> FactsStage:
        return self.query_one(FactsStage)

    def aim(self, target: str) -> None:
        """Begin with the participant `target` chosen."""
        self._choose_person(target)

    def show_overview(self, overview: Overview) -> None:
        self.query_one(PersonStage).show_overview(overview)
        if overview.study.protocol != self._protocol.usual:
            self._protocol.read(usual=overview.study.protocol)
        self._draw_path()

    # --- the stages ---------------------------------------------------------------------------

    async def watch_stage(self, stage: str) -> None:
        self.query_one("#stage", ContentSwitcher).current = stage
        if stage in DEVICE_STAGES:
            self._start_checks()
        else:
            self._devices.end_checks()
        if stage == "facts":
            await self._facts.ask(self._protocol.plan)
        if stage == "start":
            self._show_start()
        self._enter(stage)

    def _show_start(self) -> None:
        plan, checks = self._protocol.plan, self._devices.checks
        player = "" if self._request is None else self._request.player
        self.query_one(StartStage).show(plan, checks, self._facts.missing, player)

    def _enter(self, stage: str) -> None:
        if stage == "person":
            self.query_one(PersonStage).enter()
        elif stage == "protocol" and self._request is not None:
            self._protocol.enter(self._request.participant)
        elif stage == "facts":
            self._facts.enter()
        else:
            self.set_focus(None)
        self._draw_path()
        self.refresh_bindings()

    def on_person_stage_chosen(self, message: PersonStage.Chosen) -> None:
        self._choose_person(message.code)

    def on_protocol_stage_chosen(self, message: ProtocolStage.Chosen) -> None:
        if self._request is None:
            self.stage = "person"
            return
        self.begin(replace(self._request, protocol=message.name))

    def _choose_person(self, code: str) -> None:
        usual = self.console.request_defaults
        self._request = replace(
            usual, store_root=self.desk.store_root, operator=self.desk.operator, participant=code
        )
        if self.stage == "protocol":
            self._enter("protocol")
        self.stage = "protocol"

    def begin(self, request: RecordRequest) -> None:
        """Go to the devices with everything before them chosen as in `request`."""
        self._request = replace(request, resume=None)
        self._protocol.point_at(request.protocol, request.participant)
        self._devices.fill(self._request)
        self._devices.end_checks()  # of whoever was being set up before
        if self.stage == "devices":
            self._start_checks()
        self.stage = "devices"

    def action_next_field(self) -> None:
        field = self.focused
        if not isinstance(field, Input):
            return
        # The last one is read once it has taken in what was typed ahead.
        if self.stage == "devices" and self._devices.is_last(field):
            field.call_later(self._try_written)
        elif self.stage == "facts" and self._facts.is_last(field):
            field.call_later(self.action_forward)
        else:
            self.app.action_focus_next()

    def on_descendant_focus(self) -> None:
        self._draw_path()
        self.refresh_bindings()

    async def on_planned(self) -> None:
        if self.stage == "facts":
            await self._facts.ask(self._protocol.plan)
            if not isinstance(self.focused, Input):
                self._facts.enter()
        self.refresh_bindings()

    def action_forward(self) -> None:
        if self.stage == "person":  # pressed before the list had the focus
            self.query_one(PersonStage).choose()
        elif self.stage == "protocol":
            self._protocol.choose()
        elif self.stage == "devices" and not self._devices.hindrance(self.stage):
            self.stage = "facts"
        elif self.stage == "facts":
            if self._facts.problem:
                self.console.say(self._facts.problem, refused=True)
            else:
                self.stage = "start"
        elif self.stage == "start":
            self.action_start()

    def action_back(self) -> None:
        if isinstance(self.focused, Input) and self.stage in ("devices", "person"):
            if self._request is not None:
                self._devices.fill(self._request)  # what was not tried counts for nothing
            self._enter(self.stage)
        elif self.stage != STAGES[0]:
            self.stage = STAGES[STAGES.index(self.stage) - 1]

    def action_search(self) -> None:
        self.query_one(PersonStage).search()

    def action_all_steps(self) -> None:
        self._protocol.toggle_all()

    def action_scroll(self, pages: int) -> None:
        if self.stage == "protocol":
            self._protocol.scroll_steps(pages)
        elif self.stage == "devices":
            self._devices.scroll_checks(pages)
        elif self.stage == "start":
            page(self.query_one(StartStage), pages)

    def action_picture(self) -> None:
        self._devices.show_picture(not self._devices.shows_picture)

    def action_test_card(self) -> None:
        self._devices.play_test_card()

    def action_edit_devices(self) -> None:
        self._devices.edit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        request, devices = self._request, next(iter(self.query(DevicesStage)), None)
        if devices is None:
            return True  # the screen is being composed
        calibrates = request is not None and can_be_calibrated(request)
        return is_offered(
            action,
            SetupNow(
                stage=self.stage,
                writing=isinstance(self.focused, Input),
                camera=devices.has("camera"),
                player=devices.has("player"),
                # a recorder holds the sensor's port
                sensor=calibrates and self.console.recording is None,
            ),
        )

    def _draw_path(self) -> None:
        request = self._request
        chosen = {}
        if request is not None:
            chosen = {"person": request.participant, "protocol": request.protocol}
        self.query_one("#path", Lines).show([path_line(STAGES, self.stage, chosen)])
        overview = self.console.overview
        standing = Standing(
            recording=self.console.recording is not None,
            nobody=overview is not None and not overview.participants,
            starting=self._starting,
            hindrance=self._devices.hindrance(self.stage) if self.stage in DEVICE_STAGES else "",
            writing=isinstance(self.focused, Input),
        )
        self.query_one("#next", Lines).show([next_line(self.stage, standing, self.key_of)])

    # --- the pre-flight -----------------------------------------------------------------------

    def _start_checks(self) -> None:
        if self._request is not None:
            self._devices.start_checks(self._request)

    def _try_written(self) -> None:
        self.set_focus(None)
        self.action_recheck()

    def action_recheck(self) -> None:
        if self._request is None:
            return
        self._request = self._devices.written(self._request)
        self._devices.end_checks()
        self._start_checks()
        self.refresh_bindings()  # another sensor may be one that cannot be calibrated

    def on_checked(self) -> None:
        self._draw_path()
        self.refresh_bindings()
        if self.stage == "start":
            self._show_start()

    @work(exclusive=True, exit_on_error=False, group="calibrate")
    async def action_calibrate(self) -> None:
        if self._request is not None:
            self._request = self._devices.written(self._request)
            await self._devices.calibrate(self._request)
            if self.stage == "devices":
                self._start_checks()

    # --- the start ----------------------------------------------------------------------------

    def action_start(self) -> None:
        if self._request is None or self._starting or self.stage not in ("facts", "start"):
            return
        if self._devices.hindrance(self.stage):  # the line of the next action says it
            self.app.bell()
            return
        if self._facts.problem:
            self.console.say(self._facts.problem, refused=True)
            return
        self._starting = True
        self._draw_path()
        wanted = replace(self._request, environment=self._facts.facts())
        self.start_recorder(wanted, self._devices.hand_over())

    def on_started(self) -> None:
        self._starting = False
        self._facts.forget()
        self.stage = STAGES[0]
        self._request = None
        if self.is_active:
            self.console.go("live")
        else:
            self.console.say(f"The recorder records: {self.key_of('screen.live')} shows the run.")

    def on_not_started(self, message: NotStarted) -> None:
        self._starting = False
        self.console.say(message.text, refused=True)
        self.stage = "devices"
