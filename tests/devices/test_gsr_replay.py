"""Replayed files: every value as it stands, at a steady rate, and the end said loudly."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from femo_tui.devices.gsr import make_gsr
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.records import SampleFlag, Severity
from tests.support.inbox import CollectingInbox

EDA = Path(__file__).parents[1] / "data" / "eda" / "neurokit_eda_10hz.csv"


def replay(path: Path, options: str = "", until_s: float = 1000.0) -> CollectingInbox:
    inbox = CollectingInbox(VirtualClock(0.0))
    sensor = make_gsr(f"replay:{path}{options}")
    assert sensor is not None
    sensor.open()
    sensor.start(inbox)
    sensor.cue(None)
    inbox.run_until(until_s)
    sensor.close()
    return inbox


def test_a_real_recording_comes_out_as_it_stands() -> None:
    values = [float(line) for line in EDA.read_text().splitlines()[1:]]
    inbox = replay(EDA)
    assert [s.gsr_us for s in inbox.samples] == values
    assert [s.raw for s in inbox.samples] == values
    assert {s.flag for s in inbox.samples} == {SampleFlag.OK}
    assert [s.t_s for s in inbox.samples] == pytest.approx(
        [0.1 * (i + 1) for i in range(len(values))]
    )


def test_the_end_is_a_loss() -> None:
    (end,) = replay(EDA).events
    assert (end.name, end.severity) == ("ended", Severity.LOSS)
    assert end.t_s == pytest.approx(150.1)


def test_it_says_that_it_is_a_replay_and_of_what() -> None:
    sensor = make_gsr(f"replay:{EDA}?rate=20")
    assert sensor is not None
    info = sensor.open()
    sensor.close()
    assert not info.simulated  # a recording of a person; the URI and the facts say which
    assert info.rate_hz == 20
    assert info.facts["format"] == "replay"
    assert info.facts["column"] == "EDA"
    assert info.facts["values"] == 1500
    assert info.facts["sha256"] == hashlib.sha256(EDA.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "4.5\n4.6\n",
        "4.5\r\n\r\n4.6",
        "﻿4.5\n4.6\n",
        "gsr_us\n4.5\n4.6\n",
        "Timestamp, ID, Emotion, GSR, Picture number\n1,S3,Happy,4.5,1\n2,S3,Happy, 4.6,2\n",
        "t_s,GSR,gsr_us\n0,400,4.5\n1,401,4.6\n",
        "eda\n4.5\n4.6\n",
    ],
)
def test_numbers_and_columns(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    assert [s.gsr_us for s in replay(file, "?rate=1").samples] == [4.5, 4.6]


def test_what_is_no_number_is_an_event_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "eda.csv"
    file.write_text("t_s,gsr_us\n0,4.5\n1,\n2,nan\n3\n4,75\n")
    inbox = replay(file)
    assert [(s.gsr_us, s.flag) for s in inbox.samples] == [
        (4.5, SampleFlag.OK),
        (75.0, SampleFlag.OUT_OF_RANGE),
    ]
    assert [e.t_s for e in inbox.named("line_rejected")] == pytest.approx([0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no values"),
        (b"time,volts\n1,2\n", "no column gsr_us, EDA or GSR; it has time, volts"),
        (b"EDA\nx\n", "holds no number"),
        (b"3,87\n3,90\n", "several columns and no header"),
        (b"\xff\xfe4\x005\x00", "UTF-8"),
    ],
)
def test_a_file_that_holds_no_recording_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    with pytest.raises(DeviceError, match=message):
        replay(file)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"nothing\.csv cannot be read"):
        replay(tmp_path / "nothing.csv")
    with pytest.raises(UsageError, match="name the file"):
        make_gsr("replay:")
