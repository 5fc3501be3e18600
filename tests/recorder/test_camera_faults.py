"""A camera that fails in every known way, in one recording with a sensor and a console."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.faulty_capture import (
    DARKEST,
    END_S,
    FAULTS,
    FPS,
    LEVELS,
    faulty_python_path,
)
from tests.support.femo import Femo, run_events, wait_until
from tests.support.paced_sensor import PLAIN_FROM, PLAIN_STEP, paced_sensor, read_log
from tests.support.stamps import SampleFigures, sample_figures
from tests.support.terminal import terminal

PROTOCOL = f"""
name = "sit"
title = "Sit and be looked at"
languages = ["en"]

[[step]]
name = "rest"
kind = "rest"
duration_s = {END_S + 1}
"""
pytestmark = pytest.mark.alone  # each fault has a second to be named
NAMED_WITHIN_S = 1.0
FRAMES_AGAIN_WITHIN_S = 2.5  # a camera is opened again once a second
OLDEST_IMAGE_S = 0.2

# fault → what it is called when it begins, and what its end
NAMES = {
    "stale queue": ("frames_dropped", None),
    "frozen": ("camera_frozen", "camera_recovered"),
    "black": ("camera_black", "camera_recovered"),
    "resolution": ("camera_resolution", "camera_resolution"),
    "unplugged, read says True": ("camera_frozen", "camera_reopened"),
    "unplugged, read says False": ("camera_lost", "camera_reopened"),
    "read blocks": ("camera_silent", "camera_recovered"),
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recording; all times in run time."""

    faults: dict[str, tuple[float, float]]  # begin, end
    events: list[dict[str, Any]]  # of the camera
    frames: list[dict[str, str]]
    samples: SampleFigures
    said: dict[str, Any]
    boot_s: float
    console_samples: tuple[int, int]  # shown while the read blocked, early and late


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    base = tmp_path_factory.mktemp("faults")
    go, log, sent = base / "go", base / "faults.jsonl", base / "sent.bin"
    femo = Femo(
        base / "home",
        base / "store",
        {
            "PYTHONPATH": str(faulty_python_path(base / "path")),
            "FAULTY_GO": str(go),
            "FAULTY_LOG": str(log),
        },
    )
    femo.home.mkdir()
    (base / "sit.toml").write_text(PROTOCOL, "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "all")
    with (
        paced_sensor(10, "plain", sent) as port,
        femo.started(
            *("record", "--participant", "S01", "--protocol", str(base / "sit.toml"), "--auto"),
            *("--gsr", f"serial:{port}?unit=adc", "--camera", f"camera:{base}/video"),
            *("--player", "none", "--json"),
        ) as recorder,
        terminal(femo.command(), femo.env, 120, 40) as console,
    ):
        wait_until(lambda: len(list(femo.store.glob("sessions/*/*/*/frames.csv"))) == 1, "a run")
        go.touch()
        console.wait_for("samples")
        wait_until(lambda: log.exists() and "read blocks" in log.read_text("utf-8"), "the last")
        early = _samples_shown(console.screen())
        console.press("?")
        console.wait_for("What each key does here")
        console.press("Escape")
        console.wait_for("has given no frame")
        wait_until(lambda: _samples_shown(console.screen()) >= early + 30, "what is shown to grow")
        shown = (early, _samples_shown(console.screen()))
        said = json.loads(recorder.communicate(timeout=60)[0].splitlines()[-1])
    run_dir = Path(said["run_dir"])
    boot_s = run_events(run_dir, "run_start")[0]["boot_s"]
    notes = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    with (run_dir / "frames.csv").open(newline="") as file:
        frames = list(csv.DictReader(file))
    return Recorded(
        faults={n["fault"]: (n["begin_s"] - boot_s, n["end_s"] - boot_s) for n in notes},
        events=[e for e in run_events(run_dir, "device") if e["stream"] == "camera"],
        frames=frames,
        samples=sample_figures(
            run_dir,
            read_log(sent),
            lambda row: round((float(row["raw"]) - PLAIN_FROM) / PLAIN_STEP),
        ),
        said=said,
        boot_s=boot_s,
        console_samples=shown,
    )


def _samples_shown(screen: str) -> int:
    found = re.search(r"([\d  ]+) samples", screen)
    return int(re.sub(r"\D", "", found[1])) if found else 0


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
def test_a_fault_is_named_within_a_second(recorded: Recorded, fault: str) -> None:
    begin_s, end_s = recorded.faults[fault]
    name, _ = NAMES[fault]
    # a fault is noted when the image is fetched, which was stamped a moment before
    named = [e for e in recorded.events if begin_s - 0.05 <= e["t_s"] <= end_s + 0.5]
    assert name in [e["name"] for e in named]
    first = next(e for e in named if e["name"] == name)
    assert first["t_s"] - begin_s <= NAMED_WITHIN_S
    assert first["severity"] in ("warning", "loss")


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
def test_frames_come_again_and_the_end_is_told(recorded: Recorded, fault: str) -> None:
    _, end_s = recorded.faults[fault]
    after = [float(f["t_s"]) for f in recorded.frames if float(f["t_s"]) > end_s]
    assert after[0] - end_s < FRAMES_AGAIN_WITHIN_S
    assert after[5] - after[0] < 1.0  # at 10 Hz
    _, name = NAMES[fault]
    if name is not None:
        told = [e["name"] for e in recorded.events if e["t_s"] >= end_s]
        assert name in told[:2]  # an unplugged camera tells its silence too


def test_no_image_is_stored_that_had_waited_in_the_driver(recorded: Recorded) -> None:
    """The images are numbered: each must have been made just before it arrived."""
    broken = [recorded.faults[name] for name in NAMES if name not in ("stale queue", "resolution")]
    for frame in recorded.frames:
        t_s = float(frame["t_s"])
        if any(begin_s - 0.1 <= t_s <= end_s + 0.1 for begin_s, end_s in broken):
            continue
        made = round(float(frame["brightness"])) - DARKEST
        expected = int((t_s + recorded.boot_s) * FPS) % LEVELS
        assert (expected - made) % LEVELS / FPS < OLDEST_IMAGE_S, frame


def test_the_sensor_is_not_disturbed(recorded: Recorded) -> None:
    assert (recorded.samples.missing, recorded.samples.twice) == (0, 0)
    assert recorded.samples.longest_gap_s <= 0.3
    assert recorded.samples.stored >= 10 * END_S
    assert (recorded.said["status"], recorded.said["gsr_lost"]) == ("complete", 0)


def test_the_console_goes_on_while_a_read_blocks(recorded: Recorded) -> None:
    """It also answered a key meanwhile and told the fault, or nothing would be recorded here."""
    early, late = recorded.console_samples
    assert late >= early + 30
