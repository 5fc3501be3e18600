"""Which of a camera's images to look at: those that are due, and none that lay in the driver."""

from __future__ import annotations

_LATE_SHARE = 0.25  # of a period: how early a frame may come and still be the one that is due
# A grab that follows a pause this long and comes back this quickly is of the driver's queue, which
# keeps the oldest images: nobody knows when it came. Drivers keep four, some more.
PAUSE_PERIODS = 2
QUEUED_GRAB_S = 0.005
MOST_QUEUED = 8


class Cadence:
    """Picks frames at an even rate out of a faster, jittering stream."""

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1 / rate_hz
        self._due_s = float("-inf")

    def takes(self, t_s: float) -> bool:
        """Tell whether the frame that arrived at `t_s` is the one to look at."""
        if t_s < self._due_s - _LATE_SHARE * self._period_s:
            return False
        self._due_s = max(self._due_s + self._period_s, t_s + self._period_s / 2)
        return True


class DriverQueue:
    """Tells images that waited in the driver, while this process could not come for them."""

    def __init__(self, camera_fps: float, opened_s: float) -> None:
        self._pause_s = PAUSE_PERIODS / camera_fps
        self._fresh_s = opened_s
        self._stale = 0  # in a row

    def gave(self, came_s: float, arrival_s: float) -> bool:
        """Tell whether the image of a grab from `came_s` to `arrival_s` is an old one."""
        late = came_s - self._fresh_s > self._pause_s
        if late and arrival_s - came_s < QUEUED_GRAB_S and self._stale < MOST_QUEUED:
            self._stale += 1
            return True
        self._stale = 0
        self._fresh_s = arrival_s
        return False
