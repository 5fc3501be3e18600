"""A real mpv on a virtual display, with everything that it says and shows."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest

from femo_tui.devices.base import DeviceInfo, Player
from femo_tui.devices.player import make_player
from femo_tui.model.records import PlayerEvent, PlayerMoment
from tests.support.inbox import CollectingInbox
from tests.support.xvfb import grab

DARK, BRIGHT = 8, 150  # grey levels


class Screen:
    """A player that runs, with everything that it said."""

    def __init__(self, display: str) -> None:
        found = make_player(f"mpv?display={display}&vo=x11&audio=no")
        assert found is not None
        self.player: Player = found
        self.inbox = CollectingInbox()
        self.info: DeviceInfo = self.player.open()
        self.player.start(self.inbox)
        self.display = display

    @property
    def mpv(self) -> psutil.Process:
        """The one that shows films: opened last, above the black one."""
        found = [p for p in psutil.Process().children() if p.name() == "mpv"]
        return max(found, key=lambda process: process.create_time())

    def moments(self) -> list[PlayerEvent]:
        return [r for r in self.inbox.records if isinstance(r, PlayerEvent)]

    def all_of(self, moment: PlayerMoment) -> list[PlayerEvent]:
        return [event for event in self.moments() if event.moment is moment]

    def wait_for(self, moment: PlayerMoment, count: int = 1) -> list[PlayerEvent]:
        self.inbox.wait_for(lambda _: len(self.all_of(moment)) >= count)
        return self.all_of(moment)

    def see(self, looks: Callable[[float, float], bool], top: int = 0, bottom: int = 720) -> None:
        """Wait until the share of bright pixels and the mean of a band of the screen look so."""
        give_up_s = time.monotonic() + 10
        while time.monotonic() < give_up_s:
            band = grab(self.display)[top:bottom]
            share, mean = float((band > BRIGHT).mean()), float(band.mean())
            if looks(share, mean):
                return
        pytest.fail(f"the screen shows {share:.2%} bright, mean {mean:.1f}")

    def see_black(self) -> None:
        self.see(lambda share, mean: share == 0 and mean < DARK)
