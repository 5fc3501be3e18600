"""The shipped sketch itself, on a simulated Uno with a ramp at its input, into `femo record`."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from femo_tui.devices.gsr_lines import LineReader
from femo_tui.model.records import GsrSample
from femo_tui.signals.grove import GroveCalibration
from tests.support.femo import Femo, run_events, wait_until
from tests.support.uno import SKETCH, Ramp, build_board, build_sketch, running_uno

# name → FEMO_FAST, period, ADC reads a line: a read takes 13 cycles of 125 kHz, 104 µs, and a bit
MODES = {"slow": (False, 100_000, range(880, 910)), "fast": (True, 1000, range(4, 10))}
SPOIL_EVERY = 10


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_board(tmp_path_factory.mktemp("board"))


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def firmware(mode: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sketch(tmp_path_factory.mktemp(mode), fast=MODES[mode][0])


def test_every_line_checks_and_sums_over_exactly_its_period(
    board: Path, firmware: Path, mode: str, tmp_path: Path
) -> None:
    _, period_us, reads = MODES[mode]
    ramp = Ramp(start_mv=200, mv_per_s=900)
    with running_uno(board, firmware, tmp_path, ramp=ramp, speed=0) as uno:
        wait_until(lambda: len(uno.bytes_lines()) >= 30, "30 lines")
    sent, lines = uno.bytes_lines(), uno.lines()
    reader = LineReader(GroveCalibration())
    found = [record for line in sent for record in reader.feed(line + b"\r\n", 0.0)]
    assert all(isinstance(record, GsrSample) for record in found)
    assert [line.seq for line in lines] == list(range(len(lines)))
    assert {after.micros - before.micros for before, after in pairwise(lines)} == {period_us}
    assert all(line.n in reads for line in lines)
    for line in lines:  # the ADC rounds down; the ramp moves 0.1 count while it reads
        middle_s = (line.micros - period_us / 2) / 1e6
        assert -1.3 < line.total / line.n - min(ramp.counts_at(middle_s), 1023) < 0.3


def test_a_recording_holds_what_the_board_sent_and_counts_what_was_spoiled(
    board: Path, firmware: Path, mode: str, femo: Femo, short_protocol: Path, tmp_path: Path
) -> None:
    """Every tenth line loses a byte, or its end and with it the next line."""
    fast, period_us, _ = MODES[mode]
    femo.ok("participant", "add", "S01", "--consent", "gsr")
    with running_uno(board, firmware, tmp_path, spoil_every=SPOIL_EVERY) as uno:
        uri = f"serial:{uno.port}{'?baud=500000' if fast else ''}"
        said = femo.json(
            *("record", "--participant", "S01", "--protocol", str(short_protocol), "--auto"),
            *("--gsr", uri, "--camera", "none", "--player", "sim"),
        )
    run_dir = Path(said["run_dir"])
    with (run_dir / "gsr.csv").open(newline="") as file:
        rows = {int(row["seq"]): row for row in csv.DictReader(file)}
    first, last = min(rows), max(rows)
    sent = {line.seq: line for line in uno.lines()}
    spoiled = {seq for seq in range(first, last) if seq % SPOIL_EVERY == SPOIL_EVERY - 1} | {
        seq for seq in range(first, last) if seq % (2 * SPOIL_EVERY) == 0 and seq > first
    }

    assert set(range(first, last + 1)) - set(rows) == spoiled
    assert said["gsr_lost"] == len(spoiled)
    assert said["gsr_samples"] == len(rows)
    assert len(rows) * period_us / 1e6 > 4  # seconds of the run's six
    for seq, row in rows.items():
        assert float(row["raw"]) == pytest.approx(sent[seq].total / sent[seq].n, abs=1e-4)
        assert float(row["device_s"]) == pytest.approx(sent[seq].micros / 1e6, abs=1e-5)
    rejected = [e for e in run_events(run_dir, "device") if e["name"] == "line_rejected"]
    assert said["gsr_rejected_lines"] == len(rejected)
    assert all(event["detail"]["bytes"] for event in rejected)


def test_the_sketch_is_set_to_ten_lines_a_second() -> None:
    sketch = SKETCH.read_text()
    assert "#define FEMO_FAST 0" in sketch
    assert "115200" in sketch
