"""A run folder as a recorder would write it, as far as it is told to."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from femo_tui.model.events import (
    FILM_STARTED,
    DeviceNote,
    Marker,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
)
from femo_tui.model.protocol import Step, StepKind, StudyProtocol
from femo_tui.model.records import Box, Frame, GsrSample, JsonValue, SampleFlag, Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.run_writer import RunWriter, write_recorder_json
from tests.support.runs import wile_start


class ScriptedRun:
    """One run, unfinished until it is told how it ends."""

    def __init__(
        self,
        run_dir: Path,
        protocol: StudyProtocol,
        code: str,
        session: str,
        began: datetime,
        *,
        simulated: bool,
    ) -> None:
        self.run_dir, self.protocol, self.code = run_dir, protocol, code
        self.t_s = 0.0
        self.unseen = 1  # frames without a face, of 25 in a window
        self.face_jpeg = b"\xff\xd8"  # what is saved of a face: here no image
        self._began = began
        self._writer = RunWriter(run_dir, 0.0)
        self._sample = self._frame = 0
        self._writer.event(
            wile_start(
                *(run_dir, code, session, began),
                protocol=protocol.facts(),
                devices={
                    "gsr": {"uri": "serial:auto", "model": "Grove on ttyACM0", "rate_hz": 10.0},
                    "camera": {"uri": "camera:0", "model": "UVC camera", "rate_hz": 10.0},
                    "player": {"uri": "mpv", "model": "mpv on :0"},
                },
                simulated=("gsr", "camera", "player") if simulated else (),
            )
        )
        self.state(RunState.RUNNING)

    def state(
        self, state: RunState, reason: str = "", criteria: dict[str, JsonValue] | None = None
    ) -> None:
        self._writer.event(StateChange(self.t_s, state, reason, criteria or {}))

    def mark(self, text: str, pressed_s: float) -> None:
        self._writer.event(Marker(self.t_s, text, "ada", "mark", {"text": text}, pressed_s))

    def command(self, operator: str, name: str, *, console: str) -> None:
        """Write down that a console gave a command and was obeyed."""
        self._writer.event(Marker(self.t_s, name, operator, name, {}, self.t_s, console=console))

    def film_began(self) -> None:
        """Write down that the running step's film began to play."""
        text = "the film plays"
        self._writer.event(DeviceNote(self.t_s, Stream.PLAYER, FILM_STARTED, Severity.INFO, text))

    def steps(self, first: int, last: int) -> None:
        """Run the steps from `first` to before `last` to their ends, every window accepted."""
        for step in self.protocol.steps[first:last]:
            self.step(step)

    def step(
        self,
        step: Step,
        *,
        stop_after_s: float | None = None,
        verdict: str = "accepted",
        by: str = "ada",
        asks: Sequence[str] = (),
    ) -> None:
        """Run one step, or its first `stop_after_s` seconds; it asks its scales, or `asks`."""
        class_name = step.condition.class_name if step.condition else None
        began_s, length_s = self.t_s, step.duration_s or 10.0
        window = step.window
        sees = "the film" if step.kind is StepKind.CLIP else "text"
        self._writer.event(
            StepStart(
                *(began_s, step.name, 1, step.kind.value, class_name, step.media, sees),
                asks=[*asks] or [scale.name for scale in step.scales],
            )
        )
        if step.kind is StepKind.CLIP:
            self.film_began()
        end_s = began_s + (length_s if stop_after_s is None else stop_after_s)
        if window is not None and began_s + window.start_s < end_s:
            onset_s = began_s + window.start_s
            self._record(onset_s, step, save=False)
            media_s = window.start_s if step.kind is StepKind.CLIP else None
            self._writer.event(WindowStart(onset_s, step.name, 1, class_name, media_s, 0.017))
            closes_s = began_s + window.end_s
            self._record(min(closes_s, end_s), step, save=True)
            if closes_s <= end_s:
                self._writer.event(WindowStop(closes_s, step.name, 1, class_name, "complete"))
        self._record(end_s, step, save=False)
        if stop_after_s is None:
            self._writer.event(StepStop(end_s, step.name, 1, "complete"))
            if window is not None and verdict:
                self._writer.event(Verdict(end_s, step.name, 1, class_name, verdict, by, "", {}))

    def follow(
        self,
        steps: tuple[Step, ...],
        now_s: Callable[[], float],
        at_most_s: float = math.inf,
    ) -> None:
        """Run `steps` at the pace of a clock, in pieces of a tenth of a second."""
        until_s = self.t_s + at_most_s
        for step in steps:
            began_s, window = self.t_s, step.window
            class_name = step.condition.class_name if step.condition else None
            self._writer.event(
                StepStart(began_s, step.name, 1, step.kind.value, class_name, step.media, "a film")
            )
            opened = False
            while self.t_s < min(began_s + (step.duration_s or 10.0), until_s):
                inside = window is not None and (
                    window.start_s <= self.t_s - began_s < window.end_s
                )
                if inside != opened:
                    place = (step.name, 1, class_name)
                    self._writer.event(
                        WindowStart(self.t_s, *place, None, 0.0)
                        if inside
                        else WindowStop(self.t_s, *place, "complete")
                    )
                    opened = inside
                self._record(self.t_s + 0.1, step, save=inside)
                while now_s() < self.t_s:
                    time.sleep(0.02)
            if self.t_s >= until_s:
                return
            self._writer.event(StepStop(self.t_s, step.name, 1, "complete"))

    def fault(
        self, stream: Stream, name: str, severity: Severity, text: str, **detail: int
    ) -> None:
        self._writer.event(DeviceNote(self.t_s, stream, name, severity, text, dict(detail)))

    def finish(self, status: RunStatus, reason: str) -> None:
        self.state(RunState.STOPPING)
        self.state(RunState.DONE)
        utc = self._began + timedelta(seconds=self.t_s)
        self._writer.event(RunStop(self.t_s, status, reason, f"{utc:%Y-%m-%dT%H:%M:%SZ}", {}))
        self._writer.seal()
        self._writer.close()

    def vanish(self) -> None:
        """Leave as a killed recorder does: nothing more is written, nobody holds the run."""
        asked = RecordRequest(
            self.run_dir.parents[3], self.code, self.protocol.name, "sim:1", "sim:1", "sim", "ada"
        )
        write_recorder_json(self.run_dir, {"request": json.loads(asked.to_json())})
        self._writer.close()

    def close(self) -> None:
        self._writer.close()

    def _record(self, until_s: float, step: Step, *, save: bool) -> None:
        """Write samples at 10 Hz and frames at 5 Hz up to `until_s`: a curve anyone can redo."""
        stressed = step.condition is not None and step.condition.emotion == "stress"
        while self._sample * 0.1 < until_s:
            t_s = self._sample * 0.1
            us = 4.4 + 0.5 * math.sin(t_s / 9.0) + 0.15 * math.sin(t_s / 2.1)
            if stressed:
                us += 1.2 * (1.0 - math.exp(-max(t_s - self.t_s, 0.0) / 8.0))
            self._writer.sample(GsrSample(t_s, 400.0, round(us, 3), SampleFlag.OK))
            self._sample += 1
        while self._frame * 0.2 < until_s:
            seen = self._frame % 25 >= (self.unseen if save else 1)
            self._writer.frame(
                Frame(
                    self._frame * 0.2,
                    int(seen),
                    Box(300, 120, 160, 160) if seen else None,
                    2 if seen and self._frame % 11 else 0,
                    184.0 if seen else None,
                    118.0,
                    self.face_jpeg if seen else None,
                ),
                step.name,
                1,
                step.condition.class_name if step.condition else None,
                save,
            )
            self._frame += 1
        self.t_s = until_s
