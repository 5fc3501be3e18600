"""A simulated GSR sensor behind a line that fails: its bytes are read as a real sensor's are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import xor

from femo_tui.devices.base import DeviceInfo, GsrSensor, Inbox, Record
from femo_tui.devices.faults.tap import Tap
from femo_tui.devices.gsr_lines import LineFormat, LineReader
from femo_tui.devices.gsr_sim import READS_HZ
from femo_tui.devices.gsr_watch import GsrWatch
from femo_tui.model.conditions import Condition
from femo_tui.model.faults import Fault, FaultName, FaultPlan
from femo_tui.model.records import GsrSample
from femo_tui.signals.grove import GroveCalibration

HUNG_UP = "rehearsed: the port is gone"
_UNHEARD = (
    FaultName.GSR_SILENT,
    FaultName.GSR_LOST,
    FaultName.GSR_RESTART,
    FaultName.GSR_UNPLUGGED,
)


class FaultyGsr:
    """Turns each sample of `sensor` into a line of bytes, spoils it as planned, and reads it."""

    def __init__(self, sensor: GsrSensor, plan: FaultPlan) -> None:
        self._sensor = sensor
        self._plan = plan
        self._plugged = True
        self._restarted = False  # the next line is the first that a new start counts
        self._uncounted = 0  # of the sensor's samples: it counts its lines from there on
        self._held: GsrSample | None = None  # by a pause, until `_held_until_s`
        self._held_until_s = 0.0
        self._gap_made: Fault | None = None
        self._flat_total: int | None = None

    def open(self) -> DeviceInfo:
        info = self._sensor.open()
        facts = info.facts["calibration"]
        assert isinstance(facts, dict)
        assert info.rate_hz is not None
        self._calibration = GroveCalibration.from_facts(facts)
        self._interval_s = 1 / info.rate_hz
        self._reads = max(1, round(READS_HZ / info.rate_hz))
        self._port = info.uri
        return info

    def start(self, inbox: Inbox) -> None:
        now_s = self._sensor_began_s = self._last_line_s = inbox.clock.now_s()
        self._reader = LineReader(self._calibration, LineFormat.FEMO)
        self._watch = GsrWatch(self._port, 1 / self._interval_s, now_s)
        self._tap = Tap(inbox, self)
        self._sensor.start(self._tap)

    def cue(self, condition: Condition | None) -> None:
        self._sensor.cue(condition)

    def close(self) -> None:
        self._sensor.close()

    def next_due_s(self) -> float | None:
        if self._held is not None:
            return self._held_until_s
        return None if self._tap.source is None else self._tap.source.next_due_s()

    def produce(self) -> Sequence[Record]:
        """Make the sample that is due, and say what the recorder's end of the line has of it."""
        now_s = self.next_due_s()
        assert now_s is not None
        assert self._tap.source is not None
        records = self._plug(now_s)
        if self._held is not None:
            sample, self._held = self._held, None
            records += self._hear(sample, now_s)
        else:
            for made in self._tap.source.produce():
                if isinstance(made, GsrSample) and not self._pauses(made, now_s):
                    records += self._hear(made, now_s)
        return records + list(self._watch.tick(now_s))

    def _plug(self, now_s: float) -> list[Record]:
        """Pull the plug or put it in again, if it is time; the Arduino lives off that plug."""
        plugged = not self._plan.holding(FaultName.GSR_UNPLUGGED, now_s)
        if plugged == self._plugged:
            return []
        self._plugged = plugged
        if plugged:
            return [self._watch.reconnected(now_s)]
        self._restarted = True
        return [*self._reader.reopen(now_s), self._watch.unplugged(now_s, HUNG_UP)]

    def _pauses(self, sample: GsrSample, now_s: float) -> bool:
        """Tell whether the sensor pauses now; its next line comes when the gap is as long as asked.

        A sensor that pauses counts no line.
        """
        gap = self._plan.holding(FaultName.GSR_GAP, now_s)
        if gap is None or gap is self._gap_made:
            return False
        until_s = self._last_line_s + gap.lasts_s
        if now_s + self._interval_s <= until_s:
            self._uncounted += 1
        else:
            self._gap_made = gap
            self._held, self._held_until_s = sample, max(until_s, now_s)
        return True

    def _hear(self, sample: GsrSample, now_s: float) -> list[Record]:
        """Return what is read of the sample's line."""
        if self._plan.holding(FaultName.GSR_RESTART, now_s):
            self._restarted = True
        if any(self._plan.holding(name, now_s) for name in _UNHEARD):
            return []
        self._last_line_s = now_s
        line = self._line(sample, now_s)
        if self._plan.holding(FaultName.GSR_GARBAGE, now_s):
            line = _garbled(line, sample.seq or 0)
        return list(self._watch.heard(self._reader.feed(line, now_s)))

    def _line(self, sample: GsrSample, now_s: float) -> bytes:
        """Return the line that femo's sketch sends for this sample."""
        assert sample.seq is not None
        if self._restarted:
            self._restarted = False
            self._uncounted = sample.seq
            self._sensor_began_s = now_s - self._interval_s
        micros = round((now_s - self._sensor_began_s) * 1e6) % (1 << 32)
        count = sample.seq - self._uncounted
        body = b"F,%d,%d,%d,%d" % (count, micros, self._total(sample, now_s), self._reads)
        return b"%s*%02X\r\n" % (body, reduce(xor, body))

    def _total(self, sample: GsrSample, now_s: float) -> int:
        """Return the sum of the reads behind the sample, or of what the fault makes of them."""
        total = round(sample.raw * self._reads)
        if self._plan.holding(FaultName.GSR_FLAT, now_s):
            self._flat_total = total if self._flat_total is None else self._flat_total
            return self._flat_total
        self._flat_total = None
        if self._plan.holding(FaultName.GSR_NOT_WORN, now_s):
            return math.ceil(self._calibration.cal * self._reads)
        return 0 if self._plan.holding(FaultName.GSR_CLIPPED, now_s) else total


def _garbled(line: bytes, turn: int) -> bytes:
    """Return a line as bad contacts make it: a bit flipped, its begin missing, or noise."""
    flipped = line[:2] + bytes([line[2] ^ 1]) + line[3:]
    return (flipped, line[len(line) // 2 :], b"\xff\xfe" + line[4:])[turn % 3]
