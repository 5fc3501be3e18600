"""Where in its protocol a run begins: with the first step, or where a lost run was cut."""

from __future__ import annotations

import math
from dataclasses import dataclass

from femo_tui.model.protocol import Step, StudyProtocol
from femo_tui.model.records import GsrSample, SampleFlag
from femo_tui.model.snapshot import RunSnapshot, StepStatus, WindowSummary
from femo_tui.recorder.gate import GatedWindow
from femo_tui.recorder.stage import RECENT_S
from femo_tui.store.recover import LOST

INTERRUPTED = "interrupted"  # how a step ends where the disk takes no more


@dataclass(frozen=True, slots=True)
class Place:
    """A step and attempt of a protocol, and what was left undone there."""

    index: int = 0
    attempt: int = 1
    pending: GatedWindow | None = None  # a window that was lost before its verdict
    step: Step | None = None  # with the film that was cut by the loss
    held: str = ""  # why that film is not shown again without a choice
    choice: str = ""  # which film is chosen instead: alternate, same, by name; skip: none


def where_to_begin(
    found: RunSnapshot, protocol: StudyProtocol, origin_s: float, choice: str
) -> Place:
    """Return where a lost run goes on; `choice` says which film where one was cut."""
    started = [step for step in found.steps if step.started_s is not None]
    if not started:
        return Place(0)
    last = max(started, key=lambda step: step.started_s or 0.0)
    index = protocol.step_index(last.name)
    pending = None
    if last.window is not None and _waits_for_verdict(last):
        pending = _tally(found, last.window, origin_s)
    if last.state in ("running", "redo", LOST, INTERRUPTED):
        if not last.began_to_play:
            return Place(index, last.attempt + 1)
        step = protocol.steps[index]
        if last.media is not None and last.media != step.media:
            step = step.showing(last.media)
        if pending is not None and last.window is not None:
            # of the film more may have been played, but not all of it
            pending.media_played_s = (last.window.media_s or 0.0) + pending.length_s
            pending.media_declared_s = step.duration_s
        held = f"{step.media} had begun to play: redo {step.name} with a film chosen, or skip it"
        return Place(index, last.attempt, pending, step, held, choice)
    if pending is not None:
        return Place(index, last.attempt, pending)
    return Place(index + 1)


def _waits_for_verdict(step: StepStatus) -> bool:
    return step.window is not None and step.window.end_s is not None and not step.window.verdict


def _tally(found: RunSnapshot, window: WindowSummary, origin_s: float) -> GatedWindow:
    """Collect again, from the run folder, what fell into a window."""
    assert window.end_s is not None
    samples = [
        GsrSample(
            origin_s + t_s,
            math.nan,
            None if math.isnan(gsr_us) else gsr_us,
            SampleFlag.OK if valid else SampleFlag.OUT_OF_RANGE,
        )
        for t_s, gsr_us, valid in zip(
            found.gsr.t_s, found.gsr.gsr_us, found.gsr.valid, strict=False
        )
        if window.onset_s - RECENT_S <= t_s < window.end_s
    ]
    onset_s = origin_s + window.onset_s
    return GatedWindow(
        window.step,
        window.attempt,
        window.class_name,
        onset_s,
        window.end_s - window.onset_s,
        origin_s + window.end_s,
        window.reason,
        samples=[sample for sample in samples if sample.t_s >= onset_s],
        samples_before=[sample for sample in samples if sample.t_s < onset_s],
        frames=window.frames,
        frames_with_face=window.frames_with_face,
        uncertainty_s=window.uncertainty_s,
        sharpness=[] if window.sharpness is None else [window.sharpness],
    )
