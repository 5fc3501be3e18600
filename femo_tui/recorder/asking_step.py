"""Questions to the participant, answered with their keys or by the operator for them."""

from __future__ import annotations

import math

from femo_tui.devices.base import Page
from femo_tui.errors import IllegalCommand
from femo_tui.model.events import Rating
from femo_tui.model.protocol import Scale, Step, say
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.steps import StepBase


class AskingStep(StepBase):
    """Questions one after the other, answered with the participant's keys or by the operator."""

    def __init__(self, stage: Stage, step: Step, attempt: int, about: str | None) -> None:
        super().__init__(stage, step, attempt)
        self._about = about
        self._open = list(step.scales)

    def begin(self) -> None:
        now_s = self._stage.clock.now_s()
        duration_s = self._step.duration_s
        self._end_s = math.inf if duration_s is None else now_s + duration_s
        self._paused_at_s: float | None = None
        self._ask()

    def _ask(self) -> None:
        scale = self._open[0]
        heading = say(self._step.text, self._stage.language)
        question = say(scale.text, self._stage.language)
        self._stage.player.show(
            Page(
                text=f"{heading}\n\n{question}" if heading else question,
                footer=f"{scale.low} … {scale.high}",
            )
        )

    def deadline_s(self) -> float:
        return math.inf if self._paused_at_s is not None else self._end_s

    def reach(self, now_s: float) -> None:
        self._leave_unanswered(now_s, "timeout")
        self.ended = "complete"

    def hear(self, event: PlayerEvent) -> None:
        super().hear(event)
        if event.moment is not PlayerMoment.KEY or event.key is None or self.ended:
            return
        scale = self._open[0]
        if event.key.isdigit() and scale.low <= int(event.key) <= scale.high:
            source = "simulated" if self._stage.player_simulated else "participant"
            self.answer(scale.name, int(event.key), event.t_s, source)

    def answer(self, scale_name: str, value: int, now_s: float, source: str) -> None:
        """Take an answer.

        Raises:
            IllegalCommand: the scale is not asked now, or has no such value.
        """
        scale = next((s for s in self._open if s.name == scale_name), None)
        if scale is None:
            asked = ", ".join(s.name for s in self._open) or "nothing"
            raise IllegalCommand(f"rating: {scale_name!r} is not asked now; asked is {asked}")
        if not scale.low <= value <= scale.high:
            raise IllegalCommand(
                f"rating: {scale_name} takes {scale.low} to {scale.high}, not {value}"
            )
        self._open.remove(scale)
        self._write(scale, value, now_s, source)
        if self._open:
            self._ask()
        else:
            self.ended = "complete"

    def _leave_unanswered(self, now_s: float, why: str) -> None:
        while self._open:
            self._write(self._open.pop(0), None, now_s, why)

    def _write(self, scale: Scale, value: int | None, now_s: float, source: str) -> None:
        self._stage.log.event(
            Rating(
                self._stage.run_s(now_s),
                self._step.name,
                self._attempt,
                self._about,
                scale.name,
                value,
                source,
            )
        )

    def pause(self, now_s: float) -> None:
        self._paused_at_s = now_s

    def resume(self, now_s: float) -> None:
        assert self._paused_at_s is not None
        self._end_s += now_s - self._paused_at_s
        self._paused_at_s = None

    def cut(self, now_s: float, reason: str) -> None:
        self._leave_unanswered(now_s, reason)
        super().cut(now_s, reason)
