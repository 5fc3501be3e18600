"""A rig whose every moment the test decides: for the engine at virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from femo_tui.devices import player_trouble
from femo_tui.devices.base import DeviceInfo, Inbox, Page, Record
from femo_tui.errors import DeviceError
from femo_tui.model.conditions import Condition
from femo_tui.model.records import (
    Box,
    Frame,
    GsrSample,
    PlayerEvent,
    PlayerMoment,
    SampleFlag,
)
from femo_tui.model.thumbnail import Thumbnail

LATENCY_S = 0.04  # from `play` to the first frame
STEP_S = 0.1  # between two positions


@dataclass
class ScriptedScreen:
    """A player with films of one length; dies, stalls or takes keys when the test says so."""

    film_s: float = 4.0
    stall_at_s: float | None = None  # film position at which it stands still
    stall_s: float = 1.0  # for how long
    fail_at_s: float | None = None  # film position from which on the film cannot be played
    die_at_s: float | None = None
    starts: bool = True
    reopens: bool = True
    hangs: bool = False  # shows nothing new until it is opened again
    shown: list[str] = field(default_factory=list)
    black_since_s: float | None = None  # boot time at which the participant sees black

    def __post_init__(self) -> None:
        self._opened = False
        self._due_s: float | None = None
        self._media_s = -1.0
        self._paused = False
        self._shows_film = False
        self._stalled = False

    def open(self) -> DeviceInfo:
        if self._opened and not self.reopens:
            raise DeviceError("the display is gone: plug it in")
        self._opened, self.hangs = True, False
        return DeviceInfo("scripted", "scripted screen", simulated=True)

    def start(self, inbox: Inbox) -> None:
        self._inbox = inbox
        inbox.attach(self)

    def show(self, page: Page) -> None:
        self._due_s, self._shows_film = None, False
        self._see(page.text or "page")

    def _see(self, what: str) -> None:
        if self.hangs:
            return
        self.shown.append(what)
        is_black = what == "black"
        self.black_since_s = self._inbox.clock.now_s() if is_black else None

    def play(self, clip: Path) -> None:
        self._see(clip.name)
        self._media_s, self._shows_film = -1.0, True
        self._due_s = self._inbox.clock.now_s() + LATENCY_S if self.starts else None

    def set_paused(self, paused: bool, notice: str = "") -> None:
        self._paused = paused
        if self._shows_film:
            self._due_s = None if paused else self._inbox.clock.now_s() + STEP_S

    def blank(self) -> None:
        self._due_s, self._shows_film = None, False
        self._see("black")

    def cue(self, condition: Condition | None) -> None:
        pass

    def close(self) -> None:
        """End it; the participant sees nothing then, as in black."""
        self._inbox.detach(self)
        if self.black_since_s is None:
            self.black_since_s = self._inbox.clock.now_s()

    def die(self) -> None:
        """Be killed, whatever is shown."""
        self._due_s = None
        self._inbox.put(PlayerEvent(self._inbox.clock.now_s(), PlayerMoment.DIED, text="killed"))

    def hang(self) -> None:
        """Stop doing anything, and say so as mpv's pulse does."""
        self.hangs, self._due_s = True, None
        self._inbox.put(player_trouble.silent(self._inbox.clock.now_s()))

    def press(self, key: str) -> None:
        self._inbox.put(PlayerEvent(self._inbox.clock.now_s(), PlayerMoment.KEY, key=key))

    def next_due_s(self) -> float | None:
        return self._due_s

    def produce(self) -> Sequence[Record]:
        assert self._due_s is not None
        now_s, self._due_s = self._due_s, self._due_s + STEP_S
        if self._media_s < 0:
            self._media_s = 0.0
            return [PlayerEvent(now_s, PlayerMoment.STARTED, 0.0)]
        self._media_s = round(self._media_s + STEP_S, 6)
        if self.die_at_s is not None and self._media_s >= self.die_at_s:
            self.die_at_s, self._due_s = None, None
            return [PlayerEvent(now_s, PlayerMoment.DIED, text="killed")]
        if self.stall_at_s is not None and self._media_s >= self.stall_at_s:
            self.stall_at_s, self._due_s = None, now_s + self.stall_s
            self._media_s = round(self._media_s - STEP_S, 6)
            return [PlayerEvent(now_s, PlayerMoment.STALLED, self._media_s)]
        if self.fail_at_s is not None and self._media_s >= self.fail_at_s:
            self.fail_at_s, self._due_s = None, None
            return [PlayerEvent(now_s, PlayerMoment.FAILED, self._media_s, text="unreadable")]
        if self._media_s >= self.film_s:
            self._due_s = None
            return [PlayerEvent(now_s, PlayerMoment.ENDED, self.film_s)]
        return [PlayerEvent(now_s, PlayerMoment.POSITION, self._media_s)]


@dataclass
class ScriptedSensor:
    """10 Hz of one value; boot times in `silent` give nothing, in `unworn` no conductance."""

    silent: tuple[float, float] | None = None
    unworn: tuple[float, float] | None = None

    def open(self) -> DeviceInfo:
        return DeviceInfo("scripted", "scripted sensor", simulated=True, rate_hz=10.0)

    def start(self, inbox: Inbox) -> None:
        self._due_s = inbox.clock.now_s()
        inbox.attach(self)

    def cue(self, condition: Condition | None) -> None:
        pass

    def close(self) -> None:
        pass

    def next_due_s(self) -> float:
        return self._due_s

    def produce(self) -> Sequence[Record]:
        now_s = self._due_s
        self._due_s = round(now_s + 0.1, 6)
        if self.silent is not None and self.silent[0] <= now_s < self.silent[1]:
            return []
        if self.unworn is not None and self.unworn[0] <= now_s < self.unworn[1]:
            return [GsrSample(now_s, 600.0, None, SampleFlag.NOT_WORN)]
        return [GsrSample(now_s, 400.0, 6.14, SampleFlag.OK)]


@dataclass
class ScriptedCamera:
    """10 frames a second, each arriving `late_s` after its stamp, as detection makes them."""

    late_s: float = 0.08
    face: bool = True
    every_s: float = 0.1  # it promises 10 a second, whatever it gives
    thumbnail: Thumbnail | None = None  # the operator sees no picture of it

    def set_thumbnail(self, on: bool) -> None:
        pass

    def open(self) -> DeviceInfo:
        return DeviceInfo("scripted", "scripted camera", simulated=True, rate_hz=10.0)

    def start(self, inbox: Inbox) -> None:
        self._stamp_s = inbox.clock.now_s() + 0.05
        inbox.attach(self)

    def cue(self, condition: Condition | None) -> None:
        pass

    def close(self) -> None:
        pass

    def next_due_s(self) -> float:
        return self._stamp_s + self.late_s

    def produce(self) -> Sequence[Record]:
        stamp_s = self._stamp_s
        self._stamp_s = round(stamp_s + self.every_s, 6)
        if not self.face:
            return [Frame(stamp_s, 0, None, 0, None, 120.0)]
        crop = b"\xff\xd8face\xff\xd9"
        return [Frame(stamp_s, 1, Box(200, 100, 180, 180), 2, 300.0, 120.0, crop, crop)]
