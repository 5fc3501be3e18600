"""The film's time against the host's: when a position of the film is on screen."""

from __future__ import annotations

from dataclasses import dataclass

_KEPT = 20  # newest positions that the estimate rests on: two seconds of them
_IN_A_ROW = 10  # late reports that are no chance: the film itself stood still
_ENOUGH = 3  # reports beside the earliest, so that one that is far off can be left out
_STOOD_STILL_S = 0.06
_REPORTS_WITHIN_S = 0.15  # of each other, and two frames


@dataclass(frozen=True, slots=True)
class OnScreen:
    """When a film position is on screen, boot time, and how sure that is."""

    t_s: float
    uncertainty_s: float


class FilmClock:
    """Maps film positions to boot time from the positions that the player reports.

    A report can only be late, never early, so the offset (boot time − film time / speed) is taken
    as the smallest of the newest reports. How much later the others were, and one film frame, is
    the uncertainty: as late as a report, a frame may be on the screen. Of four or more the latest
    is left out: one is as likely to have waited for this process as for the screen.
    """

    def __init__(self, frame_s: float, speed: float = 1.0) -> None:
        self._frame_s = frame_s
        self._speed = speed
        self._offsets_s: list[float] = []
        self._reported_s = 0.0

    def report(self, t_s: float, media_s: float) -> None:
        """Take in that `media_s` of the film was on screen at boot time `t_s`."""
        self._reported_s = t_s
        self._offsets_s = [*self._offsets_s[-_KEPT + 1 :], t_s - media_s / self._speed]
        newest = self._offsets_s[-_IN_A_ROW:]
        if len(newest) == _IN_A_ROW and min(newest) - min(self._offsets_s) > _STOOD_STILL_S:
            self._offsets_s = newest

    def restart(self) -> None:
        """Forget what was reported: the film was paused or stalled."""
        self._offsets_s = []

    def fresh(self, now_s: float) -> bool:
        """Return whether the film is known to run at boot time `now_s`."""
        return now_s - self._reported_s <= _REPORTS_WITHIN_S + 2 * self._frame_s

    def on_screen(self, media_s: float) -> OnScreen | None:
        """Return when the film position is, was or will be on screen; None before any report."""
        if not self._offsets_s:
            return None
        offset_s, *later_s = sorted(self._offsets_s)
        counted_s = later_s[: -1 if len(later_s) >= _ENOUGH else None]
        late_s = counted_s[-1] - offset_s if counted_s else 0.0
        return OnScreen(offset_s + media_s / self._speed, self._frame_s + late_s)
