"""Calibrations of a store's GSR sensors: a file a sensor, its newest last, none overwritten."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from urllib.parse import quote

from femo_tui.errors import MalformedRecord
from femo_tui.model.calibration import CalibrationPoint, SensorCalibration
from femo_tui.store.files import PRIVATE, Modes, explained, make_folder, write_json

CALIBRATIONS = "calibrations"
_BY_ID = "/dev/serial/by-id/"


def sensor_key(sensor: str) -> str:
    """Return a sensor's lasting name as the name of a file; no two sensors share one."""
    return quote(sensor.removeprefix(_BY_ID).lstrip("/"), safe=" /").replace("/", "+")


def save_calibration(root: Path, calibration: SensorCalibration, modes: Modes = PRIVATE) -> Path:
    """Add a calibration to its sensor's file; return the file.

    Raises:
        StoreError: it cannot be written.
        MalformedRecord: what is there cannot be read, and is left as it is.
    """
    path = _path(root, calibration.sensor)
    history = [dataclasses.asdict(kept) for kept in _read(path)]
    make_folder(path.parent, modes)
    write_json(path, {"calibrations": [*history, dataclasses.asdict(calibration)]}, modes)
    return path


def load_calibration(root: Path, sensor: str) -> SensorCalibration | None:
    """Return the newest calibration of the sensor of this lasting name, None if there is none.

    Raises:
        StoreError: the file cannot be read.
        MalformedRecord: it holds no calibrations.
    """
    history = _read(_path(root, sensor))
    return history[-1] if history else None


def list_calibrations(root: Path) -> list[SensorCalibration]:
    """Return every calibration of every sensor, each sensor's newest last."""
    folder = root / CALIBRATIONS
    with explained(folder):
        paths = sorted(folder.glob("*.json"))
    return [calibration for path in paths for calibration in _read(path)]


def _path(root: Path, sensor: str) -> Path:
    return root / CALIBRATIONS / f"{sensor_key(sensor)}.json"


def _read(path: Path) -> list[SensorCalibration]:
    with explained(path):
        if not path.exists():
            return []
        content = path.read_bytes()
    try:
        return [_calibration(body) for body in json.loads(content)["calibrations"]]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise MalformedRecord(
            f"{path} holds no calibrations ({type(problem).__name__}: {problem}):"
            " move it away, and measure the sensor again with `femo calibrate`"
        ) from None


def _calibration(body: dict[str, object]) -> SensorCalibration:
    points = body["points"]
    if not isinstance(points, list):
        raise TypeError("points are no list")
    made = tuple(CalibrationPoint(**point) for point in points)
    return SensorCalibration(**{**body, "points": made})  # type: ignore[arg-type]
