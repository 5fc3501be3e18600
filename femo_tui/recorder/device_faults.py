"""What is wrong with a device before a run: a fault that lasts, or a loss of a moment ago."""

from __future__ import annotations

from femo_tui.model.records import DeviceEvent, Severity, Stream
from femo_tui.model.troubles import MOMENTARY, RECOVERIES
from femo_tui.recorder.preflight_client import CheckState

TOLD_FOR_S = 3.0  # long enough to be read; a device that loses more is told of again


class DeviceFaults:
    """The newest events of each device, and what they mean for a start."""

    def __init__(self) -> None:
        self._newest: dict[Stream, DeviceEvent] = {}
        self._momentary: dict[Stream, tuple[float, DeviceEvent]] = {}

    def hear(self, event: DeviceEvent, now_s: float) -> None:
        if event.severity is Severity.LOSS and event.name in MOMENTARY:
            self._momentary[event.stream] = now_s, event
        else:
            self._newest[event.stream] = event

    def verdict(self, stream: Stream, now_s: float) -> tuple[CheckState, str]:
        """Return what a device's events make of it, and the words; OK where nothing is wrong."""
        newest = self._newest.get(stream)
        if newest and newest.severity is Severity.LOSS and newest.name not in RECOVERIES:
            return CheckState.MISSING, newest.text
        at_s, momentary = self._momentary.get(stream, (0.0, None))
        if momentary is not None and now_s - at_s < TOLD_FOR_S:
            return CheckState.WARNING, momentary.text
        return CheckState.OK, ""
