"""What a run folder holds of what was sent to it: by sequence number, without femo."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.support.femo import run_events


@dataclass(frozen=True, slots=True)
class SampleFigures:
    """Samples as stored, against the lines as sent between the first and the last of them."""

    sent: int
    stored: int
    missing: int
    twice: int
    rate_hz: float
    longest_gap_s: float
    stamp_error_median_ms: float  # as stored − as sent, without sign
    stamp_error_p99_ms: float
    stamp_error_max_ms: float


@dataclass(frozen=True, slots=True)
class FrameFigures:
    """Frames as stored, against an even rate between the first and the last of them."""

    stored: int
    missing: int
    with_face: int
    longest_gap_s: float


def number_of_framed(row: dict[str, str]) -> int:
    """Return the sequence number that a framed line brought."""
    return int(row["seq"])


def sample_figures(
    run_dir: Path, sent_s: Sequence[float], number_of: Callable[[dict[str, str]], int]
) -> SampleFigures:
    """Compare gsr.csv with when each line was sent, in boot time."""
    boot_s = float(run_events(run_dir, "run_start")[0]["boot_s"])
    with (run_dir / "gsr.csv").open(newline="") as file:
        stored = [(number_of(row), float(row["t_s"]) + boot_s) for row in csv.DictReader(file)]
    return compare(stored, sent_s)


def compare(stored: Sequence[tuple[int, float]], sent_s: Sequence[float]) -> SampleFigures:
    """Compare (number, boot time) as stored with when each number was sent."""
    numbers = [number for number, _ in stored]
    first, last = min(numbers), max(numbers)
    kept = set(numbers)
    errors_ms = sorted(abs(t_s - sent_s[number]) * 1e3 for number, t_s in stored)
    times = [t_s for _, t_s in stored]
    return SampleFigures(
        sent=last - first + 1,
        stored=len(stored),
        missing=last - first + 1 - len(kept),
        twice=len(stored) - len(kept),
        rate_hz=(len(stored) - 1) / (times[-1] - times[0]),
        longest_gap_s=_longest_gap_s(times),
        stamp_error_median_ms=statistics.median(errors_ms),
        stamp_error_p99_ms=_p99(errors_ms),
        stamp_error_max_ms=errors_ms[-1],
    )


def lateness_p99_ms(sent_s: Sequence[float], rate_hz: float) -> float:
    """Return by how much the lines themselves were sent late: what the machine does to anybody."""
    sent = [t_s - number / rate_hz for number, t_s in enumerate(sent_s) if not math.isnan(t_s)]
    begun_s = min(sent)
    return _p99(sorted((t_s - begun_s) * 1e3 for t_s in sent))


def frame_figures(run_dir: Path, fps: float) -> FrameFigures:
    """Look for what is missing in frames.csv."""
    with (run_dir / "frames.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    times = [float(row["t_s"]) for row in rows]
    return FrameFigures(
        stored=len(rows),
        missing=round((times[-1] - times[0]) * fps) + 1 - len(rows),
        with_face=sum(row["faces"] != "0" for row in rows),
        longest_gap_s=_longest_gap_s(times),
    )


def _p99(ascending: Sequence[float]) -> float:
    return ascending[math.ceil(0.99 * len(ascending)) - 1]


def _longest_gap_s(times: Sequence[float]) -> float:
    return max(after - before for before, after in pairwise(times))
