"""A film that is warned of: the participant chooses to see it or to leave it out."""

from __future__ import annotations

import math

from femo_tui.errors import IllegalCommand
from femo_tui.model.events import Rating
from femo_tui.model.protocol import Step, say
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.model.run_state import CONTENT_WARNING
from femo_tui.recorder.film_step import FilmStep
from femo_tui.recorder.participant_words import LEAVE_OUT_KEYS, SEE_KEYS, warning_page
from femo_tui.recorder.stage import Stage

DECLINED = "declined"  # how the step ends where the film is left out
SEES, LEAVES_OUT = 1, 0  # the answers
READ_FOR_S = 1.0  # a key that comes sooner was meant for the page before


class WarnedFilm(FilmStep):
    """A clip that begins to play once the participant, or the operator for them, says so."""

    def __init__(self, stage: Stage, step: Step, attempt: int) -> None:
        super().__init__(stage, step, attempt)
        self._asking = True

    def begin(self) -> None:
        self._show_warning()

    def _show_warning(self) -> None:
        language = self._stage.language
        warning = say(self._step.content_warning, language)
        self._shown_s = self._stage.clock.now_s()
        self._stage.player.show(warning_page(warning, language))

    def deadline_s(self) -> float:
        return math.inf if self._asking else super().deadline_s()

    def hear(self, event: PlayerEvent) -> None:
        if not self._asking:
            super().hear(event)
        elif event.moment is PlayerMoment.KEY and not self._paused:
            self._hear_key(event)

    def _hear_key(self, event: PlayerEvent) -> None:
        source = "simulated" if self._stage.player_simulated else "participant"
        if event.key in LEAVE_OUT_KEYS:
            self.answer(CONTENT_WARNING, LEAVES_OUT, event.t_s, source)
        elif event.key in SEE_KEYS and event.t_s - self._shown_s >= READ_FOR_S:
            self.answer(CONTENT_WARNING, SEES, event.t_s, source)

    def answer(self, scale_name: str, value: int, now_s: float, source: str) -> None:
        if not self._asking or scale_name != CONTENT_WARNING:
            asked = CONTENT_WARNING if self._asking else "nothing"
            raise IllegalCommand(f"rating: {scale_name!r} is not asked now; asked is {asked}")
        if value not in (SEES, LEAVES_OUT):
            raise IllegalCommand(
                f"rating: {CONTENT_WARNING} takes {SEES}, the participant sees the film, or"
                f" {LEAVES_OUT}, they leave it out"
            )
        self._write(value, now_s, source)
        if value == SEES:
            super().begin()
        else:
            super().cut(now_s, DECLINED)

    def _write(self, value: int | None, now_s: float, source: str) -> None:
        self._asking = False
        self._stage.log.event(
            Rating(
                self._stage.run_s(now_s),
                self._step.name,
                self._attempt,
                self._step.name,
                CONTENT_WARNING,
                value,
                source,
            )
        )

    def pause(self, now_s: float) -> None:
        if self._asking:
            self._stage.hold(True)
            self._paused = True
        else:
            super().pause(now_s)

    def resume(self, now_s: float) -> None:
        if self._asking:
            self._paused = False
            self._stage.hold(False)
        else:
            super().resume(now_s)

    def lose_screen(self, now_s: float, reason: str) -> None:
        if not self._asking:
            super().lose_screen(now_s, reason)
            return
        self._show_warning()
        if self._paused:
            self._stage.hold(True)

    def cut(self, now_s: float, reason: str) -> None:
        if self._asking:
            self._write(None, now_s, reason)
        super().cut(now_s, reason)
