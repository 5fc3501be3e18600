"""The stages of the set-up that have fields: the devices, tried live, and the facts of the room."""

from __future__ import annotations

import sys
from asyncio import to_thread
from dataclasses import replace
from typing import cast

from textual import work
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from femo_tui.errors import FemoError
from femo_tui.model.records import JsonValue
from femo_tui.recorder.preflight_client import Check, PreflightClient
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui.messages import Checked, Said
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.terminal import lend
from femo_tui.ui.widgets.checks import CheckList, hindrance
from femo_tui.ui.widgets.lines import Lines

DEVICES = ("gsr", "camera", "player")
# What a methods section needs and no device knows (asked once a session; empty: not recorded).
FACTS = (
    ("electrode_site", "Electrodes on", "index and middle finger, left"),
    ("electrode_metal", "Metal", "nickel"),
    ("room_c", "Room °C", "22.5"),
    ("humidity_percent", "Humidity %", "45"),
)


def can_be_calibrated(request: RecordRequest) -> bool:
    """Return whether the sensor is a real one."""
    return request.gsr.startswith("serial:")


class DevicesStage(Vertical):
    """The addresses of the devices, and a pre-flight process that tries them while one looks."""

    def __init__(self) -> None:
        super().__init__(id="devices")
        self._checks: dict[str, Check] = {}
        self._preflight: PreflightClient | None = None

    def compose(self) -> ComposeResult:
        for name in DEVICES:
            with Horizontal(classes="field"):
                yield Label(name if name != "gsr" else "GSR")
                yield Input(id=f"uri-{name}", compact=True)
        yield CheckList(id="checks")

    def on_unmount(self) -> None:
        if self._preflight is not None:
            self._preflight.close()

    @property
    def hindrance(self) -> str:
        """Return why a run cannot start yet, empty if it can."""
        return hindrance(self._checks)

    def fill(self, request: RecordRequest) -> None:
        """Write the request's devices into the fields."""
        for device in DEVICES:
            self.query_one(f"#uri-{device}", Input).value = getattr(request, device)

    def written(self, request: RecordRequest) -> RecordRequest:
        """Return the request with the devices that stand in the fields."""
        gsr, camera, player = (self.query_one(f"#uri-{n}", Input).value.strip() for n in DEVICES)
        return replace(request, gsr=gsr, camera=camera, player=player)

    def start_checks(self, request: RecordRequest) -> None:
        """Try the devices, unless they are being tried."""
        if self._preflight is not None:
            return
        self._checks = {}
        self.query_one(CheckList).show_checks(self._checks)
        self._preflight = cast(FemoScreen, self.screen).desk.preflight(request)
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
        client, self._preflight = self._preflight, None
        return client

    async def calibrate(self, request: RecordRequest) -> None:
        """Lend the terminal to `femo calibrate` for the request's sensor."""
        await self.release()  # a port is held by one process at a time
        command = (
            *(sys.executable, "-m", "femo_tui", "calibrate", "--gsr", request.gsr),
            *("--store", str(request.store_root), "--operator", request.operator),
        )
        try:
            lend(self.app, command)
        except SuspendNotSupported:
            text = "this terminal cannot be lent: run `femo calibrate` in another"
            self.app.post_message(Said(text, refused=True))

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
        else:
            message.stop()  # it was on its way when another took its place


class FactsStage(Vertical):
    """What is asked of the operator about the room and the electrodes."""

    def compose(self) -> ComposeResult:
        for name, label, example in FACTS:
            with Horizontal(classes="field"):
                yield Label(label)
                yield Input(id=f"fact-{name}", compact=True, placeholder=example)
        yield Lines(id="ready")

    def facts(self) -> dict[str, JsonValue]:
        """Return what was written; what was left empty is not recorded."""
        texts = {name: self.query_one(f"#fact-{name}", Input).value.strip() for name, _, _ in FACTS}
        return {name: text for name, text in texts.items() if text}
