"""Makes the GSR sensor that a URI names."""

from __future__ import annotations

from femo_tui.devices.base import GsrSensor, parse_uri
from femo_tui.devices.gsr_facts import Measured
from femo_tui.signals.grove import GroveCalibration

GSR_OPTIONS = {
    "serial": frozenset({"baud", "format", "unit", "rate"}),
    "replay": frozenset({"rate"}),
    "lsl": frozenset({"channel", "unit", "rate", "source"}),
    "sim": frozenset({"rate", "effect"}),
    "none": frozenset[str](),
}


def make_gsr(
    uri: str, calibration: GroveCalibration | None = None, measured: Measured | None = None
) -> GsrSensor | None:
    """Return the sensor, not yet opened; None for `none`. The nominal calibration is the default.

    `measured` is asked when a sensor on a port is opened, and goes before `calibration`.

    Raises:
        UsageError: unknown scheme, option or value.
    """
    parsed = parse_uri(uri, GSR_OPTIONS)
    calibration = calibration or GroveCalibration()
    if parsed.scheme == "serial":
        from femo_tui.devices.gsr_serial import SerialGsr

        return SerialGsr(parsed, calibration, measured)
    if parsed.scheme == "replay":
        from femo_tui.devices.gsr_replay import ReplayGsr

        return ReplayGsr(parsed)
    if parsed.scheme == "lsl":
        from femo_tui.devices.gsr_lsl import LslGsr

        return LslGsr(parsed, calibration)
    if parsed.scheme == "sim":
        from femo_tui.devices.gsr_sim import SimGsr

        return SimGsr(parsed, calibration)
    return None
