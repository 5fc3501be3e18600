"""The host's clocks beside run time: noted every minute, a step or a sleep named in a second.

Data are stamped with boot time, which neither steps nor stops, so neither changes any time in a
file.
"""

from __future__ import annotations

from datetime import datetime

from femo_tui.model.events import ClockNote, DeviceNote
from femo_tui.model.records import Severity, Stream
from femo_tui.recorder.stage import Stage

NOTE_EVERY_S = 60.0
LOOK_EVERY_S = 1.0
MOVED_S = 0.5  # a clock that moved this much against boot time was stepped, not slewed


class WallClock:
    """Writes clock notes; `look_at_s` is the boot time of the next look."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._offset_s: float | None = None  # UTC − boot time at the last look
        self._suspended_s = stage.clock.suspended_s()
        self._note_at_s = stage.origin_s
        self.look_at_s = stage.clock.now_s()

    def look(self) -> None:
        """Compare the clocks; note UTC each minute, and at once if it was stepped."""
        now_s, utc = self._stage.clock.now_s(), self._stage.clock.utc()
        offset_s = utc.timestamp() - now_s
        moved_s = 0.0 if self._offset_s is None else offset_s - self._offset_s
        stepped = abs(moved_s) >= MOVED_S
        if stepped:
            self._say(
                "wall_clock_stepped",
                Severity.WARNING,
                f"The wall clock was stepped by {moved_s:+.1f} s; no time in the run moved.",
                step_s=round(moved_s, 3),
            )
        if stepped or now_s >= self._note_at_s:
            self._stage.log.event(
                ClockNote(
                    self._stage.run_s(now_s), iso(utc), round(moved_s, 3) if stepped else None
                )
            )
            self._note_at_s = now_s + NOTE_EVERY_S
        self._look_for_sleep()
        self._offset_s = offset_s
        self.look_at_s = now_s + LOOK_EVERY_S

    def _look_for_sleep(self) -> None:
        slept_s = self._stage.clock.suspended_s() - self._suspended_s
        if slept_s >= MOVED_S:
            self._suspended_s += slept_s
            self._say(
                "host_slept",
                Severity.LOSS,
                f"The computer slept for {slept_s:.1f} s; nothing was recorded in that time.",
                gap_s=round(slept_s, 3),
            )

    def _say(self, name: str, severity: Severity, text: str, **detail: float) -> None:
        t_s = self._stage.run_s(self._stage.clock.now_s())
        self._stage.log.event(DeviceNote(t_s, Stream.CLOCK, name, severity, text, dict(detail)))


def iso(utc: datetime) -> str:
    """Return UTC as ISO 8601 to the millisecond."""
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
