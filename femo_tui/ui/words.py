"""Figures, names, paths and moments as the screens write and read them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from femo_tui.model.counting import THIN as THIN
from femo_tui.model.counting import count as count
from femo_tui.model.counting import plural as plural

NONE = "–"


def clock(seconds: float | None) -> str:
    """Write a length as `06:31`, from an hour on as `1:06:31`."""
    if seconds is None:
        return NONE
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def short(seconds: float | None) -> str:
    """Write a planned length as `5:00`."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def seconds(length_s: float) -> str:
    """Write a short length as `30 s`, or `2.5 s` where it is no whole number."""
    return f"{round(length_s, 1):g} s"


def moment(utc: str) -> datetime:
    """Read when something was; the epoch where that is not told."""
    try:
        at = datetime.fromisoformat(utc)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def size(n_bytes: int) -> str:
    """Write bytes as `4.1 MB`, three digits at most before the point."""
    value = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            digits = 0 if unit == "B" or value >= 100 else 1
            return f"{value:.{digits}f}{THIN}{unit}"
        value /= 1000
    return f"{value:.1f}{THIN}TB"


def place(path: Path) -> str:
    """Write a path with the operator's home as `~`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def path_of(typed: str) -> Path:
    """Read a path as somebody types it: `~` is their home; whose home is unknown stays as typed."""
    return Path(os.path.expanduser(typed))


def percent(part: int, whole: int) -> str:
    """Write a share as `97 %`, or a dash where there is nothing to share."""
    return f"{round(100 * part / whole)}{THIN}%" if whole else NONE


def rate(hz: float | None) -> str:
    return NONE if hz is None else f"{hz:.1f}{THIN}Hz"


def microsiemens(us: float | None) -> str:
    return NONE if us is None else f"{us:.2f}{THIN}µS"


def run_of(run_dir: str) -> str:
    """Write a run's folder as `S01 run-01`."""
    parts = run_dir.split("/")
    return " ".join((*parts[-3:-2], parts[-1]))


def people(n: int) -> str:
    """Write `1 person`, `2 people`."""
    return plural(n, "person", "people")


def first(sentences: Sequence[str]) -> str:
    """Write the first of some sentences, and how many more there are."""
    more = f" (and {len(sentences) - 1} more)" if len(sentences) > 1 else ""
    return f"{sentences[0]}{more}"
