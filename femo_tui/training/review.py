"""Review of faces by eye: what is rejected is an amendment of its run, and nothing learns from it.

Who reviews does not see the class: the faces come shuffled, the same way each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import UsageError
from femo_tui.model.clock import HostClock
from femo_tui.store.decided import DecidedReader
from femo_tui.store.judging import mark_frames
from femo_tui.store.layout import find_run
from femo_tui.training.imported import DATASETS, imported_names, read_imported
from femo_tui.training.recorded import saved_faces


@dataclass(frozen=True, slots=True)
class Face:
    """One face that can be reviewed."""

    frame: int  # its number in the run, or in the data set
    file: str  # relative to the run's or the data set's folder
    class_name: str
    accepted: bool
    sharpness: float | None


def faces_of(root: Path, run: str, *, in_order: bool = False) -> list[Face]:
    """Return the faces of a run, or of an imported data set, shuffled unless told otherwise.

    Raises:
        UnknownName: there is neither.
    """
    folder, faces = _faces(root, run)
    if not in_order:
        random.Random(folder.as_posix()).shuffle(faces)
    return faces


def mark(root: Path, run: str, frames: Iterable[int], *, accepted: bool, operator: str) -> Path:
    """Accept or reject faces; return the folder of their run or data set.

    Raises:
        UnknownName: there is no such run.
        UsageError: it has no face of such a number; then nothing is marked.
    """
    folder, faces = _faces(root, run)
    known = {face.frame for face in faces}
    wanted = list(frames)
    for frame in wanted:
        if frame not in known:
            raise UsageError(
                f"frame {frame}: {run} has no face of that number; look at `femo frames list {run}`"
            )
    mark_frames(folder, wanted, operator, HostClock(), accepted=accepted)
    return folder


def _faces(root: Path, run: str) -> tuple[Path, list[Face]]:
    if run in imported_names(root):
        folder = root / DATASETS / run
        rejected = DecidedReader(folder).read().rejected
        return folder, [
            Face(number, file.file, file.class_name, number not in rejected, None)
            for number, file in enumerate(read_imported(root, run).files)
        ]
    folder = find_run(root, run)
    rejected = DecidedReader(folder).read().rejected
    return folder, [
        Face(f.frame, f.face_file, f.class_name, f.frame not in rejected, f.sharpness)
        for f in saved_faces(folder)
    ]
