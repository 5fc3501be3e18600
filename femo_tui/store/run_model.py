"""Folds the events of a run into what stands now: steps, windows, state, counters."""

from __future__ import annotations

import math
from dataclasses import dataclass

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import (
    FILM_STARTED,
    ClockNote,
    DeviceNote,
    Facts,
    Marker,
    Rating,
    RunEvent,
    RunResume,
    RunStart,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
)
from femo_tui.model.records import JsonValue, Stream
from femo_tui.model.run_state import NEEDS_NO_CONTROLS, CommandName, RunState
from femo_tui.model.snapshot import Controls, StepStatus, WindowSummary
from femo_tui.store.rows import LONGEST_RUN_S
from femo_tui.store.window_tally import WindowTally


@dataclass(slots=True)
class _StepNow:
    name: str
    kind: str
    class_name: str | None
    duration_s: float | None
    state: str = "planned"
    attempt: int = 0
    started_s: float | None = None
    stopped_s: float | None = None
    sees: str = ""
    media: str | None = None
    exposure: int | None = None
    began_to_play: bool = False


class RunModel:
    """A run as its events tell it so far."""

    def __init__(self) -> None:
        self.start: RunStart | None = None
        self.stop: RunStop | None = None
        self.state = RunState.ARMING
        self.state_reason = ""
        self.newest_s = 0.0
        self.windows: list[WindowTally] = []
        self.markers: list[Marker] = []
        self.ratings: dict[tuple[str, int, str], Rating] = {}  # a changed answer: the last one
        self.device_notes: list[DeviceNote] = []
        self.gsr_lost = self.gsr_rejected_lines = self.frames_dropped = 0
        self.current: int | None = None
        self.asks: list[str] = []  # scales of the current step without an answer
        self._steps: list[_StepNow] = []
        self.controls: Controls | None = None
        self.criteria: Facts = {}
        self._paused_since_s: float | None = None
        self._paused_s = 0.0

    def fold(self, event: RunEvent) -> None:
        """Take in the next event.

        Raises:
            MalformedRecord: the event contradicts the ones before; nothing was changed.
        """
        if not math.isfinite(event.t_s) or event.t_s > LONGEST_RUN_S:
            raise MalformedRecord(f"t_s {event.t_s} is no time")
        match event:
            case RunStart():
                if self.start is not None:
                    raise MalformedRecord("a second run_start")
                self.start = event
                self._steps = _planned(event.protocol)
            case StateChange():
                self._change_state(event)
            case StepStart():
                self._start_step(event)
            case StepStop():
                step = self._step(event.step)
                if step is None or step.attempt != event.attempt:
                    raise MalformedRecord(f"step {event.step} stops and had not started")
                step.state, step.stopped_s = event.reason, event.t_s
                self.asks = []
            case WindowStart():
                self.windows.append(WindowTally(event))
            case WindowStop():
                window = self._window(event.step, event.attempt)
                if window is None or window.stop is not None:
                    raise MalformedRecord(f"the window of {event.step} stops and was not open")
                window.stop = event
            case Verdict():
                window = self._window(event.step, event.attempt)
                if window is None:
                    raise MalformedRecord(f"a verdict on {event.step}, which had no window")
                window.verdict = event
            case Marker():
                self.markers.append(event)
                self._steer(event)
            case Rating():
                self.ratings[event.step, event.attempt, event.scale] = event
                self.asks = [scale for scale in self.asks if scale != event.scale]
            case DeviceNote():
                self._note(event)
            case RunStop():
                if self.stop is not None:
                    raise MalformedRecord("a second run_stop")
                self._end(event)
            case RunResume():
                self.controls = None  # another recorder, which knows of no console yet
            case ClockNote():
                pass  # time goes on, nothing else changes
        self.newest_s = max(self.newest_s, event.t_s)

    def paused_s(self, now_s: float) -> float:
        """Return how long the run has been paused in all."""
        open_s = 0.0 if self._paused_since_s is None else now_s - self._paused_since_s
        return self._paused_s + max(open_s, 0.0)

    def steps(self, windows: tuple[WindowSummary, ...]) -> tuple[StepStatus, ...]:
        """Return every step, the planned ones in their order, with its latest attempt's window."""
        of_attempt = {(window.step, window.attempt): window for window in windows}
        return tuple(
            StepStatus(
                step.name,
                step.kind,
                step.class_name,
                step.duration_s,
                step.state,
                step.attempt,
                step.started_s,
                step.stopped_s,
                step.sees,
                of_attempt.get((step.name, step.attempt)),
                step.media,
                step.exposure,
                step.began_to_play,
            )
            for step in self._steps
        )

    def _change_state(self, event: StateChange) -> None:
        if self._paused_since_s is not None:
            self._paused_s += max(event.t_s - self._paused_since_s, 0.0)
        self._paused_since_s = event.t_s if event.state is RunState.PAUSED else None
        self.state, self.state_reason = event.state, event.reason
        self.criteria = event.criteria

    def _start_step(self, event: StepStart) -> None:
        for other in self._steps:
            if other.state == "running":
                other.state = "lost"  # its end was never written
        step = self._step(event.step)
        if step is None:
            step = _StepNow(event.step, event.kind, event.class_name, None)
            self._steps.append(step)
        step.state, step.attempt, step.sees = "running", event.attempt, event.sees
        step.started_s, step.stopped_s = event.t_s, None
        step.media, step.exposure, step.began_to_play = event.media, event.exposure, False
        self.asks = list(event.asks)
        self.current = self._steps.index(step)

    def _steer(self, event: Marker) -> None:
        """Take in who holds the controls, by the recorder's own rule."""
        takes = event.command == CommandName.TAKE_OVER
        free = event.command is None or event.command in NEEDS_NO_CONTROLS
        if event.ok and (takes or (event.console and not free)):
            held = Controls(event.console, event.operator, event.t_s)
            same = self.controls is not None and self.controls.console == event.console
            self.controls = self.controls if same else held if event.console else None

    def _note(self, event: DeviceNote) -> None:
        self.device_notes.append(event)
        count = event.detail.get("count", 1)
        number = count if isinstance(count, int) else 1
        match event.stream, event.name:
            case Stream.GSR, "samples_lost":
                self.gsr_lost += number
            case Stream.GSR, "line_rejected":
                self.gsr_rejected_lines += number
            case Stream.CAMERA, "frames_dropped":  # the player drops frames of the film
                self.frames_dropped += number
            case Stream.PLAYER, name if name == FILM_STARTED and self.current is not None:
                self._steps[self.current].began_to_play = True

    def _end(self, event: RunStop) -> None:
        self.stop = event
        self.current = None
        self.asks = []
        if self._paused_since_s is not None:
            self._change_state(StateChange(event.t_s, RunState.DONE, event.reason))
        if self.state is not RunState.FAILED:
            self.state = RunState.DONE
        self.state_reason = self.state_reason or event.reason

    def _step(self, name: str) -> _StepNow | None:
        return next((step for step in self._steps if step.name == name), None)

    def _window(self, step: str, attempt: int) -> WindowTally | None:
        """Return the newest window of an attempt."""
        ours = (w for w in reversed(self.windows) if w.start.step == step)
        return next((w for w in ours if w.start.attempt == attempt), None)


def _planned(protocol: Facts) -> list[_StepNow]:
    """Read the steps that run_start lists; what is no step is passed over."""
    steps = protocol.get("steps")
    return [
        _StepNow(
            name,
            _text(step.get("kind")) or "",
            _text(step.get("class")),
            _number(step.get("duration_s")),
        )
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, dict) and (name := _text(step.get("name")))
    ]


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
