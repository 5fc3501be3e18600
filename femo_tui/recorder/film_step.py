"""A clip: its window is a position in the film, its end is the film's end."""

from __future__ import annotations

import math

from femo_tui.model.protocol import Step
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.recorder.film import FilmClock
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.steps import StepBase
from femo_tui.store.exposure import Exposure

FILM_START_TIMEOUT_S = 10.0  # mpv on a slow disk shows the first frame well within
STALL_LIMIT_S = 10.0  # a film that stands still for longer is not waited for


class FilmStep(StepBase):
    """A clip: its window is a position in the film, its end is the film's end."""

    def __init__(self, stage: Stage, step: Step, attempt: int) -> None:
        super().__init__(stage, step, attempt)
        assert step.media is not None
        self._film = FilmClock(stage.frame_s(step.media), stage.film_speed)
        self._playing = False
        self._paused = False
        self._exposure: Exposure | None = None
        self._stalled_s: float | None = None  # since when the film stands still

    def begin(self) -> None:
        assert self._step.media is not None
        self._stage.player.play(self._stage.media[self._step.media])
        self._start_by_s = self._stage.clock.now_s() + FILM_START_TIMEOUT_S

    def deadline_s(self) -> float:
        if self._paused:
            return math.inf
        if not self._playing:
            return self._start_by_s
        if self._stalled_s is not None:
            return self._stalled_s + STALL_LIMIT_S
        due = self._window_due()
        return math.inf if due is None else due[0]

    def _window_due(self) -> tuple[float, float] | None:
        """Return boot time and uncertainty of the window's next edge.

        None if there is none, and while the film is not known to run: no window opens blindly.
        """
        window = self._step.window
        if window is None or (self._window is not None and not self._window_open):
            return None
        if not self._film.fresh(self._stage.clock.now_s()):
            return None
        edge = self._film.on_screen(window.start_s if self._window is None else window.end_s)
        return None if edge is None else (edge.t_s, edge.uncertainty_s)

    def reach(self, now_s: float) -> None:
        if not self._playing:
            self.cut(now_s, "film_not_started")
            return
        if self._stalled_s is not None:
            self.cut(now_s, "film_stalled")
            return
        due = self._window_due()
        if due is None or now_s < due[0]:
            return
        edge_s, uncertainty_s = due
        if self._window is None:
            assert self._step.window is not None
            self._window = self._stage.open_window(
                self._step,
                self._attempt,
                edge_s,
                media_s=self._step.window.start_s,
                uncertainty_s=uncertainty_s,
                exposure=self._exposure,
            )
        else:
            self._close_window(edge_s, "complete")

    def hear(self, event: PlayerEvent) -> None:
        if event.moment is PlayerMoment.STARTED and not self._playing:
            self._playing = True
            self._exposure = self._stage.note_film(self._step, self._attempt, event.t_s)
        if event.moment in (PlayerMoment.STARTED, PlayerMoment.POSITION):
            self._stalled_s = None
            if event.media_s is not None and not self._paused:
                self._film.report(event.t_s, event.media_s)
                self.media_played_s = event.media_s
        elif event.moment is PlayerMoment.STALLED:
            self._film.restart()
            if self._playing and self._stalled_s is None:
                self._stalled_s = event.t_s
            if self._window is not None and self._window_open:
                self._window.stalls += 1
        elif event.moment is PlayerMoment.FAILED:
            self.cut(event.t_s, "film_failed")
        elif event.moment is PlayerMoment.ENDED:
            self.media_played_s = event.media_s
            self._close_window(event.t_s, "film_ended")
            self.ended = "complete"

    def pause(self, now_s: float) -> None:
        self._stage.hold(True)
        self._close_window(now_s, "paused")
        self._paused = True

    def resume(self, now_s: float) -> None:
        self._film.restart()
        self._paused = False
        self._stalled_s = None
        self._start_by_s = now_s + FILM_START_TIMEOUT_S
        self._stage.hold(False)

    def lose_screen(self, now_s: float, reason: str) -> None:
        """End: no film goes on by itself, nor begins again."""
        self.cut(now_s, reason)

    def cut(self, now_s: float, reason: str) -> None:
        super().cut(now_s, reason)
        self._stage.player.blank()
