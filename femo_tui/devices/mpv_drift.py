"""How far a film's sound runs from its picture."""

from __future__ import annotations

# Sound ahead of the picture is noticed from 45 ms on, sound behind it from 125 ms on
# (ITU-R BT.1359-1, annex 1); one limit a little below the nearer of them serves for both.
DRIFT_S = 0.04
LASTS_S = 0.5  # what is made good within this time was one late frame
SETTLES_WITHIN_S = 1.0  # after a start or a pause, while the audio device fills


class SyncWatch:
    """Follows mpv's `avsync`, in seconds by which the sound is ahead."""

    def __init__(self, now_s: float) -> None:
        self.largest_s: float | None = None  # the one furthest from 0, with its sign
        self._count_from_s = now_s + SETTLES_WITHIN_S
        self._off_since_s: float | None = None
        self._told = False

    def settle(self, now_s: float) -> None:
        """Pass over what follows a start or a pause."""
        self._count_from_s = now_s + SETTLES_WITHIN_S
        self._off_since_s = None

    def take(self, now_s: float, ahead_s: float) -> bool:
        """Return whether sound and picture have now drifted apart; True once a film."""
        if now_s < self._count_from_s:
            return False
        if self.largest_s is None or abs(ahead_s) > abs(self.largest_s):
            self.largest_s = ahead_s
        if abs(ahead_s) <= DRIFT_S:
            self._off_since_s = None
            return False
        if self._off_since_s is None:
            self._off_since_s = now_s
        if self._told or now_s - self._off_since_s < LASTS_S:
            return False
        self._told = True
        return True
