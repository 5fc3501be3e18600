"""A simulated camera: a drawn participant whose face follows the condition, at an even rate."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from femo_tui.devices.base import STUDY_SIZE, DeviceInfo
from femo_tui.model.clock import Clock
from femo_tui.model.conditions import Condition, Elicitation

if TYPE_CHECKING:
    from femo_tui.devices.base import Image
    from femo_tui.devices.drawn_face import DrawnFace, Expression

STUDY_FPS = 10.0
SETTLE_S = 1.5  # how long an expression takes to come, after the condition changed
SPONTANEOUS_SHARE = 0.65  # of the acted expression: film moves a face less than an instruction


@dataclass(frozen=True, slots=True)
class _Mood:
    """An expression on its way: from one, to another, since when."""

    before: Expression
    after: Expression
    since_s: float

    def at(self, t_s: float) -> Expression:
        share = min(1.0, max(0.0, (t_s - self.since_s) / SETTLE_S))
        return self.before.toward(self.after, share * share * (3 - 2 * share))


class SimCamera:
    """Draws the person of `seed`; `effect` scales the expressions, 0 leaves the face neutral."""

    def __init__(
        self,
        seed: int,
        clock: Clock,
        fps: float = STUDY_FPS,
        effect: float = 1.0,
        size: tuple[int, int] = STUDY_SIZE,
        uri: str = "",
    ) -> None:
        self._seed = seed
        self._clock = clock
        self._fps = fps
        self._effect = effect
        self._size = size
        self._uri = uri or f"sim:{seed}"
        self._person: DrawnFace | None = None
        self._mood: _Mood | None = None
        self._closed = threading.Event()
        self._first_s = 0.0
        self._frame = -1
        self.dropped = 0  # drawn when it is asked for: none can be lost

    def open(self) -> DeviceInfo:
        from femo_tui.devices.drawn_face import NEUTRAL, DrawnFace

        if self._person is None:
            self._person = DrawnFace(self._seed, self._size)
        self._first_s = self._clock.now_s()
        self._frame = -1
        self._mood = _Mood(NEUTRAL, NEUTRAL, self._first_s)
        self._closed.clear()
        return DeviceInfo(
            self._uri,
            f"simulated participant {self._seed}",
            simulated=True,
            rate_hz=self._fps,
            facts={"width": self._size[0], "height": self._size[1], "effect": self._effect},
        )

    def read(self) -> tuple[float, Image] | None:
        """Return the next frame when it is due, or the current one if that is past; None once
        closed."""
        now_s = self._clock.now_s()
        current = math.floor((now_s - self._first_s) * self._fps)
        self._frame = max(self._frame + 1, current)
        due_s = self._first_s + self._frame / self._fps
        if self._closed.is_set() or self._clock.sleep_until(due_s, self._closed):
            return None
        arrival_s = self._clock.now_s()
        return arrival_s, self.image_at(arrival_s)

    def image_at(self, t_s: float) -> Image:
        """Return what the camera sees at a time; the camera must be open."""
        if self._person is None or self._mood is None:
            raise RuntimeError("the simulated camera is not open")
        return self._person.image(t_s, self._mood.at(t_s))

    def cue(self, condition: Condition | None) -> None:
        from femo_tui.devices.drawn_face import EXPRESSIONS, NEUTRAL

        if self._mood is None:
            return
        now_s = self._clock.now_s()
        shown = self._mood.at(now_s)
        target = NEUTRAL
        if condition is not None:
            share = SPONTANEOUS_SHARE if condition.elicitation is Elicitation.SPONTANEOUS else 1.0
            full = EXPRESSIONS.get(condition.emotion, NEUTRAL)
            target = NEUTRAL.toward(full, share * self._effect * self._expressiveness())
        self._mood = _Mood(shown, target, now_s)

    def close(self) -> None:
        self._closed.set()

    def _expressiveness(self) -> float:
        """Return how much of an expression this person shows, 0.8 to 1.1."""
        return 0.8 + 0.3 * ((self._seed * 0.618034) % 1.0)
