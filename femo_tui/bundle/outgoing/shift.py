"""Shifts a participant's dates: the first session begins at 1900-01-01T00:00:00Z.

What lies between two times of one participant stays as it was; when it was, and how it stands to
other participants, is lost on purpose. A date before 1925 is BIDS' sign that dates were shifted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from femo_tui.model.clock import iso_seconds
from femo_tui.store.layout import session_utc

BEGIN = datetime(1900, 1, 1, tzinfo=UTC)
_SESSION = "%Y-%m-%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class DateShift:
    """By how much the dates of one participant are moved."""

    by: timedelta

    @classmethod
    def from_sessions(cls, sessions: Iterable[str]) -> DateShift:
        """Return the shift of a participant with these sessions, all that the store has of them."""
        return cls(BEGIN - _parsed(session_utc(min(sessions))))

    def utc(self, text: str) -> str:
        """Return a moment in ISO 8601 as it stands in a bundle, empty if it is none."""
        try:
            moved = _parsed(text) + self.by
        except (ValueError, OverflowError):
            return ""
        return iso_seconds(moved)

    def session(self, name: str) -> str:
        """Return the name of a session's folder as an import makes it."""
        return (_parsed(session_utc(name)) + self.by).strftime(_SESSION)


def _parsed(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
