"""Tell from readings and the passing of time whether a GSR sensor on a port still speaks."""

from __future__ import annotations

from collections.abc import Sequence

from femo_tui.devices.gsr_lines import Reading
from femo_tui.model.records import DeviceEvent, GsrSample, JsonValue, Severity, Stream

SILENT_INTERVALS = 3
SILENT_AT_LEAST_S = 0.5
GAP_AT_LEAST_S = 0.25  # a busy host may hand lines over this late


class GsrWatch:
    """Fed with every reading and the passing of time; answers with the events that follow."""

    def __init__(self, path: str, rate_hz: float, started_s: float) -> None:
        """Take the sensor's port, what it promises, and when it was started."""
        self._path = path
        self._silent_after_s = max(SILENT_INTERVALS / rate_hz, SILENT_AT_LEAST_S)
        self._gap_after_s = max(SILENT_INTERVALS / rate_hz, GAP_AT_LEAST_S)
        self._last_s = started_s  # of the newest sample, or of the start
        self._newest: GsrSample | None = None
        self._quiet = False
        self._told = False  # what is missing before the next sample was said by other words

    def connected(self, t_s: float) -> DeviceEvent:
        """Tell that reading begins."""
        text = f"The GSR sensor on {self._path} is connected."
        return _event("connected", Severity.INFO, text, t_s)

    def heard(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the readings, and before a sample what it ends: a silence, or a shorter gap."""
        found: list[Reading] = []
        for reading in readings:
            if isinstance(reading, GsrSample):
                found += self._came(reading)
            elif reading.severity is Severity.LOSS:
                self._told = True
            found.append(reading)
        return found

    def tick(self, now_s: float) -> list[Reading]:
        """Take the time: call several times a second, also while no reading comes."""
        silent_s = now_s - self._last_s
        if self._quiet or silent_s <= self._silent_after_s:
            return []
        self._quiet = True
        text = f"The GSR sensor has sent no reading for {silent_s:.1f} s: check its cable."
        return [_event("silent", Severity.LOSS, text, now_s, gap_s=silent_s)]

    def unplugged(self, now_s: float, error: str) -> DeviceEvent:
        """Tell that the port is gone; `error` is what the system said."""
        self._quiet = True
        text = f"The GSR sensor on {self._path} was unplugged: plug it in again."
        gap_s = now_s - self._last_s
        return _event("unplugged", Severity.LOSS, text, now_s, gap_s=gap_s, error=error)

    def reconnected(self, now_s: float) -> DeviceEvent:
        """Tell that the port is there again."""
        gap_s = now_s - self._last_s
        text = f"The GSR sensor on {self._path} is connected again after {gap_s:.1f} s."
        return _event("reconnected", Severity.LOSS, text, now_s, gap_s=gap_s)

    def _came(self, sample: GsrSample) -> list[Reading]:
        gap_s, before = sample.t_s - self._last_s, self._newest
        was_quiet, was_told = self._quiet, self._told
        self._last_s, self._newest = sample.t_s, sample
        self._quiet = self._told = False
        if was_quiet:
            text = f"The GSR sensor speaks again after {gap_s:.1f} s."
            return [_event("speaking_again", Severity.LOSS, text, sample.t_s, gap_s=gap_s)]
        if before is None or was_told or gap_s <= self._gap_after_s:
            return []
        if self._was_sent_in_time(before, sample):
            text = (
                f"GSR readings came {gap_s:.2f} s late, none is missing:"
                " this machine was too busy; close what else runs on it."
            )
            return [_event("late", Severity.WARNING, text, sample.t_s, gap_s=gap_s)]
        text = f"The GSR sensor sent no reading for {gap_s:.2f} s."
        return [_event("gap", Severity.WARNING, text, sample.t_s, gap_s=gap_s)]

    def _was_sent_in_time(self, before: GsrSample, sample: GsrSample) -> bool:
        """Return whether the sensor's own count and clock tell that it made no pause."""
        if before.seq is None or sample.seq is None:
            return False
        if before.device_s is None or sample.device_s is None:
            return False
        paused_s = sample.device_s - before.device_s
        return sample.seq == before.seq + 1 and paused_s <= self._gap_after_s


def _event(
    name: str, severity: Severity, text: str, t_s: float, **detail: JsonValue
) -> DeviceEvent:
    return DeviceEvent(t_s, Stream.GSR, name, severity, text, detail)
