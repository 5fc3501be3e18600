"""The layout of the study of 2018: a folder a class, pictures by number, CSV of conductance.

`Happy_S/Happy_S01_Face_012.jpg` is the twelfth picture of S01 in the class Happy_S, `…_Eyes_012`
its eyes; `Happy_S/Happy_S01.csv` holds `Timestamp, ID, Emotion, GSR, Picture number`. As then,
pictures are counted by participant and class from 1. Timestamp is seconds since the start of the
run, because dates are not told; the picture number is that of the newest picture of the window, and
empty before its first.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from femo_tui.bundle.outgoing.shares import RunShare

HEADER = ("Timestamp", "ID", "Emotion", "GSR", "Picture number")


@dataclass(frozen=True, slots=True)
class Picture:
    """One crop under its name of 2018."""

    name: str  # below sourcedata/classic
    share: RunShare
    file: str  # in the run's folder


@dataclass(frozen=True, slots=True)
class ClassicTable:
    """The conductance of one participant in one class."""

    name: str
    class_name: str
    shares: tuple[RunShare, ...]  # of one participant, in order


@dataclass(frozen=True, slots=True)
class _Taken:
    """One picture that was taken in a class."""

    t_s: float
    number: int
    face_file: str
    eyes_file: str


def classic_files(shares: Sequence[RunShare]) -> list[Picture | ClassicTable]:
    """Return every file of the layout, by name."""
    by_code: dict[str, list[RunShare]] = {}
    for share in shares:
        by_code.setdefault(share.person.code, []).append(share)
    found: list[Picture | ClassicTable] = []
    for code, theirs in by_code.items():
        classes = {w.start.class_name for share in theirs for w in share.windows}
        for class_name in sorted(name for name in classes if name):
            stem = f"{class_name}/{_emotion(class_name)}_{code}"
            if any(share.gsr for share in theirs):
                found.append(ClassicTable(f"{stem}.csv", class_name, tuple(theirs)))
            for share, taken in _taken(theirs, class_name):
                for part, file in (("Face", taken.face_file), ("Eyes", taken.eyes_file)):
                    if file:
                        name = f"{stem}_{part}_{taken.number:03d}.jpg"
                        found.append(Picture(name, share, file))
    return sorted(found, key=lambda file: file.name)


def table_pieces(table: ClassicTable) -> Iterator[bytes]:
    """Yield the CSV of one participant and class: every sample that is a conductance."""
    yield _line(HEADER)
    taken: dict[str, list[_Taken]] = {}
    for share, picture in _taken(table.shares, table.class_name):
        taken.setdefault(share.name, []).append(picture)
    for share in table.shares:
        pictures = taken.get(share.name, [])
        for t_s, gsr_us, onset_s in _samples(share, table.class_name):
            before = bisect_right(pictures, t_s, key=lambda picture: picture.t_s)
            newest = pictures[before - 1] if before else None
            number = newest.number if newest is not None and newest.t_s >= onset_s else ""
            emotion = _emotion(table.class_name)
            yield _line((f"{t_s:.6f}", share.person.code, emotion, gsr_us, number))


def _samples(share: RunShare, class_name: str) -> Iterator[tuple[float, str, float]]:
    """Yield (run time, µS, onset of its window) of the samples of a class."""
    windows = [w for w in share.windows if w.start.class_name == class_name]
    for t_s, line in share.sample_lines():
        cells = line.decode().split(",")
        for window in windows:
            if window.start.t_s <= t_s < window.end_s and cells[4]:
                yield t_s, cells[4], window.start.t_s


def _taken(shares: Sequence[RunShare], class_name: str) -> Iterator[tuple[RunShare, _Taken]]:
    """Yield a participant's pictures of a class, counted through all runs."""
    number = 0
    for share in shares:
        for frame, _ in share.frame_lines(with_images=True):
            if frame.face_file and frame.class_name == class_name:
                number += 1
                yield share, _Taken(frame.t_s, number, frame.face_file, frame.eyes_file)


def _emotion(class_name: str) -> str:
    return class_name.rpartition("_")[0]


def _line(cells: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
