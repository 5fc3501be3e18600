"""What the pre-flight says of a sensor's calibration, live, on a pseudo-terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from femo_tui.devices.base import DeviceInfo
from femo_tui.devices.gsr_lines import LineReader
from femo_tui.devices.gsr_unit import UnitDoubt
from femo_tui.model.records import JsonValue
from femo_tui.recorder.gsr_check import calibration_words
from femo_tui.recorder.preflight_client import Check, CheckState, PreflightClient
from femo_tui.recorder.request import RecordRequest
from femo_tui.signals.grove import GroveCalibration
from tests.support.femo import Femo
from tests.support.grove_board import GroveBoard
from tests.support.pty_sensor import sending


@pytest.fixture
def board(tmp_path: Path) -> Iterator[GroveBoard]:
    with GroveBoard(tmp_path, cal=505) as sensor:
        yield sensor


@pytest.fixture
def lab(femo: Femo) -> Femo:
    femo.ok("participant", "add", "S01", "--consent", "gsr")
    return femo


def gsr_check(lab: Femo, uri: str, wanted: Callable[[Check], bool]) -> Check:
    """Return the first check of the sensor that is `wanted`; the test's time limit ends a wait."""
    client = PreflightClient(
        RecordRequest(lab.store, "S01", "quick", uri, "none", "none", operator="ana")
    )
    try:
        return next(c for c in client.checks() if c.name == "gsr" and wanted(c))
    finally:
        client.close()


def calibrate(lab: Femo, board: GroveBoard) -> None:
    worn, board.ohm = board.ohm, None
    lab.ok("calibrate", "--gsr", board.uri, "--unworn-only", "--yes", "--seconds", "1")
    board.ohm = worn


def test_a_sensor_that_was_never_calibrated_is_a_warning(lab: Femo, board: GroveBoard) -> None:
    board.ohm = 200e3
    check = gsr_check(lab, board.uri, lambda c: "µS" in c.reading)
    assert check.state is CheckState.WARNING
    assert "not calibrated: nominal 512" in check.reading
    assert f"femo calibrate --gsr '{board.uri}'" in check.remedy


def test_a_calibrated_sensor_is_fine_and_reads_what_it_is_held_to(
    lab: Femo, board: GroveBoard
) -> None:
    board.ohm = 200e3
    calibrate(lab, board)
    check = gsr_check(lab, board.uri, lambda c: c.gsr_us is not None)
    assert (check.state, check.remedy) == (CheckState.OK, "")
    assert check.gsr_us == pytest.approx(5.0, rel=0.02)
    assert re.search(r"· calibrated today, resolves 0\.\d+ µS$", check.text)


def test_counts_taken_for_volts_are_told_with_the_unit_to_name(lab: Femo, tmp_path: Path) -> None:
    """A plain sketch that sends `analogRead`: the operator reads what comes and what to add."""
    with sending(tmp_path / "counts", b"512\r\n") as uri:
        check = gsr_check(lab, uri, lambda c: c.state is CheckState.MISSING and "512" in c.reading)
        assert check.reading == "lines arrive but none is a voltage (newest 512)"
        assert check.remedy == "add ?unit=adc to its address"
        check = gsr_check(lab, f"{uri}?unit=adc", lambda c: "Hz" in c.reading)
    assert "voltage" not in check.reading


@pytest.mark.parametrize(
    ("uri", "sent", "remedy"),
    [
        ("serial:x?baud=9600", "512", "add &unit=adc to its address"),
        ("serial:x", "7.35", "check its sketch, or add ?unit=adc or ?unit=us to its address"),
        ("serial:x", "-1", "check its sketch, or add ?unit=adc or ?unit=us to its address"),
    ],
)
def test_what_is_to_be_added_fits_the_address_and_the_number(
    uri: str, sent: str, remedy: str
) -> None:
    reader, doubt = LineReader(GroveCalibration()), UnitDoubt()
    for record in reader.feed(f"{sent}\n{sent}\n".encode(), 0.0):
        doubt.hear(record)
    facts: dict[str, JsonValue] = {"unit": "volt"}
    said = f"lines arrive but none is a voltage (newest {sent})"
    assert doubt.words(DeviceInfo(uri, "Grove", False, 10.0, facts)) == (said, remedy)
    for record in reader.feed(b"2.5\n", 1.0):
        doubt.hear(record)
    assert doubt.words(DeviceInfo(uri, "Grove", False, 10.0, facts)) == ("", "")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.5, "calibrated today"),
        (1.5, "calibrated yesterday"),
        (40, "calibrated 40 days ago"),
        (-2, "calibrated in the future (check the clock)"),
    ],
)
def test_the_age_of_a_calibration_is_said_in_days(days: float, words: str) -> None:
    measured = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    calibration = GroveCalibration(measured_utc=measured.isoformat())
    info = DeviceInfo("serial:x", "Grove", False, 10.0, {"calibration": calibration.facts()})
    assert calibration_words(info, measured + timedelta(days=days)) == words


@pytest.mark.parametrize(
    ("now", "says"), [(510.0, "calibrate it again"), (499.0, "if nobody wears it")]
)
def test_an_unworn_reading_that_drifted_is_a_warning(
    lab: Femo, board: GroveBoard, now: float, says: str
) -> None:
    calibrate(lab, board)
    held = gsr_check(lab, board.uri, lambda c: "Hz" in c.reading)
    assert held.remedy == ""
    board.cal = now
    check = gsr_check(lab, board.uri, lambda c: bool(c.remedy))
    assert check.state is CheckState.WARNING
    assert says in check.remedy


def test_a_sensor_that_another_set_up_holds_is_said_to_be_held_by_it(
    lab: Femo, board: GroveBoard
) -> None:
    client = PreflightClient(
        RecordRequest(lab.store, "S01", "quick", board.uri, "none", "none", operator="maria")
    )
    try:
        next(c for c in client.checks() if c.name == "gsr" and "µS" in c.reading)
        refused = gsr_check(lab, board.uri, lambda c: c.state is CheckState.MISSING)
    finally:
        client.close()
    assert "the set-up at maria's console holds it; leave it with esc" in refused.remedy
