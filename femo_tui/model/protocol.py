"""A protocol: the ordered steps that a run goes through, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
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


class ScaleLook(StrEnum):
    """How a question is drawn on the participant's screen."""

    NUMBERS = "numbers"
    SAM_VALENCE = "sam-valence"  # the Self-Assessment Manikin (Bradley and Lang 1994), drawn by us
    SAM_AROUSAL = "sam-arousal"
    YES_NO = "yes-no"  # 0 no, 1 yes


@dataclass(frozen=True, slots=True)
class Scale:
    """One question with a whole-number answer."""

    name: str  # valence, arousal, stress, …
    text: dict[str, str]  # language → question
    low: int
    high: int
    look: ScaleLook = ScaleLook.NUMBERS
    low_text: dict[str, str] = field(default_factory=dict)  # language → what the low end means
    high_text: dict[str, str] = field(default_factory=dict)
    stop_at: tuple[int, ...] = ()  # answers that end the run: who gives them must not take part
    pause_at: tuple[int, ...] = ()  # answers that pause it: the operator talks to the participant


@dataclass(frozen=True, slots=True)
class Clip:
    """A film that a step can show, with what belongs to this film alone."""

    media: str  # relative to the stimuli folders
    duration_s: float
    window: Window | None = None
    content_warning: dict[str, str] = field(default_factory=dict)  # language → what is warned of


class OnFailure(StrEnum):
    """What follows where the participant's screen fails in a step; sensors go on in any case."""

    PAUSE = "pause"  # the operator looks, then redoes, skips or stops
    SKIP = "skip"  # the step's window has failed, the run goes on with the next step
    STOP = "stop"


class OrderKind(StrEnum):
    """How the blocks of a protocol are put in order for a participant."""

    FIXED = "fixed"
    SHUFFLED = "shuffled"  # by the seed and the participant's number
    LATIN_SQUARE = "latin_square"  # row by the participant's number


class ClipChoice(StrEnum):
    """Which of a step's clips a participant sees."""

    FIRST = "first"
    SEEDED = "seeded"
    LATIN_SQUARE = "latin_square"


class ActedPlace(StrEnum):
    """Where the acted steps stand against the films."""

    AS_WRITTEN = "as_written"
    BEFORE = "before"
    AFTER = "after"
    COUNTERBALANCED = "counterbalanced"  # before for every other participant


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a protocol's steps: steps of one `block` stay together, blocks change places."""

    kind: OrderKind = OrderKind.FIXED
    seed: int = 0
    clips: ClipChoice = ClipChoice.FIRST
    acted: ActedPlace = ActedPlace.AS_WRITTEN
    neutral_before: bool = False  # each emotional film directly follows a neutral one
    no_two_alike: bool = False  # no emotion, neutral left out, twice in a row


@dataclass(frozen=True, slots=True)
class FilmLength:
    """What to do about a film that is longer or shorter than declared."""

    tolerance_s: float = 0.5
    refuse: bool = True  # or warn


@dataclass(frozen=True, slots=True)
class Arrangement:
    """For whom a protocol was arranged, and by what: enough to do it again."""

    participant: str
    number: int  # the participant's, in order of registration, from 1
    seed: int
    row: int | None = None  # of the Latin square of blocks, from 1
    acted_row: int | None = None  # of the square of the acted blocks, where there are several
    acted_first: bool = False  # the acted steps were put before the films

    def facts(self) -> dict[str, JsonValue]:
        """Return what `run_start` says of the arrangement."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol."""

    name: str  # unique in the protocol; stands in file names: lower case, digits, dashes
    kind: StepKind
    duration_s: float | None  # None: a clip lasts as long as its film
    condition: Condition | None = None
    window: Window | None = None
    media: str | None = None  # film or illustration, relative to the stimuli folders
    alternates: tuple[Clip, ...] = ()  # other films of the same step, in the order to offer them
    text: dict[str, str] = field(default_factory=dict)  # language → what the participant reads
    scales: tuple[Scale, ...] = ()
    content_warning: dict[str, str] = field(default_factory=dict)  # language → of this film
    block: str | None = None  # steps of one block stay together when blocks change places
    on_failure: OnFailure = OnFailure.PAUSE

    @property
    def clips(self) -> tuple[Clip, ...]:
        """Return the films it can show, its own first; () where it shows none of known length."""
        if self.kind is not StepKind.CLIP or self.media is None or self.duration_s is None:
            return ()
        own = Clip(self.media, self.duration_s, self.window, self.content_warning)
        return (own, *self.alternates)

    def showing(self, media: str) -> Step:
        """Return the step with another of its films as its own, the others as alternates."""
        chosen = next(clip for clip in self.clips if clip.media == media)
        return replace(
            self,
            media=chosen.media,
            duration_s=chosen.duration_s,
            window=chosen.window,
            content_warning=chosen.content_warning,
            alternates=tuple(clip for clip in self.clips if clip.media != media),
        )

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
            "block": self.block,
            "alternates": [clip.media for clip in self.alternates],
            "on_failure": self.on_failure.value,
        }


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a window must reach to be accepted without a person."""

    gsr_valid_share: float = 0.8
    face_yield: float = 0.7
    gsr_rate_share: float = 0.9  # of the rate the sensor promises
    longest_gap_s: float = 1.0  # between two samples in the window
    onset_uncertainty_s: float = 0.1
    sharpness: float = 0.0  # median variance of the Laplacian of the faces; 0 asks for none


@dataclass(frozen=True, slots=True)
class StudyProtocol:
    """A protocol as read and checked; a variant's hash covers its file and all that it extends."""

    name: str
    title: str
    sha256: str
    languages: tuple[str, ...]
    steps: tuple[Step, ...]
    camera_fps: float = 10.0
    keep_frames: bool = False  # whole frames too, where the participant consented to keep
    thresholds: Thresholds = Thresholds()
    order: Order = Order()
    film_length: FilmLength = FilmLength()
    asks_environment: tuple[str, ...] = ()  # facts asked once a session; () asks the usual ones
    arranged: Arrangement | None = None  # None: as written in the file

    def step_index(self, name: str) -> int:
        """Return the place of the step called `name`."""
        return next(i for i, step in enumerate(self.steps) if step.name == name)

    def facts(self) -> dict[str, JsonValue]:
        """Return what `run_start` says of the protocol: name, title, hash, and its steps."""
        return {
            "name": self.name,
            "title": self.title,
            "sha256": self.sha256,
            "order": self.order.kind.value,
            "clips": self.order.clips.value,
            "acted": self.order.acted.value,
            "arranged": None if self.arranged is None else self.arranged.facts(),
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
