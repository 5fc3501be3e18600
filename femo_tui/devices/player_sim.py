"""The simulated player: films take their time, a simulated participant answers questions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from femo_tui.devices.base import DeviceInfo, Inbox, Page, Record
from femo_tui.devices.media_probe import header_duration_s
from femo_tui.errors import DeviceError
from femo_tui.model.conditions import Condition
from femo_tui.model.records import DeviceEvent, PlayerEvent, PlayerMoment, Severity, Stream

LATENCY_S = 0.04  # from `play` to the first frame, as mpv takes on a lab machine
POSITION_EVERY_S = 0.1
ANSWERS_AFTER_S = (0.3, 0.5)
READS_FOR_S = 3.0  # before the space bar, on a page that asks nothing
TRIES_AGAIN_AFTER_S = 5.0  # where a key had no effect, as in a pause


@dataclass(slots=True)
class _Film:
    duration_s: float
    origin_s: float  # boot time at which its first frame is shown
    reports: int = 0
    paused_at_s: float | None = None

    @property
    def next_media_s(self) -> float:
        return min(self.reports * POSITION_EVERY_S, self.duration_s)

    @property
    def due_s(self) -> float:
        return self.origin_s + self.next_media_s

    def report(self) -> PlayerEvent:
        t_s, media_s = self.due_s, self.next_media_s
        moment = PlayerMoment.STARTED if self.reports == 0 else PlayerMoment.POSITION
        if media_s >= self.duration_s:
            moment = PlayerMoment.ENDED
        self.reports += 1
        return PlayerEvent(t_s, moment, media_s)


@dataclass(frozen=True, slots=True)
class _Press:
    due_s: float
    key: str


class SimPlayer:
    """Shows nothing; says what a real player would say, at the times it would."""

    def __init__(self, uri: str, seed: int) -> None:
        self._uri = uri
        self._answers = random.Random(seed)
        self._inbox: Inbox | None = None
        self._film: _Film | None = None
        self._press: _Press | None = None

    def open(self) -> DeviceInfo:
        return DeviceInfo(self._uri, "simulated screen", simulated=True, facts={"speed": 1.0})

    def start(self, inbox: Inbox) -> None:
        self._inbox = inbox
        inbox.attach(self)

    def show(self, page: Page) -> None:
        """Show a page; a question is answered after a moment, other pages are read."""
        question = page.question
        if question is None:
            self._do(press=_Press(self._now_s() + READS_FOR_S, "SPACE"))
        elif question.chosen is None:
            after_s = self._answers.uniform(*ANSWERS_AFTER_S)
            answers = range(question.low, question.high + 1)
            fit = [answer for answer in answers if answer not in question.barred]
            answer = str(self._answers.choice(fit or answers))
            self._do(press=_Press(self._now_s() + after_s, answer))
        else:
            self._do()

    def play(self, clip: Path) -> None:
        try:
            duration_s = header_duration_s(clip)
        except DeviceError as problem:
            self._do()
            self._report_failure(str(problem))
            return
        self._do(film=_Film(duration_s, self._now_s() + LATENCY_S))

    def set_paused(self, paused: bool, notice: str = "") -> None:
        film, now_s = self._film, self._now_s()
        if film is None or paused == (film.paused_at_s is not None):
            return
        if film.paused_at_s is None:
            film.paused_at_s = now_s
        else:
            film.origin_s += now_s - film.paused_at_s
            film.paused_at_s = None
        self._do(film=film)

    def blank(self) -> None:
        self._do()

    def cue(self, condition: Condition | None) -> None:
        pass

    def close(self) -> None:
        self._do()
        if self._inbox is not None:
            self._inbox.detach(self)
            self._inbox = None

    def next_due_s(self) -> float | None:
        if self._press is not None:
            return self._press.due_s
        if self._film is None or self._film.paused_at_s is not None:
            return None
        return self._film.due_s

    def produce(self) -> Sequence[Record]:
        """Say what is due: an answer, the film's start, its positions, its end."""
        records: list[Record] = []
        now_s = self._now_s()
        while (due_s := self.next_due_s()) is not None and due_s <= now_s:
            records.append(self._next())
        return records

    def _next(self) -> PlayerEvent:
        if self._press is not None:
            t_s, key = self._press.due_s, self._press.key
            self._press = _Press(t_s + TRIES_AGAIN_AFTER_S, key)
            return PlayerEvent(t_s, PlayerMoment.KEY, key=key)
        assert self._film is not None
        event = self._film.report()
        if event.moment is PlayerMoment.ENDED:
            self._film = None
        return event

    def _do(self, film: _Film | None = None, press: _Press | None = None) -> None:
        """Show a film, await a key, or neither: one screen shows one thing."""
        self._film, self._press = film, press
        if self._inbox is not None:
            self._inbox.rouse(self)

    def _report_failure(self, text: str) -> None:
        assert self._inbox is not None
        now_s = self._now_s()
        self._inbox.put(DeviceEvent(now_s, Stream.PLAYER, "clip_failed", Severity.LOSS, text))
        self._inbox.put(PlayerEvent(now_s, PlayerMoment.FAILED, text=text))

    def _now_s(self) -> float:
        assert self._inbox is not None, "a player shows nothing before its start"
        return self._inbox.clock.now_s()
