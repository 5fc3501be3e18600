"""What a film is made of, and what was found out about the films of a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from femo_tui.model.records import JsonValue


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a film is made of; of a drawing, its size and codec."""

    duration_s: float  # as its header says, which is what a player reports
    picture_s: float  # from its beginning to the end of its last frame
    width: int
    height: int
    fps: float  # on average
    frame_s: float  # the longest that one frame stands
    variable_rate: bool
    video_codec: str
    audio_codec: str | None  # None: it has no sound
    audio_channels: int
    container: str
    truncated: str = ""  # what its header promises and the file lacks; empty where it is whole
    damaged_packets: int = 0

    def to_json(self) -> dict[str, JsonValue]:
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> MediaFacts:
        """Read what `to_json` made.

        Raises:
            TypeError: it is something else.
        """
        return cls(**body)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A film or drawing as it lies on the disk now."""

    sha256: str
    size_bytes: int
    facts: MediaFacts


class FindingLevel(StrEnum):
    """How a film stands before a run."""

    OK = "ok"
    WARN = "warn"  # the run can start, and the sentence stands in it
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out about one film or drawing of a protocol."""

    media: str  # as the protocol names it
    level: FindingLevel
    sentence: str
    facts: dict[str, JsonValue] = field(default_factory=dict)  # for run_start; empty if unreadable
