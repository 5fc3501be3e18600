"""How each kind of step runs: by the clock, by the film, or by the participant's answers."""

from __future__ import annotations

import math
from typing import Protocol

from femo_tui.devices.base import Page
from femo_tui.errors import IllegalCommand
from femo_tui.model.events import Rating
from femo_tui.model.protocol import Scale, Step, StepKind, say
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.recorder.film import FilmClock
from femo_tui.recorder.gate import WindowTally
from femo_tui.recorder.stage import Stage

FILM_START_TIMEOUT_S = 10.0  # mpv on a slow disk shows the first frame well within
GO_ON_KEYS = frozenset({"SPACE", "ENTER"})


class StepRun(Protocol):
    """One attempt at one step. All times are boot time."""

    ended: str | None  # why it ended, None while it runs
    media_played_s: float | None

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


def make_step_run(stage: Stage, step: Step, attempt: int, about: str | None) -> StepRun:
    """Return what runs `step`; `about` names the step that ratings ask about."""
    if step.kind is StepKind.CLIP:
        return FilmStep(stage, step, attempt)
    if step.scales:
        return AskingStep(stage, step, attempt, about)
    return TimedStep(stage, step, attempt)


class _Base:
    """What all steps share: their window and how they are cut."""

    def __init__(self, stage: Stage, step: Step, attempt: int) -> None:
        self._stage = stage
        self._step = step
        self._attempt = attempt
        self._window: WindowTally | None = None
        self.ended: str | None = None
        self.media_played_s: float | None = None

    @property
    def _window_open(self) -> bool:
        return self._window is not None and self._window.end_s is None

    def _close_window(self, end_s: float, reason: str) -> None:
        if self._window is not None and self._window.end_s is None:
            self._stage.close_window(self._window, end_s, reason)

    def hear(self, event: PlayerEvent) -> None:
        if event.moment is PlayerMoment.DIED:
            self.cut(event.t_s, "player_died")

    def cut(self, now_s: float, reason: str) -> None:
        self._close_window(now_s, reason)
        self.ended = reason


class TimedStep(_Base):
    """A step that lasts its duration by the host's clock, or until a key where it has none."""

    def begin(self) -> None:
        self._stage.show_text(self._step, countdown_s=self._countdown_s())
        self._started_s = self._stage.clock.now_s()
        self._paused_at_s: float | None = None

    def _countdown_s(self) -> float | None:
        return self._step.duration_s if self._step.kind is StepKind.ACTED else None

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
        super().hear(event)
        waits_for_key = self._step.duration_s is None and self._paused_at_s is None
        if waits_for_key and event.moment is PlayerMoment.KEY and event.key in GO_ON_KEYS:
            self.ended = "complete"

    def pause(self, now_s: float) -> None:
        self._close_window(now_s, "paused")
        self._paused_at_s = now_s

    def resume(self, now_s: float) -> None:
        assert self._paused_at_s is not None
        self._started_s += now_s - self._paused_at_s
        self._paused_at_s = None


class FilmStep(_Base):
    """A clip: its window is a position in the film, its end is the film's end."""

    def __init__(self, stage: Stage, step: Step, attempt: int) -> None:
        super().__init__(stage, step, attempt)
        self._film = FilmClock(stage.frame_s, stage.film_speed)
        self._playing = False
        self._paused = False

    def begin(self) -> None:
        assert self._step.media is not None
        self._stage.player.play(self._stage.media[self._step.media])
        self._start_by_s = self._stage.clock.now_s() + FILM_START_TIMEOUT_S

    def deadline_s(self) -> float:
        if not self._playing:
            return self._start_by_s
        due_s = self._window_due()
        return math.inf if self._paused or due_s is None else due_s[0]

    def _window_due(self) -> tuple[float, float] | None:
        """Return boot time and uncertainty of the window's next edge, None if there is none."""
        window = self._step.window
        if window is None or (self._window is not None and not self._window_open):
            return None
        edge = self._film.on_screen(window.start_s if self._window is None else window.end_s)
        return None if edge is None else (edge.t_s, edge.uncertainty_s)

    def reach(self, now_s: float) -> None:
        if not self._playing:
            self.cut(now_s, "film_not_started")
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
            )
        else:
            self._close_window(edge_s, "complete")

    def hear(self, event: PlayerEvent) -> None:
        super().hear(event)
        if event.moment is PlayerMoment.STARTED:
            self._playing = True
        if event.moment in (PlayerMoment.STARTED, PlayerMoment.POSITION):
            if event.media_s is not None and not self._paused:
                self._film.report(event.t_s, event.media_s)
                self.media_played_s = event.media_s
        elif event.moment is PlayerMoment.STALLED:
            self._film.restart()
            if self._window is not None and self._window_open:
                self._window.stalls += 1
        elif event.moment is PlayerMoment.ENDED:
            self.media_played_s = event.media_s
            self._close_window(event.t_s, "film_ended")
            self.ended = "complete"

    def pause(self, now_s: float) -> None:
        self._stage.player.set_paused(True)
        self._close_window(now_s, "paused")
        self._paused = True

    def resume(self, now_s: float) -> None:
        self._film.restart()
        self._paused = False
        self._stage.player.set_paused(False)

    def cut(self, now_s: float, reason: str) -> None:
        super().cut(now_s, reason)
        self._stage.player.blank()


class AskingStep(_Base):
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
