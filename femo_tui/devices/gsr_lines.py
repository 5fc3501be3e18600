"""Turns the bytes of a GSR sensor into samples, and whatever is no sample into events.

Two formats: *plain*, one number a line, and *femo*, `F,<seq>,<micros>,<sum>,<n>*<checksum>`, where
the checksum is the XOR of every byte before the `*`, in hexadecimal, and sum/n is the mean of n ADC
reads.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import reduce
from operator import xor
from typing import TypeAlias

from femo_tui.devices.gsr_counter import Found, SensorCounter
from femo_tui.model.records import DeviceEvent, GsrSample, JsonValue, Severity, Stream
from femo_tui.signals.grove import GroveCalibration, flag_us

MAX_LINE_BYTES = 256  # the longest line of either format has under 60
US_LIMIT = 100.0  # no skin conducts that much: a broken line, not a reading

Reading: TypeAlias = GsrSample | DeviceEvent

_LINE_END = re.compile(rb"[\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_FRAMED = re.compile(rb"F,(\d{1,10}),(\d{1,10}),(\d{1,10}),(\d{1,10})\*([0-9A-Fa-f]{1,2})")


class LineFormat(StrEnum):
    """How a sensor writes its lines."""

    AUTO = "auto"  # framed if the line begins with F,
    FEMO = "femo"
    PLAIN = "plain"


class Unit(StrEnum):
    """What the number of a plain line stands for."""

    VOLT = "volt"
    ADC = "adc"
    US = "us"


class Rejection(StrEnum):
    """Why a line is no sample."""

    NOT_UTF8 = "not UTF-8"
    CONTROL = "control characters"
    OVER_LONG = "over-long"
    TORN = "torn"
    CHECKSUM = "checksum wrong"
    UNFRAMED = "not framed"
    DECIMAL_COMMA = "decimal comma"
    SEVERAL = "more than one number"
    NOT_FINITE = "not finite"
    NOT_A_NUMBER = "not a number"
    OUT_OF_RANGE = "out of range"
    DUPLICATE = "duplicate"


class _Rejected(Exception):
    """A line is no sample; never leaves this module."""

    def __init__(self, why: Rejection) -> None:
        self.why = why


class LineReader:
    """Reads one sensor's bytes; whatever they are, nothing is raised and memory stays bounded."""

    def __init__(
        self,
        calibration: GroveCalibration,
        line_format: LineFormat = LineFormat.AUTO,
        unit: Unit = Unit.VOLT,
    ) -> None:
        self._calibration = calibration
        self._format = line_format
        self._unit = unit
        self._counter = SensorCounter()
        self._framed_seen = False
        self._line = bytearray()
        self._cut_bytes = 0  # of an over-long line
        self._first = True

    def feed(self, chunk: bytes, t_s: float) -> list[Reading]:
        """Return what the lines say that end in `chunk`, which arrived at `t_s`."""
        found: list[Reading] = []
        *ended, rest = _LINE_END.split(chunk)
        for piece in ended:
            self._keep(piece, t_s, found)
            self._end_line(t_s, found)
        self._keep(rest, t_s, found)
        return found

    def reopen(self, t_s: float) -> list[Reading]:
        """Start anew after the connection was lost; return what became of the line it cut."""
        found: list[Reading] = []
        if self._cut_bytes:
            self._end_line(t_s, found)
        elif self._line:
            found.append(_rejected(Rejection.TORN, bytes(self._line), t_s))
        self._line.clear()
        self._first = True
        self._framed_seen = False
        self._counter.reopen()
        return found

    def _keep(self, piece: bytes, t_s: float, found: list[Reading]) -> None:
        room = MAX_LINE_BYTES - len(self._line)
        self._line += piece[:room]
        if len(piece) > room:
            if not self._cut_bytes:
                found.append(_rejected(Rejection.OVER_LONG, bytes(self._line), t_s))
            self._cut_bytes += len(piece) - room

    def _end_line(self, t_s: float, found: list[Reading]) -> None:
        line, cut_bytes, first = bytes(self._line), self._cut_bytes, self._first
        self._line.clear()
        self._cut_bytes = 0
        self._first = False
        if cut_bytes:
            found.append(
                _event(
                    "long_line_ended",
                    Severity.INFO,
                    f"The over-long GSR line ended after {MAX_LINE_BYTES + cut_bytes} bytes.",
                    t_s,
                    {"cut_bytes": cut_bytes},
                )
            )
        elif line:  # the LF of a CRLF ends nothing
            try:
                self._read(line, t_s, first, found)
            except _Rejected as rejected:
                found.append(_rejected(rejected.why, line, t_s))

    def _read(self, line: bytes, t_s: float, first: bool, found: list[Reading]) -> None:
        """Add what `line` says to `found`; the first line may have begun before it was heard."""
        text = line.strip(b" \t")
        framed = text.startswith(b"F,") and self._format is not LineFormat.PLAIN
        try:
            if framed:
                self._read_framed(text, line, t_s, found)
                return
            if not first:
                found.append(self._read_plain(text, t_s))
                return
        except _Rejected:
            if not first:
                raise
        found.append(
            _event(
                "first_line_dropped",
                Severity.INFO,
                f"The first GSR line may be cut and was dropped: {_escaped(line)}",
                t_s,
                {"bytes": _escaped(line)},
            )
        )

    def _read_framed(self, text: bytes, line: bytes, t_s: float, found: list[Reading]) -> None:
        body, _, checksum = text.partition(b"*")
        match = _FRAMED.fullmatch(text)
        if not match:
            raise _Rejected(Rejection.TORN)
        if reduce(xor, body) != int(checksum, 16):
            raise _Rejected(Rejection.CHECKSUM)
        seq, micros, total, n = (int(digits) for digits in match.groups()[:4])
        in_range = n > 0 and total <= n * (self._calibration.steps - 1)
        if not in_range or max(seq, micros) >= 1 << 32:
            raise _Rejected(Rejection.OUT_OF_RANGE)
        self._framed_seen = True
        place = self._counter.place(seq, micros, t_s)
        if place.found is Found.DUPLICATE:
            raise _Rejected(Rejection.DUPLICATE)
        detail: dict[str, JsonValue] = {"seq": place.seq, "bytes": _escaped(line)}
        if place.found is Found.AFTER_LOSS:
            what = f"{place.lost} GSR samples were lost before number {place.seq}."
            detail = {"count": place.lost, "seq": place.seq}
            found.append(_event("samples_lost", Severity.LOSS, what, t_s, detail))
        elif place.found is Found.LATE:
            what = f"GSR sample number {place.seq} came late; it had been counted as lost."
            found.append(_event("sample_out_of_order", Severity.WARNING, what, t_s, detail))
        elif place.found is Found.RESTARTED:
            what = "The GSR sensor restarted; what it read until it was back is lost."
            found.append(_event("sensor_restarted", Severity.LOSS, what, t_s, detail))
        raw = total / n
        judged = self._calibration.judge(raw)
        found.append(GsrSample(t_s, raw, *judged, place.device_s, place.seq, n))

    def _read_plain(self, text: bytes, t_s: float) -> GsrSample:
        raw = _one_number(text)
        if self._format is LineFormat.FEMO or self._framed_seen:
            raise _Rejected(Rejection.UNFRAMED)
        if self._unit is Unit.US:
            if not 0 <= raw <= US_LIMIT:
                raise _Rejected(Rejection.OUT_OF_RANGE)
            return GsrSample(t_s, raw, raw, flag_us(raw))
        volts = self._unit is Unit.VOLT
        counts = self._calibration.counts_of_volts(raw) if volts else raw
        # A reference of 5 V is printed as 5.00 by some sketches and as 1023/1024 of it by others.
        if not 0 <= counts <= self._calibration.steps - (0 if volts else 1):
            raise _Rejected(Rejection.OUT_OF_RANGE)
        return GsrSample(t_s, raw, *self._calibration.judge(counts))


def _one_number(line: bytes) -> float:
    """Return the one finite number that `line` is; raise _Rejected with the reason."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise _Rejected(Rejection.NOT_UTF8) from None
    if any(ord(c) < 32 and c != "\t" for c in text):
        raise _Rejected(Rejection.CONTROL)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise _Rejected(Rejection.NOT_FINITE)
        return number
    if _DECIMAL_COMMA.fullmatch(text):
        raise _Rejected(Rejection.DECIMAL_COMMA)
    if _NOT_FINITE.fullmatch(text):
        raise _Rejected(Rejection.NOT_FINITE)
    words = re.split(r"[\s,;]+", text)
    if len(words) > 1 and all(_NUMBER.fullmatch(word) for word in words):
        raise _Rejected(Rejection.SEVERAL)
    raise _Rejected(Rejection.NOT_A_NUMBER)


def _escaped(line: bytes) -> str:
    r"""Return `line` in ASCII, other bytes as \xNN; nothing of it is lost."""
    return line.decode("latin-1").encode("unicode_escape").decode("ascii")


def _rejected(why: Rejection, line: bytes, t_s: float) -> DeviceEvent:
    return _event(
        "line_rejected",
        Severity.WARNING,
        f"A GSR line is no reading ({why.value}): {_escaped(line)}",
        t_s,
        {"reason": why.value, "bytes": _escaped(line)},
    )


def _event(
    name: str, severity: Severity, text: str, t_s: float, detail: dict[str, JsonValue]
) -> DeviceEvent:
    return DeviceEvent(t_s, Stream.GSR, name, severity, text, detail)
