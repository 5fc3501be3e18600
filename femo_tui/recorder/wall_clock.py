"""The wall clock beside run time: noted every minute, a step of it marked."""

from __future__ import annotations

from datetime import datetime

from femo_tui.model.events import ClockNote
from femo_tui.recorder.stage import Stage

NOTE_EVERY_S = 60.0
STEP_S = 0.5  # a wall clock that moved this much against boot time was stepped, not slewed


class WallClock:
    """Writes clock notes; `note_at_s` is the boot time of the next."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._offset_s: float | None = None  # UTC − boot time at the last note
        self.note_at_s = stage.origin_s

    def note(self) -> None:
        """Write UTC beside run time, and by how much it was stepped since the last note."""
        now_s, utc = self._stage.clock.now_s(), self._stage.clock.utc()
        offset_s = utc.timestamp() - now_s
        moved_s = 0.0 if self._offset_s is None else offset_s - self._offset_s
        self._stage.log.event(
            ClockNote(
                self._stage.run_s(now_s),
                iso(utc),
                round(moved_s, 3) if abs(moved_s) >= STEP_S else None,
            )
        )
        self._offset_s = offset_s
        self.note_at_s = now_s + NOTE_EVERY_S


def iso(utc: datetime) -> str:
    """Return UTC as ISO 8601 to the millisecond."""
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
