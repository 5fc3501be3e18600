"""The one clock: boot-time seconds for data, wall-clock UTC beside it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What tells time to the engine and to devices."""

    def now_s(self) -> float:
        """Return seconds since boot; goes on through suspend, never steps."""
        ...

    def utc(self) -> datetime:
        """Return the wall clock in UTC; may step."""
        ...

    def suspended_s(self) -> float:
        """Return for how long the host has slept since it was booted; part of `now_s`."""
        ...

    def sleep_until(self, t_s: float, wake: threading.Event | None = None) -> bool:
        """Wait for boot time `t_s`; return True at once if `wake` is set before."""
        ...


def iso_seconds(utc: datetime) -> str:
    """Return UTC in ISO 8601 to the second, as the store notes when something was done."""
    return utc.isoformat(timespec="seconds").replace("+00:00", "Z")


class HostClock:
    """The host's own clock, CLOCK_BOOTTIME where the system has one."""

    _clock_id = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def now_s(self) -> float:
        return time.clock_gettime(self._clock_id)

    def utc(self) -> datetime:
        return datetime.now(UTC)

    def suspended_s(self) -> float:
        return self.now_s() - time.clock_gettime(time.CLOCK_MONOTONIC)

    def sleep_until(self, t_s: float, wake: threading.Event | None = None) -> bool:
        while (left_s := t_s - self.now_s()) > 0:
            if wake is None:
                time.sleep(left_s)
            elif wake.wait(left_s):
                return True
        return wake is not None and wake.is_set()


class VirtualClock:
    """A clock that stands still until it is moved: tests and accelerated simulation."""

    def __init__(
        self, t_s: float = 1000.0, utc: datetime = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
    ) -> None:
        self._t_s = t_s
        self._utc = utc
        self._suspended_s = 0.0

    def now_s(self) -> float:
        return self._t_s

    def utc(self) -> datetime:
        return self._utc

    def suspended_s(self) -> float:
        return self._suspended_s

    def sleep_until(self, t_s: float, wake: threading.Event | None = None) -> bool:
        self.advance_to(t_s)
        return wake is not None and wake.is_set()

    def advance_to(self, t_s: float) -> None:
        """Move on to boot time `t_s`; a time already past changes nothing."""
        if t_s > self._t_s:
            self._utc += timedelta(seconds=t_s - self._t_s)
            self._t_s = t_s

    def step_wall_clock(self, by_s: float) -> None:
        """Step the wall clock as NTP would; boot time is untouched."""
        self._utc += timedelta(seconds=by_s)

    def suspend(self, for_s: float) -> None:
        """Let the host sleep: boot time and wall clock go on, nothing runs."""
        self._suspended_s += for_s
        self.advance_to(self._t_s + for_s)
