"""Numbers and names as pages tell them."""

from __future__ import annotations

from datetime import datetime

from femo_tui.model.counting import THIN as THIN
from femo_tui.model.counting import count as count
from femo_tui.model.counting import plural as plural

NONE = "–"


def clock(t_s: float) -> str:
    """Return run time as minutes and seconds, with hours where there are some."""
    minutes, seconds = divmod(int(t_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def share(part: int, whole: int) -> str:
    """Return a part in percent; what is not all is never told as 100 %, nor some as 0 %."""
    if not whole:
        return NONE
    percent = round(100 * part / whole)
    if part < whole:
        percent = min(percent, 99)
    return f"{max(percent, 1) if part else 0}{THIN}%"


def decimal(value: float | None, places: int) -> str:
    return NONE if value is None else f"{value:.{places}f}"


def named(name: str) -> str:
    """Return a name in a file as words."""
    return name.replace("_", " ")


def moment(utc: str) -> str:
    """Return a moment in ISO 8601 as day and time; as it stands where it is none."""
    try:
        at = datetime.fromisoformat(utc.replace("Z", "+00:00"))
    except ValueError:
        return utc
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
