"""A run as an XDF file: what pyxdf, the format's own reader, finds in it equals the run's files."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from femo_tui.store.catalog import Catalog
from femo_tui.store.layout import iter_runs
from tests.support.femo import Femo

PROTOCOL = """
name = "short"
title = "A face and a rest"
languages = ["en"]

[[step]]
name = "rest"
kind = "rest"
duration_s = 1

[[step]]
name = "smile"
kind = "acted"
emotion = "happy"
duration_s = 2
window = { start_s = 0.5, duration_s = 1 }
text.en = "Smile"
"""
KEPT = {  # events that are moments of a session, as femo's README lists them
    *("run_start", "step_start", "step_stop", "window_start", "window_stop", "state"),
    *("marker", "rating", "verdict", "run_stop"),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Femo:
    femo = Femo(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("xdf") / "store")
    femo.ok("participant", "add", "S01", "--consent", "all")
    protocol = femo.store.parent / "short.toml"
    protocol.write_text(PROTOCOL, "utf-8")
    devices = ("--gsr", "sim:1?rate=100", "--camera", "sim:1", "--player", "sim", "--auto")
    femo.ok("record", "--participant", "S01", "--protocol", str(protocol), *devices)
    return femo


def loaded(path: Path) -> dict[str, Any]:
    import pyxdf

    streams, header = pyxdf.load_xdf(path, dejitter_timestamps=False)
    assert header["info"]["version"] == ["1.0"]
    return {stream["info"]["name"][0]: stream for stream in streams}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def number(cell: str) -> float:
    return float(cell) if cell else math.nan


def test_pyxdf_reads_what_the_run_holds(
    recorded: Femo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "run.xdf"
    said = recorded.ok("export", str(out), "--xdf", "S01")
    assert "SIMULATED" in said
    [run_dir] = iter_runs(recorded.store)
    streams = loaded(out)
    assert caplog.records == []  # the reader found nothing to complain of

    gsr, rows = streams["femo-gsr"], table(run_dir / "gsr.csv")
    assert len(rows) > 250
    assert list(gsr["time_stamps"]) == [float(row["t_s"]) for row in rows]
    wanted = [
        [number(row["gsr_us"]), float(row["raw"]), float(row["flag"] == "ok")] for row in rows
    ]
    np.testing.assert_array_equal(gsr["time_series"], wanted)
    assert gsr["info"]["nominal_srate"] == ["100.0"]
    channels = gsr["info"]["desc"][0]["channels"][0]["channel"]
    assert (channels[0]["label"], channels[0]["unit"]) == (["gsr_us"], ["microsiemens"])

    faces, rows = streams["femo-faces"], table(run_dir / "frames.csv")
    assert len(rows) > 20
    assert list(faces["time_stamps"]) == [float(row["t_s"]) for row in rows]
    wanted = [
        [float(row["frame"]), float(row["faces"]), float(row["eyes"]), number(row["sharpness"])]
        for row in rows
    ]
    np.testing.assert_array_equal(faces["time_series"], wanted)

    markers = streams["femo-markers"]
    events = [json.loads(line) for line in (run_dir / "run.jsonl").read_text().splitlines()]
    moments = [event for event in events if event["event"] in KEPT]
    assert list(markers["time_stamps"]) == [event["t_s"] for event in moments]
    texts = [text for [text] in markers["time_series"]]
    assert [text.split()[0] for text in texts] == [event["event"] for event in moments]
    assert "window_start Happy_A 1" in texts
    assert texts[-1] == "run_stop complete"


def test_it_is_private_noted_and_never_overwritten(recorded: Femo, tmp_path: Path) -> None:
    out = tmp_path / "run.xdf"
    done = recorded.json("export", str(out), "--xdf", "S01", "--note", "to lab-3")
    assert out.stat().st_mode & 0o777 == 0o600
    with Catalog.open(recorded.store) as catalog:
        noted = catalog.exports()[-1]
    assert (noted.sha256, noted.level, noted.note) == (done["sha256"], "xdf", "to lab-3")
    assert noted.participants == ("S01",)
    again = recorded.run("export", str(out), "--xdf", "S01")
    assert (again.returncode, "never overwritten" in again.stderr) == (2, True)


def test_what_may_not_be_shared_stays_and_is_named(recorded: Femo, tmp_path: Path) -> None:
    recorded.ok("participant", "edit", "S01", "--consent", "gsr,face,share-gsr")
    try:
        said = recorded.ok("export", str(tmp_path / "run.xdf"), "--xdf", "S01")
        assert "left out: femo-faces: no consent to share-face" in said
        assert set(loaded(tmp_path / "run.xdf")) == {"femo-gsr", "femo-markers"}
        recorded.ok("participant", "edit", "S01", "--consent", "gsr,face")
        done = recorded.run("export", str(tmp_path / "none.xdf"), "--xdf", "S01")
        assert done.returncode == 2
        assert "no consent to share-gsr" in done.stderr
        assert not (tmp_path / "none.xdf").exists()
    finally:
        recorded.ok("participant", "edit", "S01", "--consent", "all")


@pytest.mark.parametrize("decided", ["until-asked", "discard"])
def test_a_run_whose_data_nobody_decided_to_keep_stays_in_the_lab(
    recorded: Femo, tmp_path: Path, decided: str
) -> None:
    devices = ("--gsr", "sim:2", "--camera", "none", "--player", "sim", "--auto")
    protocol = str(recorded.store.parent / "short.toml")
    recorded.ok("record", "--participant", "S01", "--protocol", protocol, *devices)
    run_dir = list(iter_runs(recorded.store))[-1]
    recorded.ok("decide", str(run_dir), "--data", decided)
    try:
        done = recorded.run("export", str(tmp_path / "run.xdf"), "--xdf", str(run_dir))
        assert done.returncode == 2
        assert "its data are" in done.stderr
        assert "not decided to be kept" in done.stderr
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "run.xdf").exists()
    finally:
        if decided != "discard":
            recorded.ok("decide", str(run_dir), "--data", "keep")
