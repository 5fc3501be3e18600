"""The images that a training is made of, where they come from, and what was left out and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from femo_tui.model.left_out import LeftOut
from femo_tui.model.records import JsonValue


@dataclass(frozen=True, slots=True)
class FaceImage:
    """One image of a face, with what is known of how it was taken."""

    path: str  # relative to the store
    participant: str
    class_name: str
    window: str  # the window it is of; for imported images their participant and class
    even: bool  # of the even set
    clip: str = ""  # the film that was shown; empty where none is known
    dataset: str = ""  # the imported data set's name; empty for recorded images
    folder: str = ""  # of its run or data set, relative to the store
    frame: int = -1  # its number there
    t_s: float | None = None  # seconds since run start
    sharpness: float | None = None
    brightness: float | None = None  # of the whole frame, 0–255
    box: tuple[int, int, int, int] | None = None  # of the face in its frame, px: x, y, w, h


@dataclass(frozen=True, slots=True)
class WindowGsr:
    """The skin conductance of one window."""

    window: str
    log_ratio: float  # of its mean to that of an unlabelled rest step of the same run
    slope_per_min: float  # of the same ratio
    responses_per_min: float
    response_us: float  # mean amplitude, 0 without responses


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What stands behind one participant's images."""

    participant: str
    consent: tuple[str, ...]  # scopes as they stood; empty for imported images
    form_version: str
    source: str  # the run's folder, or the data set's name
    sha256: str  # of the run's manifest, or of the data set's index
    simulated: bool


@dataclass(frozen=True, slots=True)
class DataSet:
    """All that a training looks at."""

    images: tuple[FaceImage, ...]
    people: tuple[PersonFacts, ...] = ()
    gsr: tuple[WindowGsr, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    external: tuple[FaceImage, ...] = ()  # imported for a test only

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({image.class_name for image in self.images}))

    @property
    def participants(self) -> tuple[str, ...]:
        return tuple(sorted({image.participant for image in self.images}))

    @property
    def simulated(self) -> bool:
        return any(person.simulated for person in self.people)

    def plus(self, other: DataSet) -> DataSet:
        return DataSet(
            *(getattr(self, part.name) + getattr(other, part.name) for part in fields(self))
        )

    def only(self, *, simulated: bool) -> DataSet:
        """Return what is simulated, or what is not; the rest is named as left out."""
        kept = {p.participant for p in self.people if p.simulated == simulated}
        why = "not simulated, and SIMULATED was asked for" if simulated else "SIMULATED, not asked"
        return replace(
            self,
            images=tuple(i for i in self.images if i.participant in kept),
            people=tuple(p for p in self.people if p.participant in kept),
            left_out=self.left_out
            + tuple(
                LeftOut(p.participant, "", why) for p in self.people if p.participant not in kept
            ),
        )

    def as_read(self, participants: Collection[str], unreadable: Iterable[str]) -> DataSet:
        """Return it without who has no image that could be read, and with what could not.

        Args:
            participants: who has one.
            unreadable: a sentence for each image that has none.
        """
        return replace(
            self,
            people=tuple(p for p in self.people if p.participant in participants),
            left_out=self.left_out + tuple(LeftOut("", "", sentence) for sentence in unreadable),
        )

    def to_json(self) -> str:
        """Return it as JSON, images as rows to keep thousands of them short."""
        names = [part.name for part in fields(FaceImage)]
        return json.dumps(
            {
                "columns": names,
                "images": [[getattr(i, name) for name in names] for i in self.images],
                "external": [[getattr(i, name) for name in names] for i in self.external],
                "people": [asdict(p) for p in self.people],
                "gsr": [asdict(g) for g in self.gsr],
                "left_out": [asdict(o) for o in self.left_out],
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> DataSet:
        body = json.loads(text)
        names = body["columns"]

        def images(rows: list[list[JsonValue]]) -> tuple[FaceImage, ...]:
            return tuple(_image(dict(zip(names, row, strict=True))) for row in rows)

        return cls(
            images=images(body["images"]),
            external=images(body["external"]),
            people=tuple(
                PersonFacts(**{**p, "consent": tuple(p["consent"])}) for p in body["people"]
            ),
            gsr=tuple(WindowGsr(**g) for g in body["gsr"]),
            left_out=tuple(LeftOut(**o) for o in body["left_out"]),
        )


def _image(row: dict[str, JsonValue]) -> FaceImage:
    box = row["box"]
    values = {**row, "box": tuple(box) if isinstance(box, list) else None}
    return FaceImage(**values)  # type: ignore[arg-type]  # as to_json wrote them


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file; empty where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
