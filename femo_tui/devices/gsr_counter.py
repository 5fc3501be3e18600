"""Puts a sensor's own sequence number and microseconds on one unbroken axis."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

MICROS_WRAP = 1 << 32  # an Arduino's micros() starts again after 71.6 min
SEQ_WRAPS = (1 << 16, 1 << 32)
REMEMBERED = 32  # lines back within which one may come twice or late
SLACK_PERIODS = 5  # by which a sensor's stamps may be irregular
SLACK_SHARE = 0.1
UNPROVEN_JUMP = 1000  # lines that may be missing without the sensor's clock agreeing
WRAP_JUMP = 8192  # lines that may be missing where the sequence wraps; beyond it, a restart


class Found(StrEnum):
    """How a line follows the one before it."""

    FIRST = "first"
    NEXT = "next"
    AFTER_LOSS = "after_loss"
    DUPLICATE = "duplicate"
    LATE = "late"  # out of order
    RESTARTED = "restarted"  # the sensor began to count anew


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands; `lost` lines are missing between it and the one before."""

    found: Found
    seq: int
    device_s: float
    lost: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    raw_seq: int
    raw_micros: int
    t_s: float
    seq: int
    device_s: float


class SensorCounter:
    """Follows the sequence and the clock of one sensor, over wraps and restarts."""

    def __init__(self) -> None:
        self._last: _Line | None = None
        self._recent: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        self._period_us: int | None = None
        self._reopened = False

    def reopen(self) -> None:
        """Note that the connection was lost: what counts lower afterwards has restarted."""
        self._reopened = True

    def place(self, raw_seq: int, raw_micros: int, t_s: float) -> Place:
        """Return where a line belongs that arrived at `t_s`.

        After a restart `seq` goes on by one, because how many lines are missing is not known, and
        `device_s` by the time that passed on the host.
        """
        last = self._last
        if last is None:
            place = Place(Found.FIRST, raw_seq, raw_micros / 1e6)
        else:
            place = self._follow(last, raw_seq, raw_micros, t_s)
        self._reopened = False
        if place.found is not Found.DUPLICATE:
            self._recent.append((raw_seq, raw_micros))
        if place.found not in (Found.DUPLICATE, Found.LATE):
            self._last = _Line(raw_seq, raw_micros, t_s, place.seq, place.device_s)
        return place

    def _follow(self, last: _Line, raw_seq: int, raw_micros: int, t_s: float) -> Place:
        on_us = (raw_micros - last.raw_micros) % MICROS_WRAP
        ahead = self._ahead(last, raw_seq, on_us)
        if ahead is not None:
            if ahead == 1:
                self._period_us = on_us
            device_s = last.device_s + on_us / 1e6 + _missed_wraps_s(t_s - last.t_s, on_us)
            found = Found.NEXT if ahead == 1 else Found.AFTER_LOSS
            return Place(found, last.seq + ahead, device_s, ahead - 1)
        back = last.raw_seq - raw_seq
        back_us = (last.raw_micros - raw_micros) % MICROS_WRAP
        if not self._reopened and not self._was_quiet(t_s - last.t_s):
            here = (last.seq - back, last.device_s - back_us / 1e6)
            if (raw_seq, raw_micros) in self._recent:
                return Place(Found.DUPLICATE, *here)
            if 0 < back < REMEMBERED and self._agree(back, back_us):
                return Place(Found.LATE, *here)
        self._period_us = None
        self._recent.clear()
        return Place(Found.RESTARTED, last.seq + 1, last.device_s + t_s - last.t_s)

    def _ahead(self, last: _Line, raw_seq: int, on_us: int) -> int | None:
        """Return by how many lines `raw_seq` is ahead, None if it did not simply go on."""
        ahead = raw_seq - last.raw_seq
        if ahead > 0:
            near = ahead <= UNPROVEN_JUMP and on_us < MICROS_WRAP // 2
            return ahead if near or self._agree(ahead, on_us) else None
        for wrap in SEQ_WRAPS:
            wrapped = ahead + wrap
            if 0 < wrapped <= WRAP_JUMP and self._agree(wrapped, on_us):
                return wrapped
        return None

    def _agree(self, lines: int, us: int) -> bool:
        """Return whether the sensor's clock went on by about `lines` periods, wraps aside."""
        if self._period_us is None:
            return lines <= SLACK_PERIODS and us < MICROS_WRAP // 2
        expected_us = lines * self._period_us
        off_us = (us - expected_us + MICROS_WRAP // 2) % MICROS_WRAP - MICROS_WRAP // 2
        slack_us = SLACK_PERIODS * self._period_us + SLACK_SHARE * expected_us
        return abs(off_us) <= min(slack_us, MICROS_WRAP // 4)

    def _was_quiet(self, host_s: float) -> bool:
        """Return whether nothing came for so long that the sensor may have restarted."""
        return self._period_us is not None and host_s * 1e6 > SLACK_PERIODS * self._period_us


def _missed_wraps_s(host_s: float, on_us: int) -> float:
    """Return the whole wraps of the sensor's clock, in seconds, that a silence has hidden."""
    wrap_s = MICROS_WRAP / 1e6
    return wrap_s * max(0, round((host_s - on_us / 1e6) / wrap_s))
