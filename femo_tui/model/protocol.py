"""A protocol: the ordered steps that a run goes through, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from femo_tui.model.conditions import Condition
from femo_tui.model.records import JsonValue


class StepKind(StrEnum):
    """What a step is for."""

    INSTRUCTION = "instruction"
    SETTLE = "settle"
    BASELINE = "baseline"
    CLIP = "clip"
    ACTED = "acted"
    RATING = "rating"
    QUESTIONNAIRE = "questionnaire"
    REST = "rest"
    DEBRIEF = "debrief"


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a step that counts as data.

    For a clip it is a position in the film (media time), otherwise time since the step began.
    """

    start_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Scale:
    """One question with a whole-number answer."""

    name: str  # valence, arousal, stress, …
    text: dict[str, str]  # language → question
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol."""

    name: str  # unique in the protocol; stands in file names: lower case, digits, dashes
    kind: StepKind
    duration_s: float | None  # None: a clip lasts as long as its film
    condition: Condition | None = None
    window: Window | None = None
    media: str | None = None  # film or illustration, relative to the stimuli folders
    text: dict[str, str] = field(default_factory=dict)  # language → what the participant reads
    scales: tuple[Scale, ...] = ()
    content_warning: str = ""

    def facts(self) -> dict[str, JsonValue]:
        """Return what `run_start` says of the step."""
        window: dict[str, JsonValue] | None = None
        if self.window is not None:
            window = {"start_s": self.window.start_s, "duration_s": self.window.duration_s}
        return {
            "name": self.name,
            "kind": self.kind.value,
            "class": self.condition.class_name if self.condition else None,
            "duration_s": self.duration_s,
            "media": self.media,
            "window": window,
        }


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a window must reach to be accepted without a person."""

    gsr_valid_share: float = 0.8
    face_yield: float = 0.7
    gsr_rate_share: float = 0.9  # of the rate the sensor promises


@dataclass(frozen=True, slots=True)
class StudyProtocol:
    """A protocol as read and checked, with the hash of the file it came from."""

    name: str
    title: str
    sha256: str
    languages: tuple[str, ...]
    steps: tuple[Step, ...]
    camera_fps: float = 10.0
    keep_frames: bool = False  # whole frames too, where the participant consented to keep
    thresholds: Thresholds = Thresholds()

    def step_index(self, name: str) -> int:
        """Return the place of the step called `name`."""
        return next(i for i, step in enumerate(self.steps) if step.name == name)

    def facts(self) -> dict[str, JsonValue]:
        """Return what `run_start` says of the protocol: name, title, hash, and its steps."""
        return {
            "name": self.name,
            "title": self.title,
            "sha256": self.sha256,
            "steps": [step.facts() for step in self.steps],
        }

    @property
    def planned_s(self) -> float:
        """Return the planned length in seconds, films of unknown length left out."""
        return sum(step.duration_s or 0.0 for step in self.steps)

    @property
    def windows(self) -> tuple[Step, ...]:
        """Return the steps that have a window."""
        return tuple(step for step in self.steps if step.window is not None)


def say(text: dict[str, str], language: str) -> str:
    """Return `text` in `language`, or in the first language it has."""
    return text.get(language) or next(iter(text.values()), "")
