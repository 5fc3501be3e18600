"""Calibrations in the store: none is lost, none is another sensor's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from femo_tui.errors import MalformedRecord
from femo_tui.model.calibration import CalibrationPoint, SensorCalibration
from femo_tui.store.calibration import (
    list_calibrations,
    load_calibration,
    save_calibration,
    sensor_key,
)

UNO = "/dev/serial/by-id/usb-Arduino_Uno_85-if00"
FIRST = SensorCalibration(
    sensor=UNO,
    utc="2026-11-22T10:15:30Z",
    operator="ana",
    uri="serial:auto",
    rate_hz=10.0,
    points=(CalibrationPoint(None, 505.0, 0.3, 1.0, 98, 893.0),),
    grove={"cal": 505.0, "source": "unworn"},
)


def test_the_newest_counts_and_the_others_stay(tmp_path: Path) -> None:
    second = replace(FIRST, utc="2026-12-01T09:00:00Z", grove={"cal": 507.0})
    assert load_calibration(tmp_path, UNO) is None
    for calibration in (FIRST, second):
        path = save_calibration(tmp_path, calibration)
    assert path == tmp_path / "calibrations" / "usb-Arduino_Uno_85-if00.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_calibration(tmp_path, UNO) == second
    assert list_calibrations(tmp_path) == [FIRST, second]


def test_each_sensor_has_its_own(tmp_path: Path) -> None:
    other = replace(FIRST, sensor="/dev/ttyACM0")
    save_calibration(tmp_path, FIRST)
    save_calibration(tmp_path, other)
    assert load_calibration(tmp_path, "/dev/ttyACM0") == other
    assert load_calibration(tmp_path, "/dev/ttyACM1") is None


def test_no_two_names_share_a_file_and_none_leaves_the_folder() -> None:
    names = [
        UNO,
        "/dev/ttyACM0",
        "/dev+ttyACM0",
        "/dev%2BttyACM0",
        "../../x",
        "/tmp/a b",
        "/tmp/aµ",
    ]
    keys = [sensor_key(name) for name in names]
    assert len(set(keys)) == len(names)
    assert not [key for key in keys if "/" in key]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"calibrations": [{"sensor": "x"}]}'])
def test_a_file_that_is_none_is_named_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = save_calibration(tmp_path, FIRST)
    path.write_text(content, "utf-8")
    for read in (
        lambda: load_calibration(tmp_path, UNO),
        lambda: save_calibration(tmp_path, FIRST),
    ):
        with pytest.raises(MalformedRecord, match=path.name):
            read()
    assert path.read_text("utf-8") == content


def test_it_reads_without_femo(tmp_path: Path) -> None:
    body = json.loads(save_calibration(tmp_path, FIRST).read_text("utf-8"))
    (only,) = body["calibrations"]
    assert (only["sensor"], only["utc"], only["points"][0]["ohm"]) == (UNO, FIRST.utc, None)
