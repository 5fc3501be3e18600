"""The simulated player: films take their time, a simulated participant answers questions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from femo_tui.devices.base import DeviceInfo, Inbox, Page, Record
from femo_tui.devices.media_probe import probe
from femo_tui.model.conditions import Condition
from femo_tui.model.records import PlayerEvent, PlayerMoment

LATENCY_S = 0.04  # from `play` to the first frame, as mpv takes on a lab machine
POSITION_EVERY_S = 0.1
ANSWER_AFTER_S = 0.6


class SimPlayer:
    """Shows nothing; says what a real player would say, at the times it would."""

    def __init__(self, uri: str, seed: int) -> None:
        self._uri = uri
        self._answers = random.Random(seed)
        self._inbox: Inbox | None = None
        self._film_s: float | None = None  # length of the film that plays
        self._media_s: float | None = None  # None before its first frame
        self._due_s: float | None = None
        self._paused_left_s: float | None = None  # until the next record, while paused

    def open(self) -> DeviceInfo:
        return DeviceInfo(self._uri, "simulated screen", simulated=True)

    def start(self, inbox: Inbox) -> None:
        self._inbox = inbox
        inbox.attach(self)

    def show(self, page: Page) -> None:
        """Show a page; one that asks is answered after a moment."""
        self._stop()
        if page.footer:
            self._due_s = self._now_s() + ANSWER_AFTER_S
            self._roused()

    def play(self, clip: Path) -> None:
        self._stop()
        self._film_s = probe(clip).duration_s
        self._due_s = self._now_s() + LATENCY_S
        self._roused()

    def set_paused(self, paused: bool) -> None:
        if paused and self._due_s is not None:
            self._paused_left_s, self._due_s = self._due_s - self._now_s(), None
        elif not paused and self._paused_left_s is not None:
            self._due_s, self._paused_left_s = self._now_s() + self._paused_left_s, None
            self._roused()

    def blank(self) -> None:
        self._stop()

    def cue(self, condition: Condition | None) -> None:
        pass

    def close(self) -> None:
        self._stop()
        if self._inbox is not None:
            self._inbox.detach(self)

    def next_due_s(self) -> float | None:
        return self._due_s

    def produce(self) -> Sequence[Record]:
        """Say what is due: an answer, the film's start, its position, its end."""
        now_s = self._due_s
        if now_s is None:
            return []
        if self._film_s is None:
            self._due_s = now_s + ANSWER_AFTER_S
            return [PlayerEvent(now_s, PlayerMoment.KEY, key=str(self._answers.randint(1, 8)))]
        if self._media_s is None:
            self._media_s = 0.0
            moment = PlayerMoment.STARTED
        elif self._media_s >= self._film_s:
            self._stop()
            return [PlayerEvent(now_s, PlayerMoment.ENDED, self._media_s)]
        else:
            moment = PlayerMoment.POSITION
        event = PlayerEvent(now_s, moment, self._media_s)
        step_s = min(POSITION_EVERY_S, self._film_s - self._media_s)
        self._media_s += step_s
        self._due_s = now_s + step_s
        return [event]

    def _stop(self) -> None:
        self._film_s = self._media_s = self._due_s = self._paused_left_s = None

    def _now_s(self) -> float:
        return 0.0 if self._inbox is None else self._inbox.clock.now_s()

    def _roused(self) -> None:
        if self._inbox is not None:
            self._inbox.rouse(self)
