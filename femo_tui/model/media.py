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
    begins_s: float = 0.0  # from where it counts its time, where a player would count from there
    picture_begins_s: float = 0.0  # from its beginning to its first frame: sound may come sooner
    sound_tracks: tuple[str, ...] = ()  # their languages, "und" where a file does not say
    subtitle_tracks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JsonValue]:
        tracks = {name: list(getattr(self, name)) for name in ("sound_tracks", "subtitle_tracks")}
        return {**asdict(self), **tracks}

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> MediaFacts:
        """Read what `to_json` made; raises TypeError where it is something else."""
        for name in ("duration_s", "picture_s", "fps", "frame_s"):
            if not isinstance(body.get(name), int | float):
                raise TypeError(f"{name} is no number")
        tracks = {
            name: tuple(map(str, listed))
            for name in ("sound_tracks", "subtitle_tracks")
            if isinstance(listed := body.get(name), list)
        }
        return cls(**{**body, **tracks})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A film or drawing as it lies on the disk now."""

    sha256: str
    size_bytes: int
    facts: MediaFacts

    def to_json(self) -> dict[str, JsonValue]:
        return {"sha256": self.sha256, "bytes": self.size_bytes, **self.facts.to_json()}

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> MediaFile:
        """Read what `to_json` made; raises KeyError or TypeError where it is something else."""
        facts = {name: value for name, value in body.items() if name not in ("sha256", "bytes")}
        sha256, size_bytes = body["sha256"], body["bytes"]
        if not isinstance(sha256, str) or not isinstance(size_bytes, int):
            raise TypeError("sha256 and bytes are no hash and no number")
        return cls(sha256, size_bytes, MediaFacts.from_json(facts))


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
