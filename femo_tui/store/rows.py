"""The rows of gsr.csv and frames.csv: their columns, how they are written and read back."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from femo_tui.errors import MalformedRecord
from femo_tui.model.records import Box, Frame, GsrSample, SampleFlag

GSR_COLUMNS = ("t_s", "device_s", "seq", "raw", "gsr_us", "flag")
FRAME_COLUMNS = (
    *("t_s", "frame", "step", "attempt", "class", "faces", "x", "y", "w", "h", "eyes"),
    *("sharpness", "brightness", "face_file", "eyes_file"),
)
_FLAGS = {flag.value.encode(): flag for flag in SampleFlag}
LONGEST_RUN_S = 1e7  # a hundred days: a later time is no run's


@dataclass(frozen=True, slots=True)
class SavedFrame:
    """One row of frames.csv, as far as readers count with it. `t_s` is run time."""

    t_s: float
    frame: int
    step: str
    attempt: int  # 0 outside steps
    class_name: str
    faces: int
    eyes: int
    sharpness: float | None
    face_file: str  # relative to the run folder, empty if none was saved
    eyes_file: str
    brightness: float  # of the frame, 0–255
    box: Box | None  # of the largest face


def header(columns: tuple[str, ...]) -> bytes:
    return ",".join(columns).encode() + b"\n"


def gsr_row(sample: GsrSample, run_s: float) -> bytes:
    """Return the row of a sample that arrived at run time `run_s`."""
    device = "" if sample.device_s is None else f"{sample.device_s:.6f}"
    seq = "" if sample.seq is None else str(sample.seq)
    value = sample.gsr_us
    conductance = "" if value is None or not math.isfinite(value) else f"{value:.6f}"
    return f"{run_s:.6f},{device},{seq},{sample.raw!r},{conductance},{sample.flag.value}\n".encode()


def frame_row(
    frame: Frame, run_s: float, number: int, where: tuple[str, int, str | None], files: list[str]
) -> bytes:
    """Return the row of a frame; `where` is its step, attempt and class."""
    step, attempt, class_name = where
    box = frame.box
    place = ["", "", "", ""] if box is None else [str(n) for n in (box.x, box.y, box.w, box.h)]
    cells = [
        f"{run_s:.6f}",
        str(number),
        step,
        str(attempt) if step else "",
        class_name or "",
        str(frame.faces),
        *place,
        str(frame.eyes),
        "" if frame.sharpness is None else f"{frame.sharpness:.3f}",
        f"{frame.brightness:.2f}",
        *files,
    ]
    return ",".join(cells).encode() + b"\n"


def read_gsr_row(line: bytes) -> tuple[float, float, bool]:
    """Return (run time, µS or nan, whether the sample is valid) of one row.

    Raises:
        MalformedRecord: not the six columns of a sample.
    """
    cells = line.split(b",")
    if len(cells) != len(GSR_COLUMNS):
        raise MalformedRecord(f"{len(cells)} of {len(GSR_COLUMNS)} columns")
    flag = _FLAGS.get(cells[5])
    if flag is None:
        raise MalformedRecord(f"flag {_shown(cells[5])} is unknown")
    try:
        t_s = float(cells[0])
        if cells[1]:
            float(cells[1])
        if cells[2]:
            int(cells[2])
        float(cells[3])
        gsr_us = float(cells[4]) if cells[4] else math.nan
    except ValueError as problem:
        raise MalformedRecord(str(problem)) from None
    if not math.isfinite(t_s) or t_s > LONGEST_RUN_S:
        raise MalformedRecord(f"t_s {_shown(cells[0])} is no time")
    valid = flag is SampleFlag.OK
    if valid and not math.isfinite(gsr_us):
        raise MalformedRecord("flag ok without a value in gsr_us")
    return t_s, gsr_us, valid


def read_gsr_rows(lines: Sequence[bytes]) -> tuple[list[float], list[float], list[bool]] | None:
    """Return times, µS and validity of many rows, three times as fast as one by one.

    None if any of them is malformed: then `read_gsr_row` tells which.
    """
    try:
        times, device, seq, raw, values, flags = zip(
            *(line.split(b",") for line in lines), strict=True
        )
        t_s = list(map(float, times))
        gsr_us = [float(cell) if cell else math.nan for cell in values]
        checked = (map(float, filter(None, device)), map(int, filter(None, seq)), map(float, raw))
        for column in checked:
            deque(column, maxlen=0)
    except ValueError:
        return None
    valid = [flag == b"ok" for flag in flags]
    sound = (
        _FLAGS.keys() >= set(flags)
        and all(map(math.isfinite, t_s))
        and max(t_s) <= LONGEST_RUN_S
        and all(map(math.isfinite, compress(gsr_us, valid)))
    )
    return (t_s, gsr_us, valid) if sound else None


def read_frame_row(line: bytes) -> SavedFrame:
    """Return what one row says of a frame.

    Raises:
        MalformedRecord: not the fifteen columns of a frame.
    """
    try:
        cells = line.decode().split(",")
        if len(cells) != len(FRAME_COLUMNS):
            raise MalformedRecord(f"{len(cells)} of {len(FRAME_COLUMNS)} columns")
        place = [int(cell) for cell in cells[6:10] if cell]
        row = SavedFrame(
            t_s=float(cells[0]),
            frame=int(cells[1]),
            step=cells[2],
            attempt=int(cells[3] or 0),
            class_name=cells[4],
            faces=int(cells[5]),
            eyes=int(cells[10]),
            sharpness=float(cells[11]) if cells[11] else None,
            face_file=_image(cells[13], "_face.jpg"),
            eyes_file=_image(cells[14], "_eyes.jpg"),
            brightness=float(cells[12]),
            box=Box(*place) if len(place) == 4 else None,
        )
    except ValueError as problem:  # UnicodeDecodeError is one
        raise MalformedRecord(str(problem)) from None
    if not math.isfinite(row.t_s) or row.t_s > LONGEST_RUN_S or row.frame < 0:
        raise MalformedRecord(f"{_shown(line)} is no frame")
    return row


def _image(cell: str, ending: str) -> str:
    """Check the name of a saved image: below faces/, nowhere else."""
    if cell and (not cell.startswith("faces/") or not cell.endswith(ending) or ".." in cell):
        raise MalformedRecord(f"{cell[:60]!r} is no image of this run")
    return cell


def _shown(cell: bytes) -> str:
    return repr(cell[:40].decode(errors="replace"))
