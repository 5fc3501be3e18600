"""What every step run has in common, and the steps that go by the clock."""

from __future__ import annotations

import math
from typing import Protocol

from femo_tui.errors import IllegalCommand
from femo_tui.model.protocol import Step, StepKind
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.recorder.gate import GatedWindow
from femo_tui.recorder.stage import Stage

GO_ON_KEYS = frozenset({"SPACE", "ENTER"})
PRESSED_TWICE_S = 0.5  # a key that comes so soon was meant for the page before


class StepRun(Protocol):
    """One attempt at one step. All times are boot time."""

    ended: str | None  # why it ended, None while it runs
    media_played_s: float | None
    answers: dict[str, int]  # scale → what was answered, once that is final

    def begin(self) -> None: ...

    def deadline_s(self) -> float:
        """Return when `reach` wants to be called, infinity if never."""
        ...

    def reach(self, now_s: float) -> None:
        """Do what is due."""
        ...

    def hear(self, event: PlayerEvent) -> None:
        """Take in a moment of the participant's screen."""
        ...

    def pause(self, now_s: float) -> None: ...

    def resume(self, now_s: float) -> None: ...

    def cut(self, now_s: float, reason: str) -> None:
        """End the step, and its window if one is open, before its time."""
        ...

    def lose_screen(self, now_s: float, reason: str) -> None:
        """Go on after the participant's screen went dark and was opened again, or end."""
        ...

    def answer(self, scale_name: str, value: int, now_s: float, source: str) -> None:
        """Take an answer.

        Raises:
            IllegalCommand: the scale is not asked now, or has no such value.
        """
        ...


class StepBase:
    """What all steps share: their window and how they are cut."""

    def __init__(self, stage: Stage, step: Step, attempt: int) -> None:
        self._stage = stage
        self._step = step
        self._attempt = attempt
        self._window: GatedWindow | None = None
        self.ended: str | None = None
        self.media_played_s: float | None = None
        self.answers: dict[str, int] = {}

    @property
    def _window_open(self) -> bool:
        return self._window is not None and self._window.end_s is None

    def _close_window(self, end_s: float, reason: str) -> None:
        if self._window is not None and self._window.end_s is None:
            self._stage.close_window(self._window, end_s, reason)

    def cut(self, now_s: float, reason: str) -> None:
        self._close_window(now_s, reason)
        self.ended = reason

    def answer(self, scale_name: str, value: int, now_s: float, source: str) -> None:
        raise IllegalCommand("rating: nothing is asked now")


class TimedStep(StepBase):
    """A step that lasts its duration by the host's clock, or until a key where it has none."""

    def begin(self) -> None:
        self._started_s = self._shown_s = self._stage.clock.now_s()
        self._paused_at_s: float | None = None
        self._show(self._started_s)

    def _show(self, now_s: float) -> None:
        counts = self._step.kind is StepKind.ACTED and self._step.duration_s is not None
        left_s = self._end_s() - now_s if counts else None
        self._stage.show_text(self._step, countdown_s=left_s)

    def lose_screen(self, now_s: float, reason: str) -> None:
        """Show the page again; only a window in which it was gone is lost."""
        if self._window_open:
            self.cut(now_s, reason)
            return
        self._show(now_s if self._paused_at_s is None else self._paused_at_s)
        if self._paused_at_s is not None:
            self._stage.hold(True)

    def deadline_s(self) -> float:
        if self._paused_at_s is not None:
            return math.inf
        return min(self._window_due_s(), self._end_s())

    def _window_due_s(self) -> float:
        window = self._step.window
        if window is None:
            return math.inf
        if self._window is None:
            return self._started_s + window.start_s
        return self._started_s + window.end_s if self._window_open else math.inf

    def _end_s(self) -> float:
        duration_s = self._step.duration_s
        return math.inf if duration_s is None else self._started_s + duration_s

    def reach(self, now_s: float) -> None:
        due_s = self._window_due_s()
        if now_s >= due_s and self._window is None:
            self._window = self._stage.open_window(
                self._step, self._attempt, due_s, uncertainty_s=now_s - due_s
            )
        elif now_s >= due_s:
            self._close_window(due_s, "complete")
        elif now_s >= self._end_s():
            self.ended = "complete"

    def hear(self, event: PlayerEvent) -> None:
        waits_for_key = self._step.duration_s is None and self._paused_at_s is None
        goes_on = event.moment is PlayerMoment.KEY and event.key in GO_ON_KEYS
        if waits_for_key and goes_on and event.t_s - self._shown_s >= PRESSED_TWICE_S:
            self.ended = "complete"

    def pause(self, now_s: float) -> None:
        self._stage.hold(True)
        self._close_window(now_s, "paused")
        self._paused_at_s = now_s

    def resume(self, now_s: float) -> None:
        assert self._paused_at_s is not None
        self._started_s += now_s - self._paused_at_s
        self._paused_at_s = None
        self._stage.hold(False)
