"""What was measured of one GSR sensor, as it is kept in the store."""

from __future__ import annotations

from dataclasses import dataclass

from femo_tui.model.records import JsonValue


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """One thing that the sensor was held to for a while, and what it read."""

    ohm: float | None  # the resistor in place of the skin; None: nobody wore the sensor
    reading: float  # mean, in counts
    noise_counts: float  # standard deviation of the lines
    resolution_counts: float  # smallest difference of two lines that is no noise
    line_count: int
    reads_per_line: float


@dataclass(frozen=True, slots=True)
class SensorCalibration:
    """One calibration of one sensor: what it rests on, and what came of it."""

    sensor: str  # the port's lasting name: /dev/serial/by-id/…, else its path
    utc: str  # when it was measured
    operator: str
    uri: str
    rate_hz: float  # lines a second; another rate averages over other noise
    points: tuple[CalibrationPoint, ...]
    grove: dict[str, JsonValue]  # what GroveCalibration.facts() gave
