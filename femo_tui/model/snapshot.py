"""A run as it stands now: one frozen snapshot that screens and `femo status` draw from."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path

from femo_tui.model.events import DeviceNote, Facts, Marker, Rating, RunStart, RunStop
from femo_tui.model.run_state import ACCEPTED, RunData, RunState


@dataclass(frozen=True, slots=True)
class WindowSummary:
    """One window of one attempt: what was recorded in it. Times are run time."""

    step: str
    attempt: int
    class_name: str | None
    onset_s: float
    end_s: float | None  # None while it is open
    reason: str  # complete, or why it was cut; empty while it is open
    media_s: float | None
    uncertainty_s: float
    gsr_samples: int
    gsr_valid: int  # flag ok
    gsr_mean_us: float | None  # of the valid samples
    gsr_rate_hz: float | None
    frames: int
    frames_with_face: int
    frames_with_eyes: int
    sharpness: float | None  # median over frames with a face
    verdict: str  # empty until given
    verdict_by: str
    verdict_reason: str
    media: str | None = None  # the film it is a position of
    exposure: int | None = None  # the how manieth time this participant was shown that film
    primary: bool = True  # False: shown before, other than by the run's plan; not in primary data
    amended: bool = False  # the verdict was given after the run

    @property
    def accepted(self) -> bool:
        return self.verdict in ACCEPTED


@dataclass(frozen=True, slots=True)
class Amendment:
    """Something decided about a run after it was sealed."""

    utc: str
    operator: str
    amends: str  # verdict, frame, data, primary, …
    about: str  # a step's attempt, a frame, or as `amends`
    decided: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One planned step and how it stands."""

    name: str
    kind: str
    class_name: str | None
    duration_s: float | None
    state: str  # planned, running, or why its latest attempt ended: see events.StepStop
    attempt: int  # 0 while planned
    started_s: float | None
    stopped_s: float | None
    sees: str
    window: WindowSummary | None  # of the latest attempt
    media: str | None = None  # as shown in the latest attempt
    exposure: int | None = None
    began_to_play: bool = False  # the film, in the latest attempt: doing it again needs a choice


@dataclass(frozen=True, slots=True)
class GsrTrace:
    """All samples since run start, in order of arrival; arrays of one length, never mutated below
    `length` once published. A reader that keeps no samples still counts them in `length`."""

    length: int
    t_s: array[float]
    gsr_us: array[float]  # nan where there is no value
    valid: array[int]  # 1 where flag is ok


@dataclass(frozen=True, slots=True)
class TraceColumns:
    """Samples as a screen draws them: what each stretch of `step_s` held, the oldest first.

    A stretch without samples has no column. Arrays of one length, never mutated once published.
    """

    step_s: float
    t_s: array[float]  # of the first sample in each
    low_us: array[float]  # of the valid samples, nan without any
    high_us: array[float]
    samples: array[int]
    valid: array[int]


def no_columns(step_s: float = 1.0) -> TraceColumns:
    """Return the trace of a run without samples."""
    return TraceColumns(step_s, array("d"), array("d"), array("d"), array("l"), array("l"))


@dataclass(frozen=True, slots=True)
class FaceCounters:
    """Frames looked at since run start."""

    frames: int = 0
    with_face: int = 0
    with_eyes: int = 0
    dropped: int = 0
    saved: int = 0
    sharpness: float | None = None  # of the newest face
    rate_hz: float | None = None  # over the last 5 s


@dataclass(frozen=True, slots=True)
class Controls:
    """Who steers a run."""

    console: str
    operator: str
    since_s: float  # run time


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """Everything a reader knows about a run folder at one moment."""

    run_dir: Path
    start: RunStart | None  # None: run.jsonl has no complete first line yet
    stop: RunStop | None
    state: RunState
    state_reason: str
    elapsed_s: float  # run time of the newest record
    steps: tuple[StepStatus, ...]
    current: int | None  # index into steps
    windows: tuple[WindowSummary, ...]  # every attempt, in order
    gsr: GsrTrace
    gsr_rate_hz: float | None  # over the last 5 s of samples
    gsr_lost: int
    gsr_rejected_lines: int
    faces: FaceCounters
    markers: tuple[Marker, ...]
    ratings: tuple[Rating, ...]  # of each question and attempt the last answer
    device_notes: tuple[DeviceNote, ...]
    problems: tuple[str, ...]  # torn or malformed lines, one sentence each
    bytes_on_disk: int
    sealed: bool
    paused_s: float = 0.0
    counts: dict[str, int | float | str | bool] = field(default_factory=dict)
    data: RunData = RunData.KEEP  # as last decided
    asks: tuple[str, ...] = ()  # the scales that wait for an answer now
    gsr_us: float | None = None  # the newest value, None if there is none or it is not valid
    recent: TraceColumns = field(default_factory=no_columns)  # the last minute and a half, fine
    whole: TraceColumns = field(default_factory=no_columns)  # since run start, second by second
    unread_bytes: int = 0  # samples that are on disk and not read yet
    criteria: Facts = field(default_factory=dict)  # at the gate: name → value, need, ok, note
    controls: Controls | None = None  # None until a console steers
    amendments: tuple[Amendment, ...] = ()  # the oldest first; verdicts are applied to `windows`
    rejected_frames: frozenset[int] = frozenset()  # by eye, afterwards
    chosen: bool = False  # a person marked it as the participant's primary run

    @property
    def run_name(self) -> str:
        return self.run_dir.name

    @property
    def simulated(self) -> bool:
        return self.start is not None and bool(self.start.simulated)
