"""A recorded file of microsiemens, played as if a sensor sent it."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

from femo_tui.devices.base import DeviceInfo, DeviceUri, Inbox, Record
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.conditions import Condition
from femo_tui.model.records import DeviceEvent, GsrSample, JsonValue, Severity, Stream
from femo_tui.signals.grove import flag_us

RATE_HZ = 10.0
COLUMNS = ("gsr_us", "EDA", "GSR")  # in this order, whatever the case


class ReplayGsr:
    """Plays one value after the other at a steady rate: a recording, named as such by its URI."""

    def __init__(self, uri: DeviceUri) -> None:
        self._uri = uri
        self._path = Path(uri.path).expanduser()
        self._rate_hz = uri.number("rate", RATE_HZ)
        if not uri.path:
            raise UsageError(f"device {uri.text}: name the file, as in replay:eda.csv")
        if not 0 < self._rate_hz <= 1000:
            raise UsageError(f"device {uri.text}: rate is from just above 0 to 1000 Hz")
        self._inbox: Inbox | None = None
        self._cells: list[str] = []

    def open(self) -> DeviceInfo:
        try:
            content = self._path.read_bytes()
            text = content.decode("utf-8-sig")
        except OSError as error:
            raise DeviceError(
                f"replay file {self._path} cannot be read ({error.strerror}): check its path"
            ) from error
        except UnicodeDecodeError as error:
            raise DeviceError(f"replay file {self._path} is no text in UTF-8") from error
        column, self._cells = _read_cells(text, self._path)
        self._next = 0
        facts: dict[str, JsonValue] = {
            "format": "replay",
            "unit": "us",
            "column": column,
            "values": len(self._cells),
            "sha256": hashlib.sha256(content).hexdigest(),
            "calibration": None,
        }
        model = f"replay of {self._path.name}"
        return DeviceInfo(self._uri.text, model, False, self._rate_hz, facts)

    def start(self, inbox: Inbox) -> None:
        self._start_s = inbox.clock.now_s()
        self._inbox = inbox
        inbox.attach(self)

    def cue(self, condition: Condition | None) -> None:
        """Change nothing: the file says what it says."""

    def close(self) -> None:
        if self._inbox is not None:
            self._inbox.detach(self)
            self._inbox = None

    def next_due_s(self) -> float | None:
        if self._next > len(self._cells):
            return None
        return self._start_s + (self._next + 1) / self._rate_hz

    def produce(self) -> Sequence[Record]:
        """Return the next value, stamped with the time it was due; after the last, the end."""
        due_s = self._start_s + (self._next + 1) / self._rate_hz
        self._next += 1
        if self._next > len(self._cells):
            what = f"The replay of {self._path.name} has ended after {len(self._cells)} values."
            return (DeviceEvent(due_s, Stream.GSR, "ended", Severity.LOSS, what),)
        cell = self._cells[self._next - 1]
        gsr_us = _number(cell)
        if gsr_us is None:
            what = f"Value {self._next} of {self._path.name} is not a number: {cell!r}"
            detail: dict[str, JsonValue] = {"reason": "not a number", "bytes": cell}
            event = DeviceEvent(due_s, Stream.GSR, "line_rejected", Severity.WARNING, what, detail)
            return (event,)
        return (GsrSample(due_s, gsr_us, gsr_us, flag_us(gsr_us)),)


def _read_cells(text: str, path: Path) -> tuple[str | None, list[str]]:
    """Return the column's name, None without a header, and its cells as they stand."""
    rows = [row for row in csv.reader(text.splitlines()) if any(cell.strip() for cell in row)]
    if not rows:
        raise DeviceError(f"replay file {path} holds no values")
    if _number(rows[0][0]) is not None:
        column, place = None, 0
        if max(len(row) for row in rows) > 1:
            raise DeviceError(
                f"replay file {path} has several columns and no header: name one of them gsr_us"
            )
    else:
        names = [cell.strip() for cell in rows.pop(0)]
        lower = [name.lower() for name in names]
        place = next((lower.index(c.lower()) for c in COLUMNS if c.lower() in lower), -1)
        if place < 0:
            raise DeviceError(
                f"replay file {path} has no column {', '.join(COLUMNS[:-1])} or {COLUMNS[-1]};"
                f" it has {', '.join(names)}"
            )
        column = names[place]
    cells = [row[place].strip() if place < len(row) else "" for row in rows]
    if all(_number(cell) is None for cell in cells):
        raise DeviceError(f"replay file {path} holds no number in its values")
    return column, cells


def _number(cell: str) -> float | None:
    """Return a finite number, None if `cell` is none."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
