"""How a run of the catalog reads in a list."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from femo_tui.model.run_state import RunStatus
from femo_tui.ui import words

if TYPE_CHECKING:
    from femo_tui.store.catalog import RunRow

_ENDED = frozenset(status.value for status in RunStatus)
_STATUS_STYLES = {
    "complete": "$success",
    "running": "$accent bold",
    "lost": "$error bold",
    "failed": "$error",
}
_STATUS_WORDS = {"awaiting_verdict": "at gate"}  # that others may stand beside


def began(run: RunRow) -> datetime:
    """Return when the run began; the epoch where its folder does not tell."""
    return words.moment(run.started_utc)


def has_ended(run: RunRow) -> bool:
    """Return whether a run ended, in whatever way, and is still there."""
    return run.status in _ENDED


def run_is_lost(run: RunRow) -> bool:
    """Return whether nobody records a run that never ended; its own station settles one."""
    return run.status == "lost" and not run.station


def simulated_mark(*, all_of_it: bool, some: bool = False) -> Content:
    """Return the word that stands at simulated data, `partly` where others are beside it."""
    if all_of_it:
        return Content.styled("SIMULATED", "$warning bold")
    return Content.styled("partly" if some else "", "$warning bold")


def status_word(run: RunRow, width: int) -> Content:
    """Return a run's status as a word and a colour; where its files are, if that is elsewhere."""
    if run.station:
        where = f"on {run.station}"
        cut = where if len(where) < width else f"{where[: width - 2]}…"
        return Content.styled(f"{cut:<{width}}", "$quiet")
    word = _STATUS_WORDS.get(run.status, run.status)
    return Content.styled(f"{word:<{width}}", _STATUS_STYLES.get(run.status, "$warning"))
