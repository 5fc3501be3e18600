"""What state a GSR sensor is in, told when it changes: worn or not, at its end, flat.

A pure machine that is fed every sample; silence has no samples and is the sensor's own to name.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from femo_tui.model.records import DeviceEvent, GsrSample, JsonValue, SampleFlag, Severity, Stream

SETTLED_S = 1.0  # a flag that holds this long is a state, less is a touch
FLAT_AFTER_S = 5.0  # skin moves; a reading that does not change at all for this long is stuck


class GsrState(StrEnum):
    """The states that a stream of samples can be in."""

    OK = "ok"
    NOT_WORN = "not_worn"
    CLIPPED = "clipped"
    OUT_OF_RANGE = "out_of_range"
    BELOW_RESOLUTION = "below_resolution"
    FLAT = "flat"


_TEXT = {
    GsrState.NOT_WORN: "The GSR sensor is not worn: look at the electrodes.",
    GsrState.CLIPPED: "The GSR sensor is at its end: conductance is higher than it can say.",
    GsrState.OUT_OF_RANGE: "GSR is outside 0.05–60 µS: look at the electrodes and the cable.",
    GsrState.BELOW_RESOLUTION: "GSR is smaller than one step of the sensor: wet the electrodes.",
    GsrState.FLAT: "The GSR reading stands still: look at the electrodes and the cable.",
}


_READABLE = frozenset({GsrState.FLAT, GsrState.BELOW_RESOLUTION})  # numbers still come


class GsrStateWatch:
    """Follows one sensor; times are those of the samples."""

    def __init__(self, resolution_us: Callable[[float], float] | None = None) -> None:
        """Begin as `ok`; `resolution_us` gives the smallest step in µS at a conductance in µS."""
        self._resolution_us = resolution_us
        self.state = GsrState.OK
        self._since_s: float | None = None  # when the present state began
        self._candidate = GsrState.OK
        self._candidate_s: float | None = None
        self._raw: float | None = None
        self._raw_s = 0.0  # when the reading last changed

    def take(self, sample: GsrSample) -> DeviceEvent | None:
        """Take in a sample; return an event where the state changes with it."""
        if sample.raw != self._raw:
            self._raw, self._raw_s = sample.raw, sample.t_s
        seen = self._seen(sample)
        if seen is not self._candidate:
            self._candidate, self._candidate_s = seen, sample.t_s
        began_s = self._raw_s if seen is GsrState.FLAT else self._candidate_s
        settled = began_s is not None and sample.t_s - began_s >= SETTLED_S
        if seen is self.state or not settled:
            return None
        return self._change(seen, began_s or sample.t_s, sample.t_s)

    def _seen(self, sample: GsrSample) -> GsrState:
        if sample.flag is not SampleFlag.OK:
            return GsrState(sample.flag.value)
        if self._is_below_resolution(sample.gsr_us):
            return GsrState.BELOW_RESOLUTION
        flat = sample.t_s - self._raw_s >= FLAT_AFTER_S
        return GsrState.FLAT if flat else GsrState.OK

    def _is_below_resolution(self, gsr_us: float | None) -> bool:
        if self._resolution_us is None or gsr_us is None:
            return False
        return gsr_us < self._resolution_us(gsr_us)

    def _change(self, to: GsrState, began_s: float, now_s: float) -> DeviceEvent:
        before, since_s = self.state, self._since_s
        self.state, self._since_s = to, began_s
        if to is GsrState.OK:
            lasted_s = round(began_s - (since_s or began_s), 3)
            text = f"GSR is good again after {lasted_s:.1f} s of {before.value.replace('_', ' ')}."
            detail: dict[str, JsonValue] = {"was": before.value, "lasted_s": lasted_s}
            return DeviceEvent(now_s, Stream.GSR, "gsr_ok", Severity.INFO, text, detail)
        severity = Severity.WARNING if to in _READABLE else Severity.LOSS
        return DeviceEvent(
            now_s, Stream.GSR, to.value, severity, _TEXT[to], {"since_s": round(now_s - began_s, 3)}
        )
