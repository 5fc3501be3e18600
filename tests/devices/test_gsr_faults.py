"""Every fault that labs report of a serial sensor: named, and never a wrong sample.

One row a fault, on a real pseudo-terminal through pyserial. Each row says what is sent, which
values are samples, and which events the operator sees.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from femo_tui.devices.gsr import make_gsr
from femo_tui.errors import DeviceInUse
from tests.devices.gsr_wire import stream
from tests.support.inbox import CollectingInbox
from tests.support.pty_sensor import PtySensor

GOOD = b"3.50\r\n"  # volts, as the sketch of 2018 sent


def line(seq: int) -> bytes:
    return stream(seq, 1)[0]


@dataclass(frozen=True)
class Fault:
    name: str
    sent: bytes
    samples: list[float]
    events: list[str]  # in order, without connected


FAULTS = [
    Fault("the first line is cut", b"87\n3.87\n3.86\n", [3.87, 3.86], ["first_line_dropped"]),
    Fault("garbage", GOOD * 2 + b"\x07\x1b[2J##\n" + GOOD, [3.5] * 2, ["line_rejected"]),
    Fault("NUL bytes", GOOD * 2 + b"3.\x0041\n" + GOOD, [3.5] * 2, ["line_rejected"]),
    Fault("non-UTF-8", GOOD * 2 + b"\xff\xfe3.4\n" + GOOD, [3.5] * 2, ["line_rejected"]),
    Fault(
        "a line of 1 MB without end",
        GOOD * 2 + b"4" * (1 << 20) + b"\n" + GOOD,
        [3.5] * 2,
        ["line_rejected", "long_line_ended"],
    ),
    Fault("two numbers on a line", GOOD * 2 + b"3.41 3.42\n" + GOOD, [3.5] * 2, ["line_rejected"]),
    Fault("LF, CR and CRLF", b"3.1\n3.2\r3.3\r\n3.4\n", [3.2, 3.3, 3.4], []),
    Fault("exponents", GOOD + b"35e-1\n3.4E0\n", [3.5, 3.4], []),
    Fault("NaN and inf", GOOD * 2 + b"nan\ninf\n-inf\n" + GOOD, [3.5] * 2, ["line_rejected"] * 3),
    Fault("a comma decimal", GOOD * 2 + b"3,41\n" + GOOD, [3.5] * 2, ["line_rejected"]),
    Fault("out of range", GOOD * 2 + b"512.0\n" + GOOD, [3.5] * 2, ["line_rejected"]),
    Fault(
        "a duplicate",
        b"".join([line(1), line(2), line(2), line(3)]),
        [400.0] * 3,
        ["line_rejected"],
    ),
    Fault(
        "two lines in the wrong order",
        b"".join([line(1), line(3), line(2), line(4)]),
        [400.0] * 4,
        ["samples_lost", "sample_out_of_order"],
    ),
    Fault(
        "a wrong checksum",
        b"".join([line(1), line(2)[:-4] + b"00\r\n", line(3)]),
        [400.0] * 2,
        ["line_rejected", "samples_lost"],
    ),
    Fault(
        "three lines lost",
        b"".join([line(1), line(5)]),
        [400.0] * 2,
        ["samples_lost"],
    ),
]


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[PtySensor]:
    with PtySensor(tmp_path) as sensor:
        yield sensor


@pytest.fixture
def inbox(pty: PtySensor) -> Iterator[CollectingInbox]:
    collecting = CollectingInbox()
    sensor = make_gsr(f"serial:{pty.link}")
    assert sensor is not None
    sensor.open()
    sensor.start(collecting)
    yield collecting
    sensor.close()


def told(inbox: CollectingInbox) -> list[str]:
    """Return the events that a fault brought, without those of every opening."""
    usual = {"connected", "silent", "speaking_again"}
    return [event.name for event in inbox.events if event.name not in usual]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_each_fault_is_named_and_costs_its_own_line_only(
    pty: PtySensor, inbox: CollectingInbox, fault: Fault
) -> None:
    pty.write(fault.sent)
    inbox.wait_for(
        lambda _: (
            len(inbox.samples) >= len(fault.samples) and len(told(inbox)) >= len(fault.events)
        ),
        30,
    )
    assert [sample.raw for sample in inbox.samples] == fault.samples
    names = told(inbox)
    if fault.events[:1] != ["first_line_dropped"] and names[:1] == ["first_line_dropped"]:
        names = names[1:]  # every plain stream begins with that
    assert names == fault.events


def test_a_hole_of_401_ms_is_named_with_its_length(pty: PtySensor, inbox: CollectingInbox) -> None:
    clock = inbox.clock
    due_s = clock.now_s()
    for index, line in enumerate(stream(0, 20)):
        due_s += 0.401 if index == 10 else 0.1  # study.md: between samples 7 and 8 of a row
        clock.sleep_until(due_s)
        pty.write(line)
    inbox.wait_for(lambda _: len(inbox.samples) >= 20, 10)
    gaps = [event for event in inbox.events if "gap_s" in event.detail]
    assert len(gaps) == 1
    assert gaps[0].detail["gap_s"] == pytest.approx(0.401, abs=0.08)


def test_a_port_that_opens_and_never_speaks_is_silent(inbox: CollectingInbox) -> None:
    inbox.wait_for(lambda _: bool(inbox.named("silent")), 10)
    assert inbox.samples == []
    assert inbox.named("silent")[0].severity.value == "loss"


@pytest.mark.parametrize("away_s", [0.2, 30.0])
def test_unplugged_and_back(pty: PtySensor, inbox: CollectingInbox, away_s: float) -> None:
    pty.write(b"".join(stream(0, 5)))
    inbox.wait_for(lambda _: len(inbox.samples) >= 5, 10)
    held = os.open(pty.link, os.O_RDONLY | os.O_NOCTTY)  # so that it comes back under another name
    pty.unplug()
    inbox.wait_for(lambda _: bool(inbox.named("unplugged")), 10)
    inbox.clock.sleep_until(inbox.clock.now_s() + away_s)
    pty.plug()
    os.close(held)
    inbox.wait_for(lambda _: bool(inbox.named("reconnected")), 10)
    pty.write(b"".join(stream(5, 5)))
    inbox.wait_for(lambda _: len(inbox.samples) >= 10, 10)
    gap_s = inbox.samples[5].t_s - inbox.samples[4].t_s
    assert gap_s >= away_s
    assert inbox.named("speaking_again")[0].detail["gap_s"] == pytest.approx(gap_s, abs=0.01)


def test_a_second_reader_is_refused_and_the_first_reads_on(
    pty: PtySensor, inbox: CollectingInbox
) -> None:
    second = make_gsr(f"serial:{pty.link}")
    assert second is not None
    with pytest.raises(DeviceInUse):
        second.open()
    pty.write(b"".join(stream(0, 5)))
    inbox.wait_for(lambda _: len(inbox.samples) >= 5, 10)
    assert [sample.seq for sample in inbox.samples] == [0, 1, 2, 3, 4]
