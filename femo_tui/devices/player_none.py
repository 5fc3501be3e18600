"""No participant's screen: the operator says what there is to say."""

from __future__ import annotations

from pathlib import Path

from femo_tui.devices.base import DeviceInfo, Inbox, Page
from femo_tui.errors import DeviceError
from femo_tui.model.conditions import Condition


class NoPlayer:
    """A player that shows nothing; films are refused before a run starts."""

    def open(self) -> DeviceInfo:
        return DeviceInfo("none", "no screen", simulated=False)

    def start(self, inbox: Inbox) -> None:
        pass

    def show(self, page: Page) -> None:
        pass

    def play(self, clip: Path) -> None:
        raise DeviceError(f"{clip.name} cannot be shown: the run has no player")

    def set_paused(self, paused: bool, notice: str = "") -> None:
        pass

    def blank(self) -> None:
        pass

    def cue(self, condition: Condition | None) -> None:
        pass

    def close(self) -> None:
        pass
