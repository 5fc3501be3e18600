"""The two line formats: what is a sample, what is an event, and that nothing else happens."""

from __future__ import annotations

import math
import random
import re
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femo_tui.devices.gsr_lines import LineFormat, LineReader, Reading, Unit
from femo_tui.model.records import DeviceEvent, GsrSample, SampleFlag, Severity, Stream
from femo_tui.signals.grove import GroveCalibration
from tests.devices.gsr_wire import framed, stream

GROVE = GroveCalibration()


def plain(unit: Unit = Unit.VOLT) -> LineReader:
    """Return a reader whose first line is behind it."""
    reader = LineReader(GROVE, LineFormat.AUTO, unit)
    assert reader.feed(b"\n", 0.0) == []
    return reader


def samples(found: Iterable[Reading]) -> list[GsrSample]:
    return [r for r in found if isinstance(r, GsrSample)]


def events(found: Iterable[Reading]) -> list[DeviceEvent]:
    return [r for r in found if isinstance(r, DeviceEvent)]


def names(found: Iterable[Reading]) -> list[str]:
    return [event.name for event in events(found)]


def feed_all(reader: LineReader, lines: Iterable[bytes], period_s: float = 0.1) -> list[Reading]:
    return [r for i, line in enumerate(lines) for r in reader.feed(line, 100 + i * period_s)]


def test_the_cut_first_line_of_2018_is_never_data() -> None:
    """Row 1 was `87`, row 2 `3.87`."""
    found = LineReader(GROVE).feed(b"87\r\n3.87\r\n", 5.0)
    assert [s.raw for s in samples(found)] == [3.87]
    (dropped,) = events(found)
    assert (dropped.name, dropped.stream, dropped.severity) == (
        "first_line_dropped",
        Stream.GSR,
        Severity.INFO,
    )
    assert dropped.detail["bytes"] == "87"


def test_a_framed_first_line_that_checks_is_kept() -> None:
    found = LineReader(GROVE).feed(framed(7, 700_000), 5.0)
    gsr_us = GROVE.conductance_us(400)
    assert found == [GsrSample(5.0, 400.0, gsr_us, SampleFlag.OK, 0.7, 7, reads=100)]


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_framed_first_line_that_is_cut_is_dropped(cut: int) -> None:
    reader = LineReader(GROVE)
    assert names(reader.feed(framed(7, 700_000)[cut:], 5.0)) == ["first_line_dropped"]
    assert len(samples(reader.feed(framed(8, 800_000), 5.1))) == 1


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_line_ends_and_torn_chunks(end: bytes, size: int) -> None:
    sent = end.join([b"9", b"2.00", b"1.50", b" 1.25\t", b""])
    reader = LineReader(GROVE)
    found = [r for i in range(0, len(sent), size) for r in reader.feed(sent[i : i + size], 1.0)]
    assert [s.raw for s in samples(found)] == [2.0, 1.5, 1.25]
    assert names(found) == ["first_line_dropped"]


def test_a_sample_is_stamped_when_its_line_ended() -> None:
    reader = plain()
    assert reader.feed(b"1.", 1.0) == []
    assert [s.t_s for s in samples(reader.feed(b"5\n2.0", 2.0) + reader.feed(b"\n", 3.0))] == [2, 3]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"3.87 2.92", "more than one number"),
        (b"3.87,2.92", "more than one number"),
        (b"3,87", "decimal comma"),
        (b"nan", "not finite"),
        (b"-Infinity", "not finite"),
        (b"1e999", "not finite"),
        (b"GSR: 3.87", "not a number"),
        (b"3.8.7", "not a number"),
        (b"1_0", "not a number"),
        (b"0x1F", "not a number"),
        (b"--1", "not a number"),
        (b"   ", "not a number"),
        ("٣".encode(), "not a number"),  # an Arabic digit, which float() would take
        (b"3.8\xff7", "not UTF-8"),
        (b"3.8\x007", "control characters"),
        (b"\x003.87", "control characters"),
        (b"5.01", "out of range"),
        (b"-0.1", "out of range"),
        (b"480", "out of range"),
        (b"F,1,2", "torn"),
        (b"F,1,100000,40000,100*", "torn"),
        (b"F,1,100000,40000,100*00", "checksum wrong"),
    ],
)
def test_what_is_not_one_finite_number_in_range_is_an_event(line: bytes, reason: str) -> None:
    found = plain().feed(line + b"\n", 4.0)
    (event,) = events(found)
    assert len(found) == 1
    assert (event.t_s, event.name, event.severity) == (4.0, "line_rejected", Severity.WARNING)
    assert event.detail["reason"] == reason
    kept = str(event.detail["bytes"])
    assert kept.isascii()
    assert kept.encode().decode("unicode_escape").encode("latin-1") == line


@pytest.mark.parametrize(
    ("unit", "line", "raw", "gsr_us", "flag"),
    [
        # Seeed's formula by hand at r = 400, 256, 0; 600 is above the unworn 512.
        (Unit.ADC, b"400", 400, 6.14, SampleFlag.OK),
        (Unit.ADC, b"4e2", 400, 6.14, SampleFlag.OK),
        (Unit.ADC, b"600", 600, None, SampleFlag.NOT_WORN),
        (Unit.ADC, b"0", 0, 50.0, SampleFlag.CLIPPED),
        (Unit.VOLT, b"1.25", 1.25, 16.7, SampleFlag.OK),
        (Unit.VOLT, b"3.87", 3.87, None, SampleFlag.NOT_WORN),
        (Unit.VOLT, b"5.00", 5.0, None, SampleFlag.NOT_WORN),
        (Unit.US, b"+4.81", 4.81, 4.81, SampleFlag.OK),
        (Unit.US, b".03", 0.03, 0.03, SampleFlag.OUT_OF_RANGE),
        (Unit.US, b"75", 75, 75, SampleFlag.OUT_OF_RANGE),
    ],
)
def test_units(unit: Unit, line: bytes, raw: float, gsr_us: float | None, flag: SampleFlag) -> None:
    (sample,) = samples(plain(unit).feed(line + b"\n", 1.0))
    assert (sample.raw, sample.flag) == (raw, flag)
    assert sample.gsr_us == (None if gsr_us is None else pytest.approx(gsr_us, rel=3e-3))
    assert (sample.seq, sample.device_s) == (None, None)


@pytest.mark.parametrize(("unit", "line"), [(Unit.ADC, b"1024"), (Unit.US, b"101")])
def test_what_the_sensor_cannot_read_is_rejected(unit: Unit, line: bytes) -> None:
    assert names(plain(unit).feed(line + b"\n", 1.0)) == ["line_rejected"]


def test_formats_that_were_named_are_kept_to() -> None:
    femo = LineReader(GROVE, LineFormat.FEMO)
    assert names(femo.feed(b"1.5\n1.5\n", 1.0)) == ["first_line_dropped", "line_rejected"]
    number = LineReader(GROVE, LineFormat.PLAIN)
    assert names(number.feed(framed(1, 1) + framed(2, 2), 1.0)) == [
        "first_line_dropped",
        "line_rejected",
    ]


def test_once_framed_a_bare_number_is_rejected() -> None:
    reader = LineReader(GROVE)
    found = reader.feed(framed(1, 100_000) + b"3\r\n", 1.0)
    assert [e.detail["reason"] for e in events(found)] == ["not framed"]


@pytest.mark.parametrize("total_n", [(1024, 1), (0, 0), (4_294_967_295, 100)])
def test_a_framed_line_with_an_impossible_mean_is_rejected(total_n: tuple[int, int]) -> None:
    found = plain().feed(framed(1, 1, *total_n), 1.0)
    assert [e.detail["reason"] for e in events(found)] == ["out of range"]


def test_any_single_broken_byte_of_a_framed_line_is_noticed() -> None:
    whole = framed(123, 12_300_000)
    for place in range(len(whole) - 2):
        for byte in set(range(256)) - {whole[place], *b"\r\n"}:
            broken = whole[:place] + bytes([byte]) + whole[place + 1 :]
            got = samples(plain().feed(broken, 1.0))
            # the case of a checksum digit is the only difference that makes none
            assert not got or broken.lower() == whole.lower()


def test_lost_lines_are_counted_by_sequence() -> None:
    sent = stream(0, 20)
    found = feed_all(LineReader(GROVE), sent[:5] + sent[8:9] + sent[10:])
    lost = [(e.name, e.severity, e.detail["count"]) for e in events(found)]
    assert lost == [("samples_lost", Severity.LOSS, 3), ("samples_lost", Severity.LOSS, 1)]
    assert [s.seq for s in samples(found)] == [*range(5), 8, *range(10, 20)]
    assert samples(found)[-1].device_s == pytest.approx(1.9)


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("period_us", [1000, 100_000])
def test_the_sequence_wraps(bits: int, period_us: int) -> None:
    sent = stream((1 << bits) - 3, 8, period_us=period_us, bits=bits)
    found = feed_all(LineReader(GROVE), sent[:2] + sent[4:], period_us / 1e6)
    seqs = [s.seq for s in samples(found)]
    assert seqs == [(1 << bits) - 3 + i for i in (0, 1, 4, 5, 6, 7)]
    assert [(e.name, e.detail["count"]) for e in events(found)] == [("samples_lost", 2)]
    device_s = [s.device_s for s in samples(found)]
    assert all(s is not None for s in device_s)
    span_s = (device_s[-1] or 0) - (device_s[0] or 0)
    assert span_s == pytest.approx(7 * period_us / 1e6)


def test_the_sensors_microseconds_wrap() -> None:
    at = (1 << 32) // 100_000 - 3
    device_s = [s.device_s for s in samples(feed_all(LineReader(GROVE), stream(at, 8)))]
    assert device_s == pytest.approx([(at + i) / 10 for i in range(8)])


def test_a_silence_longer_than_the_microseconds_go_is_placed_by_the_host() -> None:
    reader = LineReader(GROVE)
    feed_all(reader, stream(0, 10))
    (lost, sample) = reader.feed(stream(90_000, 1)[0], 100 + 9000.0)
    assert isinstance(lost, DeviceEvent)
    assert lost.detail["count"] == 89_990
    assert isinstance(sample, GsrSample)
    assert sample.device_s == pytest.approx(9000.0)


@pytest.mark.parametrize("lines_before", [200, 5000, 21_000, 40_000, 65_000])
@pytest.mark.parametrize("first_again", [0, 3])
def test_a_restart_is_named_and_taken_for_no_loss(lines_before: int, first_again: int) -> None:
    reader = LineReader(GROVE)
    before = samples(feed_all(reader, stream(lines_before - 5, 5)))  # the last at 100.4
    found = [
        r for i, line in enumerate(stream(first_again, 4)) for r in reader.feed(line, 102 + i / 10)
    ]
    assert [(e.name, e.severity) for e in events(found)] == [("sensor_restarted", Severity.LOSS)]
    assert [s.seq for s in samples(found)] == [lines_before + i for i in range(4)]
    after_s = [(s.device_s or 0) - (before[-1].device_s or 0) for s in samples(found)]
    assert after_s == pytest.approx([1.6, 1.7, 1.8, 1.9])


def test_a_restart_right_after_the_start_follows_a_reconnection() -> None:
    reader = LineReader(GROVE)
    feed_all(reader, stream(0, 6))
    assert reader.reopen(101.0) == []
    found = [r for i, line in enumerate(stream(0, 3)) for r in reader.feed(line, 101 + i / 10)]
    assert names(found) == ["sensor_restarted"]
    assert [s.seq for s in samples(found)] == [6, 7, 8]


def test_a_sensor_that_went_on_while_unheard_has_lost_what_it_sent() -> None:
    reader = LineReader(GROVE)
    feed_all(reader, stream(0, 6))
    reader.reopen(100.6)
    sent = stream(0, 30)
    found = reader.feed(sent[25][4:] + sent[26], 102.6)
    assert names(found) == ["first_line_dropped", "samples_lost"]
    assert events(found)[1].detail["count"] == 20


def test_duplicates_and_late_lines_are_named() -> None:
    sent = stream(0, 10)
    found = feed_all(LineReader(GROVE), [*sent[:5], sent[4], sent[6], sent[5], *sent[7:]])
    assert [(e.name, e.detail.get("reason")) for e in events(found)] == [
        ("line_rejected", "duplicate"),
        ("samples_lost", None),
        ("sample_out_of_order", None),
    ]
    assert [s.seq for s in samples(found)] == [0, 1, 2, 3, 4, 6, 5, 7, 8, 9]
    assert [s.device_s for s in samples(found)] == pytest.approx(
        [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.5, 0.7, 0.8, 0.9]
    )


def test_a_line_cut_by_an_unplug_is_torn() -> None:
    reader = plain()
    reader.feed(b"3.8", 1.0)
    (torn,) = events(reader.reopen(2.0))
    assert (torn.name, torn.detail["reason"], torn.detail["bytes"]) == (
        "line_rejected",
        "torn",
        "3.8",
    )
    assert names(reader.feed(b"7\n3.5\n", 3.0)) == ["first_line_dropped"]


def test_a_megabyte_without_line_end_stays_small() -> None:
    reader = plain()
    tracemalloc.start()
    found = [r for _ in range(1024) for r in reader.feed(b"7" * 1024, 1.0)]
    kept_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept_bytes < 20_000
    (event,) = events(found)
    assert event.detail["reason"] == "over-long"
    assert len(str(event.detail["bytes"])) == 256
    ended = reader.feed(b"\n2.5\n", 2.0)
    assert events(ended)[0].detail["cut_bytes"] == 1024 * 1024 - 256
    assert [s.raw for s in samples(ended)] == [2.5]


def _check(sent: bytes, chunks: list[bytes], line_format: LineFormat, unit: Unit) -> None:
    """Feed `sent` whole and in chunks: same outcome, every line accounted for, all finite."""
    whole = LineReader(GROVE, line_format, unit).feed(sent, 1.0)
    reader = LineReader(GROVE, line_format, unit)
    assert [r for chunk in chunks for r in reader.feed(chunk, 1.0)] == whole
    for sample in samples(whole):
        assert math.isfinite(sample.raw)
        assert sample.gsr_us is None or math.isfinite(sample.gsr_us)
        assert (sample.gsr_us is None) == (sample.flag is SampleFlag.NOT_WORN)
    *ended, rest = re.split(rb"[\r\n]", sent)
    outcomes = len(samples(whole)) + sum(
        name in ("line_rejected", "first_line_dropped") for name in names(whole)
    )
    assert outcomes == sum(1 for line in ended if line) + (len(rest) > 256)


LINES = st.one_of(
    st.binary(max_size=40),
    st.floats(0, 5).map(lambda v: b"%.2f" % v),
    st.text("0123456789.,eE+-*F nai\t", max_size=20).map(str.encode),
    st.builds(framed, st.integers(0, 1 << 33), st.integers(0, 1 << 33), st.integers(0, 1 << 33)),
    st.binary(min_size=250, max_size=300),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(LINES, max_size=20),
    st.sampled_from([b"\n", b"\r", b"\r\n"]),
    st.integers(1, 50),
    st.sampled_from(LineFormat),
    st.sampled_from(Unit),
)
def test_any_bytes_end_as_samples_or_events(
    lines: list[bytes], end: bytes, size: int, line_format: LineFormat, unit: Unit
) -> None:
    sent = end.join(lines)
    _check(sent, [sent[i : i + size] for i in range(0, len(sent), size)], line_format, unit)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_a_thousand_damaged_lines(seed: int) -> None:
    """A hundred times: a sensor's lines with bytes flipped, dropped, doubled and torn."""
    noise = random.Random(seed)
    lines = stream(noise.randrange(1 << 32), 500) + [b"%.2f\n" % noise.uniform(0, 5)] * 500
    noise.shuffle(lines)
    sent = bytearray(b"".join(lines))
    for _ in range(300):
        place = noise.randrange(len(sent))
        sent[place : place + noise.randrange(3)] = noise.randbytes(noise.randrange(3))
    chunks, place = [], 0
    while place < len(sent):
        size = noise.randrange(1, 400)
        chunks.append(bytes(sent[place : place + size]))
        place += size
    _check(bytes(sent), chunks, LineFormat.AUTO, Unit.VOLT)
