"""The set-up's third stage: the devices, tried live in a process of their own while one looks."""

from __future__ import annotations

from asyncio import to_thread
from collections import deque
from dataclasses import replace

from textual import work
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Static

from femo_tui.errors import FemoError
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.processes import own_module
from femo_tui.recorder.preflight_client import Check, CheckState, PreflightClient, Wish
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui import words
from femo_tui.ui.keys import keys_of
from femo_tui.ui.messages import Checked, Pictured, Said
from femo_tui.ui.screens.stage import Stage
from femo_tui.ui.terminal import lend
from femo_tui.ui.widgets.checks import CheckList, hindrance
from femo_tui.ui.widgets.lines import Lines, page
from femo_tui.ui.widgets.picture import Picture
from femo_tui.ui.widgets.spark import spark

DEVICES = ("gsr", "camera", "player")
# What else an address may be: whoever has no such device yet can look at everything without it.
_OTHERWISE = {"gsr": "or sim:1", "camera": "or sim:1", "player": "or sim"}
TRACE_WIDTH, TRACE_HEIGHT = 30, 2  # cells: two readings a cell, two readings a second


def can_be_calibrated(request: RecordRequest) -> bool:
    """Return whether the sensor is a real one."""
    return request.gsr.startswith("serial:")


class DevicesStage(Stage):
    """The addresses of the devices, what the pre-flight says of them, and the camera's picture."""

    def __init__(self) -> None:
        super().__init__(id="devices")
        self.checks: dict[str, Check] = {}
        self._preflight: PreflightClient | None = None
        self._readings: deque[float] = deque(maxlen=2 * TRACE_WIDTH)
        self._picture_wanted = False
        self._picture_asked_of: PreflightClient | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="addresses"):
            for name in DEVICES:
                with Horizontal(classes="field"):
                    yield Label(name.capitalize() if name != "gsr" else "GSR")
                    yield Input(id=f"uri-{name}", compact=True)
                    yield Static(f"{_OTHERWISE[name]} (simulated), or none", classes="hint")
        yield Lines(id="readings")
        with Horizontal(id="looks"):
            with VerticalScroll(id="checks-view", can_focus=False):
                yield CheckList(id="checks")
            with Vertical(id="camera-view"):
                yield Picture(id="picture")
                yield Lines(id="camera-words")

    def on_unmount(self) -> None:
        if self._preflight is not None:
            self._preflight.close()

    def on_descendant_focus(self) -> None:
        self.add_class("-writing")

    def on_descendant_blur(self) -> None:
        self.remove_class("-writing")

    def hindrance(self, stage: str) -> str:
        """Return why a run cannot start yet, as `stage` says it; empty if it can."""
        return hindrance(self.checks, stage, keys_of(self))

    def fill(self, request: RecordRequest) -> None:
        """Write the request's devices into the fields."""
        for device in DEVICES:
            self.query_one(f"#uri-{device}", Input).value = getattr(request, device)

    def written(self, request: RecordRequest) -> RecordRequest:
        """Return the request with the devices that stand in the fields."""
        gsr, camera, player = (self.query_one(f"#uri-{n}", Input).value.strip() for n in DEVICES)
        return replace(request, gsr=gsr, camera=camera, player=player)

    def is_last(self, field: Input) -> bool:
        return field.id == f"uri-{DEVICES[-1]}"

    def scroll_checks(self, pages: int) -> None:
        page(self.query_one("#checks-view", VerticalScroll), pages)

    def edit(self) -> None:
        """Go to the fields; the picture gives way to them."""
        self.show_picture(False)
        self.query_one("#uri-gsr", Input).focus()

    # --- the pre-flight -----------------------------------------------------------------------

    def start_checks(self, request: RecordRequest) -> None:
        """Try the devices, unless they are being tried."""
        if self._preflight is not None:
            return
        self.checks = {}
        self._readings.clear()
        self.query_one(CheckList).show_checks(self.checks)
        self._preflight = self.desk.preflight(request)
        self._listen(self._preflight)

    def end_checks(self) -> None:
        """Let the devices go, without waiting."""
        client = self.hand_over()
        if client is not None:
            self._free(client)

    async def release(self) -> None:
        """Let the devices go, and return when they are free."""
        client = self.hand_over()
        if client is not None:
            await to_thread(client.close)

    def hand_over(self) -> PreflightClient | None:
        """Return the running pre-flight, whose end is the caller's from now on."""
        self.show_picture(False)
        client, self._preflight = self._preflight, None
        return client

    async def calibrate(self, request: RecordRequest) -> None:
        """Lend the terminal to `femo calibrate` for the request's sensor."""
        await self.release()  # a port is held by one process at a time
        command = own_module(
            *("femo_tui", "calibrate", "--gsr", request.gsr),
            *("--store", str(request.store_root), "--operator", request.operator),
        )
        try:
            lend(self.app, command)
        except SuspendNotSupported:
            text = "this terminal cannot be lent: run `femo calibrate` in another"
            self.console.say(text, refused=True)

    @work(thread=True, exit_on_error=False, group="preflight")
    def _listen(self, client: PreflightClient) -> None:
        """Post what the pre-flight says, until another takes this one's place."""
        try:
            for said in client.said():
                if isinstance(said, Thumbnail):
                    self.post_message(Pictured(said, client))
                else:
                    self.post_message(Checked(said, client))
                if client is not self._preflight:
                    break
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))
        finally:
            client.close()

    @work(thread=True, exit_on_error=False, group="preflight")
    def _free(self, client: PreflightClient) -> None:
        client.close()

    @work(thread=True, exit_on_error=False, group="wish")
    def _wish(self, client: PreflightClient, wish: Wish) -> None:
        client.wish(wish)

    def on_checked(self, message: Checked) -> None:
        if message.client is not self._preflight:
            message.stop()  # it was on its way when another took its place
            return
        check = message.check
        self.checks[check.name] = check
        self.query_one(CheckList).show_checks(self.checks)
        if check.name == "gsr":
            self._draw_readings(check)
        if check.name == "camera":
            words_of_it = Content(check.reading or check.text)
            self.query_one("#camera-words", Lines).show([words_of_it])
            if self._picture_wanted and self._picture_asked_of is not message.client:
                self._picture_asked_of = message.client
                self._wish(message.client, Wish.PICTURE)

    def _draw_readings(self, check: Check) -> None:
        if check.gsr_us is not None:
            self._readings.append(check.gsr_us)
        lines: list[Content] = []
        if len(self._readings) > 1:
            low, high = min(self._readings), max(self._readings)
            drawn = spark(self._readings, TRACE_WIDTH, TRACE_HEIGHT)
            span = f"{low:.2f} to {high:.2f}{words.THIN}µS"
            told = (f"the last {len(self._readings) / 2:.0f} s", span)
            lines = [
                Content.assemble(" " * 10, (line, "$accent"), "  ", (text, "$quiet"))
                for line, text in zip(drawn, told, strict=True)
            ]
        self.query_one("#readings", Lines).show_all(lines)

    # --- the camera's picture and the test card -----------------------------------------------

    @property
    def shows_picture(self) -> bool:
        return self._picture_wanted

    def has(self, name: str) -> bool:
        """Return whether a device is there to be looked at."""
        check = self.checks.get(name)
        return check is not None and check.state in (CheckState.OK, CheckState.WARNING)

    def show_picture(self, wanted: bool) -> None:
        """Open or close the camera's picture; it is made only while it is open."""
        self._picture_wanted = wanted
        self.set_class(wanted, "-picture")
        client, self._picture_asked_of = self._preflight, None
        if client is not None and self.has("camera"):
            self._picture_asked_of = client if wanted else None
            self._wish(client, Wish.PICTURE if wanted else Wish.NO_PICTURE)
        if not wanted:
            self.query_one(Picture).show(None)

    def on_pictured(self, message: Pictured) -> None:
        message.stop()
        if message.client is self._preflight and self._picture_wanted:
            self.query_one(Picture).show(message.picture)

    def play_test_card(self) -> None:
        """Play the test card on the participant's screen; the player's check says how it went."""
        if self._preflight is not None:
            self._wish(self._preflight, Wish.TEST_CARD)
