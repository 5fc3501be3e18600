"""What a training would look at now, told to the console by a process of its own.

To read a store's faces takes NumPy and, for the study's set, OpenCV: nothing that a console keeps.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from femo_tui.errors import TrainingError
from femo_tui.model.clock import Clock
from femo_tui.model.events import Facts
from femo_tui.model.left_out import LeftOut
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.processes import own_module
from femo_tui.training.request import TrainRequest


class Wanted(StrEnum):
    """What is asked of the process."""

    COUNTS = "counts"
    EVEN = "even"  # the faces of the even set
    BOTH = "both"  # and those of the study's: their features are computed where they are missing


@dataclass(frozen=True, slots=True)
class Group:
    """One participant's images of one class."""

    participant: str
    class_name: str
    candidates: int
    even: int
    study: int


@dataclass(frozen=True, slots=True)
class Survey:
    """All that a training would look at."""

    groups: tuple[Group, ...]
    left_out: tuple[LeftOut, ...]
    external: int  # images for a test only
    simulated: bool
    problem: str  # why nothing can be learnt; empty if it can

    @property
    def participants(self) -> tuple[str, ...]:
        return tuple(sorted({group.participant for group in self.groups}))

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({group.class_name for group in self.groups}))

    @property
    def even(self) -> int:
        return sum(group.even for group in self.groups)

    @property
    def study(self) -> int:
        return sum(group.study for group in self.groups)

    def to_json(self) -> Facts:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Face:
    """One face to be looked at; its class is in its path, and not to be shown."""

    folder: str  # its run or data set, relative to the store
    frame: int  # its number there
    path: str  # relative to the store
    accepted: bool


def survey(request: TrainRequest) -> Survey:
    """Return what would be learnt from.

    Raises:
        FemoError: the store cannot be read; the sentence is the process' own.
    """
    body = _ask(request, Wanted.COUNTS, unheard)
    groups, left_out = body["groups"], body["left_out"]
    assert isinstance(groups, list)
    assert isinstance(left_out, list)
    return Survey(
        tuple(Group(**group) for group in groups),
        tuple(LeftOut(**one) for one in left_out),
        int(str(body["external"])),
        body["simulated"] is True,
        str(body["problem"]),
    )


def faces(request: TrainRequest, wanted: Wanted, report: Report = unheard) -> tuple[Face, ...]:
    """Return the faces of the sets, shuffled over people and classes, then those rejected before.

    Raises:
        FemoError: there are none.
        Cancelled: whoever is reported to had enough.
    """
    listed = _ask(request, wanted, report)["faces"]
    assert isinstance(listed, list)
    return tuple(Face(**face) for face in listed)


def mark_face(root: Path, face: Face, *, accepted: bool, operator: str, clock: Clock) -> None:
    """Accept or reject a face: an amendment of its run or data set.

    Raises:
        StoreError: it cannot be written.
        MalformedRecord: the amendments so far do not hold.
    """
    from femo_tui.store.judging import mark_frames  # brings what reads runs: late

    folder, reason = root / face.folder, "by eye, class hidden"
    mark_frames(folder, [face.frame], operator, clock, accepted=accepted, reason=reason)


def _ask(request: TrainRequest, wanted: Wanted, report: Report) -> Facts:
    """Run the process; its last line is the answer, those before it say how far it is."""
    child = subprocess.Popen(
        _command(wanted),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what libraries print would be on the screen
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(request.with_absolute_weights().to_json().encode() + b"\n")
        child.stdin.flush()
        for line in child.stdout:
            body = json.loads(line)
            if "done" not in body:
                break
            report(Progress(body["done"], body["total"], "images"))
        else:
            raise TrainingError("the faces could not be looked at: try `femo frames select`")
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()
    if "error" in body:
        raise TrainingError(body["error"])
    assert isinstance(body, dict)
    return body


def _command(wanted: Wanted) -> Sequence[str]:
    return own_module("femo_tui.training.survey_process", wanted.value)
