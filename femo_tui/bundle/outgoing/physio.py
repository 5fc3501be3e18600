"""Skin conductance as BIDS has it: a headerless table at a stated rate, and its JSON.

BIDS' physiological recordings are sampled regularly; ours carry the time at which each sample
arrived. So the first column tells the time of every row, and where the signal stops for longer than
a sample, rows of `n/a` take the place of what is missing: row number and time agree to the jitter.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from femo_tui import __version__
from femo_tui.bundle.outgoing.device_facts import plain_devices, plain_environment
from femo_tui.bundle.outgoing.shares import RunShare
from femo_tui.bundle.outgoing.tables import MISSING, Column, to_json
from femo_tui.bundle.outgoing.tar import in_pieces
from femo_tui.bundle.outgoing.texts import NOT_SHARED, TextRule
from femo_tui.model.records import JsonValue

GAP, CUT = "gap", "left_out"
_USUAL_HZ = 10.0  # where a sensor promises no rate
_GAP_PERIODS, _LEAST_GAP_S = 1.5, 0.05  # drivers hand fast samples over in bursts
_LONGEST_FILLED_S = 3600.0  # a longer gap, such as after a reboot, is one row of n/a
_GZIP = 16 + zlib.MAX_WBITS  # a header without name and time
COLUMNS = (
    Column("t_s", "Arrival of the sample, counted from the start of the run.", "s"),
    Column("gsr_us", "Skin conductance.", "uS"),
    Column("raw", "The reading as the sensor sent it; see Unit of the calibration.", "arbitrary"),
    Column(
        "flag",
        "What the sample is worth.",
        levels={
            "ok": "A conductance.",
            "not_worn": "At or above the reading of a sensor that nobody wears.",
            "clipped": "At the end of the sensor's range: a lower bound.",
            "out_of_range": "Outside 0.05 to 60 uS, where skin conducts.",
            GAP: "No sample arrived; the row only keeps its place.",
            CUT: "Not shared, because the attempt was not accepted; the row only keeps its place.",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Sampled:
    """How a run's samples lie in time."""

    count: int
    first_s: float
    rate_hz: float  # between samples that no gap parts


def sampled(share: RunShare) -> Sampled:
    """Look at the times of all samples that are shared."""
    gap_s = _gap_s(_promised_hz(share))
    count, intervals, span_s = 0, 0, 0.0
    first_s, before_s = 0.0, math.nan
    for t_s, _ in share.sample_lines():
        first_s = t_s if count == 0 else first_s
        count += 1
        if 0 <= t_s - before_s <= gap_s:
            intervals += 1
            span_s += t_s - before_s
        before_s = t_s
    rate_hz = intervals / span_s if span_s > 0 else _promised_hz(share)
    return Sampled(count, first_s, round(rate_hz, 6))


def physio_pieces(share: RunShare, found: Sampled) -> Iterator[bytes]:
    """Yield the table, compressed without a name and a time."""
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    for piece in in_pieces(_rows(share, found)):
        yield packer.compress(piece)
    yield packer.flush()


def _rows(share: RunShare, found: Sampled) -> Iterator[bytes]:
    period_s = 1 / found.rate_hz
    gap_s = _gap_s(found.rate_hz)
    before_s = math.nan
    for t_s, line in share.sample_lines():
        if t_s - before_s > gap_s:
            yield from _missing(share, before_s, t_s, period_s)
        before_s = t_s
        cells = line.decode().split(",")
        yield f"{cells[0]}\t{cells[4] or MISSING}\t{cells[3]}\t{cells[5]}\n".encode()


def _missing(share: RunShare, from_s: float, to_s: float, period_s: float) -> Iterator[bytes]:
    """Yield a row of n/a for each sample that is missing between two."""
    count = max(round((to_s - from_s) / period_s) - 1, 1)
    if to_s - from_s > _LONGEST_FILLED_S:
        count = 1
    for number in range(1, count + 1):
        t_s = from_s + number * (to_s - from_s) / (count + 1)
        why = GAP if share.covers(t_s) else CUT
        yield f"{t_s:.6f}\t{MISSING}\t{MISSING}\t{why}\n".encode()


def physio_json(share: RunShare, found: Sampled, rule: TextRule) -> bytes:
    """Return the table's sidecar: columns, rate, calibration, resolution, room and electrodes."""
    device = plain_devices(share.start.devices, share.shift, gsr=True, faces=False)["gsr"]
    sensor = device if isinstance(device, dict) else {}
    given = sensor.get("facts")
    known = given if isinstance(given, dict) else {}
    facts: dict[str, JsonValue] = {
        "TaskName": share.place.task,
        "SamplingFrequency": found.rate_hz,
        "StartTime": found.first_s,
        "Columns": [column.name for column in COLUMNS],
        "PhysioType": "generic",
        "Manufacturer": "Seeed Studio" if sensor.get("uri") == "serial" else "not recorded",
        "ManufacturersModelName": sensor.get("model", "not recorded"),
        "SoftwareVersions": f"femo {share.start.versions.get('femo', __version__)}",
        "DeviceSerialNumber": NOT_SHARED,
        "Simulated": "gsr" in share.start.simulated,
        "PromisedSamplingFrequency": sensor.get("rate_hz"),
        "Calibration": known.get("calibration"),
        "ResolutionAt5uS": known.get("resolution_us_at_5_us"),
        "CeilingUS": known.get("ceiling_us"),
        "Environment": plain_environment(share.start.environment, rule),
        **{column.name: column.facts() for column in COLUMNS},
    }
    return to_json(facts)


def _promised_hz(share: RunShare) -> float:
    device = share.start.devices.get("gsr")
    rate = device.get("rate_hz") if isinstance(device, dict) else None
    return float(rate) if isinstance(rate, int | float) and rate > 0 else _USUAL_HZ


def _gap_s(rate_hz: float) -> float:
    """Return how far apart two samples may lie that nothing is missing between."""
    return max(_GAP_PERIODS / rate_hz, _LEAST_GAP_S)
