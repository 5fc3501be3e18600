"""Questions to the participant, answered with their keys or by the operator for them."""

from __future__ import annotations

import math

from femo_tui.devices.base import Page, Question
from femo_tui.errors import IllegalCommand
from femo_tui.model.events import Rating
from femo_tui.model.protocol import Scale, ScaleLook, Step, say
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.recorder import participant_words as words
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.steps import GO_ON_KEYS, StepBase

SHOWN_FOR_S = 0.4  # the answer, before the next question: to see it, and to catch a slip
UNREAD_S = 0.25  # a key that comes so soon after a question was meant for what was there before
_BACK_KEY = "BACKSPACE"
_YES_NO_KEYS = {"Y": 1, "S": 1, "N": 0}


class AskingStep(StepBase):
    """Questions one after the other; the answer is shown, then the next one is asked.

    An answer is written as it is given. One that is changed, at once or after going back, is
    written again: the last one stands.
    """

    def __init__(self, stage: Stage, step: Step, attempt: int, about: str | None) -> None:
        super().__init__(stage, step, attempt)
        self._about = about
        self._given: dict[str, int] = {}  # `answers` once it was shown and left standing
        self._index = 0  # of the question on the screen
        self._end_s = math.inf
        self._go_on_s = math.inf  # when the answer has been shown for long enough
        self._paused_at_s: float | None = None

    def begin(self) -> None:
        now_s = self._stage.clock.now_s()
        duration_s = self._step.duration_s
        self._end_s = math.inf if duration_s is None else now_s + duration_s
        self._ask(self._index)

    def deadline_s(self) -> float:
        return math.inf if self._paused_at_s is not None else min(self._go_on_s, self._end_s)

    def reach(self, now_s: float) -> None:
        if now_s >= self._end_s:
            self.cut(now_s, "timeout")
            self.ended = "complete"
        elif now_s >= self._go_on_s:
            self._go_on()

    # --- what the participant does -----------------------------------------------------------

    def hear(self, event: PlayerEvent) -> None:
        asks = self._paused_at_s is None and self.ended is None
        if event.moment is PlayerMoment.KEY and event.key is not None and asks:
            self._press(event.key, event.t_s)

    def lose_screen(self, now_s: float, reason: str) -> None:
        """Ask on, on the screen that has taken its place: no answer is lost."""
        self._show()
        if self._paused_at_s is not None:
            self._stage.hold(True)

    def _press(self, key: str, now_s: float) -> None:
        scale = self._step.scales[self._index]
        value = _YES_NO_KEYS.get(key) if scale.look is ScaleLook.YES_NO else None
        if key.isdigit():
            value = int(key)
        if value is not None and now_s - self._asked_s < UNREAD_S:
            return
        if value is not None and scale.low <= value <= scale.high:
            source = "simulated" if self._stage.player_simulated else "participant"
            self._take(scale, value, now_s, source)
        elif key == _BACK_KEY:
            self._go_back()
        elif key in GO_ON_KEYS and scale.name in self._given:
            self._go_on()

    def _go_back(self) -> None:
        """Stay with an answer that was just given, otherwise show the question before."""
        if self._go_on_s < math.inf:
            self._go_on_s = math.inf
        elif self._index > 0:
            self._index -= 1
        self._show()

    def _go_on(self) -> None:
        """Ask the next question that has no answer, in order, then those left behind."""
        self._go_on_s = math.inf
        self.answers = dict(self._given)
        scales = self._step.scales
        ahead = [*range(self._index + 1, len(scales)), *range(self._index)]
        still_open = next((i for i in ahead if scales[i].name not in self._given), None)
        if still_open is None:
            self.ended = "complete"
        else:
            self._ask(still_open)

    # --- answers -----------------------------------------------------------------------------

    def answer(self, scale_name: str, value: int, now_s: float, source: str) -> None:
        """Take an answer.

        Raises:
            IllegalCommand: the scale is not asked now, or has no such value.
        """
        scale = next((s for s in self._step.scales if s.name == scale_name), None)
        if scale is None:
            asked = ", ".join(s.name for s in self._step.scales)
            raise IllegalCommand(f"rating: {scale_name!r} is not asked now; asked is {asked}")
        if not scale.low <= value <= scale.high:
            raise IllegalCommand(
                f"rating: {scale_name} takes {scale.low} to {scale.high}, not {value}"
            )
        self._take(scale, value, now_s, source)

    def _take(self, scale: Scale, value: int, now_s: float, source: str) -> None:
        if self._given.get(scale.name) != value:
            self._given[scale.name] = value
            self._write(scale, value, now_s, source)
        if scale is self._step.scales[self._index]:
            self._go_on_s = now_s + SHOWN_FOR_S
            self._show()
        else:
            self.answers[scale.name] = value

    def _leave_unanswered(self, now_s: float, why: str) -> None:
        for scale in self._step.scales:
            if scale.name not in self._given:
                self._write(scale, None, now_s, why)

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

    # --- what the participant sees -----------------------------------------------------------

    def _ask(self, index: int) -> None:
        self._index = index
        self._asked_s = self._stage.clock.now_s()
        self._show()

    def _show(self) -> None:
        language = self._stage.language
        scale = self._step.scales[self._index]
        heading, asked = say(self._step.text, language), say(scale.text, language)
        yes_no = scale.look is ScaleLook.YES_NO
        count = len(self._step.scales)
        self._stage.player.show(
            Page(
                text=f"{heading}\n\n{asked}" if heading else asked,
                footer=self._hint(scale),
                corner=f"{self._index + 1} / {count}" if count > 1 else "",
                question=Question(
                    scale.look,
                    scale.low,
                    scale.high,
                    say(scale.low_text or (words.NO if yes_no else {}), language),
                    say(scale.high_text or (words.YES if yes_no else {}), language),
                    self._given.get(scale.name),
                    scale.stop_at + scale.pause_at,
                ),
            )
        )

    def _hint(self, scale: Scale) -> str:
        """Say which keys answer; the first question says it, the others how to go back."""
        language = self._stage.language
        if scale.name in self._given and self._go_on_s == math.inf:
            return say(words.KEEP_HINT, language)
        keys = words.YES_NO_KEYS if scale.look is ScaleLook.YES_NO else words.NUMBER_KEYS
        back = f"     {say(words.BACK_HINT, language)}" if self._index > 0 else ""
        return say(keys, language) + back

    # --- what the operator does --------------------------------------------------------------

    def pause(self, now_s: float) -> None:
        self._stage.hold(True)
        self._paused_at_s = now_s

    def resume(self, now_s: float) -> None:
        assert self._paused_at_s is not None
        paused_s = now_s - self._paused_at_s
        self._end_s += paused_s
        self._go_on_s += paused_s
        self._paused_at_s = None
        self._stage.hold(False)

    def cut(self, now_s: float, reason: str) -> None:
        if self.ended is None:
            self.answers = dict(self._given)
            self._leave_unanswered(now_s, reason)
        super().cut(now_s, reason)
