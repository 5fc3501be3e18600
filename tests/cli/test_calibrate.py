"""`femo calibrate` on a sensor at a pseudo-terminal, and what recordings make of it."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.femo import Femo, run_events, wait_until
from tests.support.grove_board import GroveBoard
from tests.support.pty_sensor import sending
from tests.support.terminal import terminal

OFFSET = 7.0  # counts beside the nominal 512, as the study's sensors stood
READ_NOISE, READS = 0.8, 10  # dithers: a line resolves less than one step


@pytest.fixture
def board(tmp_path: Path) -> Iterator[GroveBoard]:
    with GroveBoard(tmp_path, cal=512 + OFFSET, noise=READ_NOISE, reads=READS) as sensor:
        yield sensor


def guided(femo: Femo, board: GroveBoard, *args: str, steps: dict[str, float | None]) -> Any:
    """Follow the prompts: hold the sensor to what is asked for, then press Enter."""
    with subprocess.Popen(
        femo.command("calibrate", "--gsr", board.uri, "--seconds", "1.5", "--json", *args),
        env=femo.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        seen = []
        for line in process.stderr:
            seen.append(line)
            for prompt, ohm in steps.items():
                if prompt in line and "press Enter" in line:
                    board.ohm = ohm
                    process.stdin.write("\n")
                    process.stdin.flush()
        said = process.stdout.read()
        assert process.wait() == 0, seen
    return json.loads(said)


def test_two_resistors_calibrate_every_later_recording(
    femo: Femo, board: GroveBoard, short_protocol: Path
) -> None:
    steps: dict[str, float | None] = {"electrodes off": None, "100 kΩ": 100e3, "330 kΩ": 330e3}
    kept = guided(femo, board, "--resistor", "100k", "--resistor", "330000", steps=steps)
    grove = kept["grove"]
    assert grove["cal"] == pytest.approx(512 + OFFSET, abs=0.5)
    assert grove["scale_ohm"] == pytest.approx(10_000, rel=0.01)
    # What was simulated: noise and rounding of a read, over the mean of ten.
    of_a_line = ((READ_NOISE**2 + 1 / 12) / READS) ** 0.5
    assert grove["noise_counts"] == pytest.approx(of_a_line, rel=0.25)
    assert grove["resolution_counts"] == pytest.approx(2.772 * of_a_line, rel=0.25)
    assert [point["ohm"] for point in kept["points"]] == [None, 100e3, 330e3]
    assert femo.json("calibrate", "--show") == [{k: v for k, v in kept.items() if k != "file"}]

    board.ohm = 200e3  # a skin of 5 µS
    femo.ok("participant", "add", "S01", "--consent", "gsr")
    said = femo.json(
        *("record", "--participant", "S01", "--protocol", str(short_protocol), "--auto"),
        *("--gsr", board.uri, "--camera", "none", "--player", "sim"),
    )
    run_dir = Path(said["run_dir"])
    facts = run_events(run_dir, "run_start")[0]["devices"]["gsr"]["facts"]
    assert facts["calibration"] == grove
    assert facts["calibration"]["measured_utc"] == kept["utc"]
    assert facts["calibration"]["source"] == "unworn and 100000 Ω and 330000 Ω"
    assert facts["sensor"] == kept["sensor"] == str(board.link)
    with (run_dir / "gsr.csv").open(newline="") as file:
        us = [float(row["gsr_us"]) for row in csv.DictReader(file)]
    assert len(us) > 300
    assert sum(us) / len(us) == pytest.approx(5.0, rel=0.01)


def test_the_unworn_reading_alone_for_scripts(femo: Femo, board: GroveBoard) -> None:
    args = ("calibrate", "--gsr", board.uri, "--unworn-only", "--yes", "--seconds", "1")
    first = femo.json(*args)
    assert first["grove"]["cal"] == pytest.approx(512 + OFFSET, abs=0.5)
    assert first["grove"]["scale_ohm"] == 10_000
    board.cal = 510
    femo.ok(*args)
    history = json.loads(Path(first["file"]).read_text("utf-8"))["calibrations"]
    assert [round(entry["grove"]["cal"]) for entry in history] == [519, 510]
    assert femo.ok("calibrate", "--show").count(str(board.link)) == 2


def test_in_a_terminal_the_reading_is_live_and_resistors_are_asked_for(
    femo: Femo, board: GroveBoard
) -> None:
    command = femo.command("calibrate", "--gsr", board.uri, "--seconds", "1")
    with terminal(command, femo.env, columns=120) as seen:
        seen.wait_for("now   519.")
        seen.press("Enter")
        seen.wait_for("type its ohms")
        board.ohm = 100e3
        seen.wait_for("now   347.")  # (519 − 102.4)/1.2, by Seeed's formula
        seen.type("100k")
        seen.press("Enter")
        seen.wait_for("100 kΩ: 347.")
        seen.press("Enter")
        seen.wait_for("recordings with this sensor use it")
        assert "resolution" in seen.screen()


@pytest.mark.parametrize(
    ("status", "says", "args"),
    [
        (2, "cannot be calibrated", ("--gsr", "sim:1")),
        (2, "hides its counts", ("--gsr", "serial:/dev/ttyACM0?unit=us")),
        (1, "/dev/ttyNOWHERE", ("--gsr", "serial:/dev/ttyNOWHERE")),
        (2, "'lots'", ("--gsr", "serial:/dev/ttyACM0", "--resistor", "lots")),
        (2, "--unworn-only", ("--gsr", "serial:/dev/ttyACM0", "--yes")),
        (2, "measures no resistor", ("--unworn-only", "--resistor", "100k")),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(
    femo: Femo, status: int, says: str, args: tuple[str, ...]
) -> None:
    done = femo.run("calibrate", *args)
    assert done.returncode == status
    assert says in done.stderr
    assert not (femo.store / "calibrations").exists()


def test_a_sensor_that_is_unplugged_leaves_no_calibration(femo: Femo, board: GroveBoard) -> None:
    args = ("calibrate", "--gsr", board.uri, "--unworn-only", "--yes", "--seconds", "20")
    with femo.started(*args) as process:
        assert process.stderr is not None
        assert "20 s a measurement" in process.stderr.readline()
        board.unplug()
        assert "unplugged" in process.stderr.read()
        assert process.wait() == 1
    assert not (femo.store / "calibrations").exists()


def test_a_silent_port_is_no_sensor(femo: Femo, board: GroveBoard) -> None:
    board.unplug()
    board.plug()  # and nothing writes to it
    done = femo.run("calibrate", "--gsr", board.uri, "--unworn-only", "--yes")
    assert done.returncode == 1
    assert "no reading came" in done.stderr


def test_counts_taken_for_volts_are_no_silent_port(femo: Femo, tmp_path: Path) -> None:
    with sending(tmp_path / "counts", b"512\r\n") as uri:
        done = femo.run("calibrate", "--gsr", uri, "--unworn-only", "--yes")
    assert done.returncode == 1
    assert "lines arrive but none is a voltage (newest 512): add ?unit=adc" in done.stderr


def test_without_a_terminal_nothing_is_guessed(femo: Femo, board: GroveBoard) -> None:
    done = femo.run("calibrate", "--gsr", board.uri, "--seconds", "1")
    assert done.returncode == 2
    assert "--unworn-only --yes" in done.stderr


def test_show_of_a_store_without_any(femo: Femo) -> None:
    assert "no sensor is calibrated" in femo.ok("calibrate", "--show")
    assert femo.json("calibrate", "--show") == []


def test_the_sensor_is_free_again_afterwards(femo: Femo, board: GroveBoard) -> None:
    args = ("calibrate", "--gsr", board.uri, "--unworn-only", "--yes", "--seconds", "1")
    femo.ok(*args)
    wait_until(lambda: femo.run(*args).returncode == 0, "the sensor to be free", 10)
