"""A GSR sensor that another program offers as an LSL stream: one thread that pulls and stamps."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from femo_tui.devices.base import DeviceInfo, DeviceUri, Inbox
from femo_tui.devices.gsr_facts import sensor_facts
from femo_tui.devices.gsr_lines import Reading, Unit
from femo_tui.devices.gsr_watch import GsrWatch
from femo_tui.devices.lsl import load_lsl
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.conditions import Condition
from femo_tui.model.records import (
    DeviceEvent,
    GsrSample,
    JsonValue,
    SampleFlag,
    Severity,
    Stream,
)
from femo_tui.signals.grove import GroveCalibration, flag_us

if TYPE_CHECKING:
    from types import ModuleType

    from pylsl import StreamInfo, StreamInlet

SEARCH_S = 3.0  # a stream on the lab's network answers well within
WAIT_S = 0.2
AT_ONCE = 1024  # samples that one pull takes
_LABELS = ("gsr_us", "eda", "gsr", "sc")  # of the channel that is read, in this order
_FAILURES = (RuntimeError,)  # pylsl's own errors, of a stream that is lost or silent, are all such
_UNITS = {
    **dict.fromkeys(("us", "µs", "microsiemens", "usiemens"), Unit.US),
    **dict.fromkeys(("v", "volt", "volts"), Unit.VOLT),
    **dict.fromkeys(("adc", "counts"), Unit.ADC),
}


class LslGsr:
    """Reads one channel of a stream until closed, through silences and lost streams.

    `device_s` of a sample is the stamp that its source gave it, on the source's own clock.
    """

    def __init__(self, uri: DeviceUri, calibration: GroveCalibration) -> None:
        self._uri = uri
        self._name = uri.path
        self._calibration = calibration
        if not uri.path:
            raise UsageError(f"device {uri.text}: name the stream, as in lsl:BioSignals")
        self._unit = Unit(uri.choice("unit", list(Unit))) if "unit" in uri.options else None
        self._rate_hz = uri.number("rate", 0.0)
        if not 0 <= self._rate_hz <= 2000:
            raise UsageError(f"device {uri.text}: rate is from just above 0 to 2000 Hz")
        self._channel = 0
        self._inlet: StreamInlet | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def open(self) -> DeviceInfo:
        self._inlet, info = self._connect(load_lsl())
        self._rate_hz = self._rate_hz or info.nominal_srate()
        if not self._rate_hz:
            raise DeviceError(
                f"LSL stream {self._name} says no rate: name it, as in"
                f" {self._uri.text}{'&' if self._uri.options else '?'}rate=10"
            )
        labels = _labels(info)
        units = [str(unit or "") for unit in info.get_channel_units() or []]
        self._channel = self._choose(labels, info.channel_count())
        unit = units[self._channel] if self._channel < len(units) else ""
        self._unit = self._unit or self._known(unit)
        facts = sensor_facts(
            self._calibration,
            format="lsl",
            unit=self._unit.value,
            stream=self._name,
            channel=labels[self._channel] if labels else self._channel,
            source=info.source_id(),
        )
        if self._unit is Unit.US:
            facts["calibration"] = None  # whoever made the µS knows it
        model = f"LSL stream {self._name}"
        return DeviceInfo(self._uri.text, model, False, self._rate_hz, facts)

    def start(self, inbox: Inbox) -> None:
        """Begin to read; what came since the stream was opened has no time and is dropped."""
        if self._inlet is None:
            raise DeviceError(f"LSL stream {self._name} is not open: open it before it is started")
        self._inbox = inbox
        now_s = inbox.clock.now_s()
        self._watch = GsrWatch(self._name, self._rate_hz, now_s)
        inbox.put(self._watch.connected(now_s))
        self._inlet.flush()
        self._thread = threading.Thread(target=self._run, name="femo-gsr", daemon=True)
        self._thread.start()

    def cue(self, condition: Condition | None) -> None:
        """Change nothing: this is a real sensor."""

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        if self._inlet is not None:
            self._inlet.close_stream()
            self._inlet = None

    def _connect(self, lsl: ModuleType) -> tuple[StreamInlet, StreamInfo]:
        """Return an inlet of the one stream of that name, and what the stream says of itself.

        Raises:
            DeviceError: there is none, or more than one, or it is no stream of numbers.
        """
        wanted = self._uri.options.get("source")
        found = lsl.resolve_byprop("name", self._name, 1, SEARCH_S)
        fitting = [info for info in found if wanted in (None, info.source_id())]
        if not fitting:
            raise DeviceError(
                f"LSL stream {self._name} is not there: start the program that sends it, and look"
                " whether both computers are in one network"
            )
        if len({info.source_id() for info in fitting}) > 1:
            sources = ", ".join(sorted({info.source_id() for info in fitting}))
            raise DeviceError(
                f"LSL stream {self._name} is there more than once: choose one with"
                f" ?source=, known are {sources}"
            )
        if fitting[0].channel_format() == lsl.cf_string:
            raise DeviceError(f"LSL stream {self._name} holds texts, no numbers: name another")
        try:
            inlet = lsl.StreamInlet(fitting[0], recover=False)
            inlet.open_stream(SEARCH_S)
            return inlet, inlet.info(SEARCH_S)
        except _FAILURES:
            raise DeviceError(
                f"LSL stream {self._name} does not answer: look whether its program still runs"
            ) from None

    def _choose(self, labels: Sequence[str], count: int) -> int:
        """Return the place of the channel that is read."""
        lower = [label.lower() for label in labels]
        wanted = self._uri.options.get("channel")
        if wanted is None:
            place = next((lower.index(label) for label in _LABELS if label in lower), None)
            if place is None and count > 1:
                raise DeviceError(
                    f"LSL stream {self._name} has {count} channels: choose one with ?channel=,"
                    f" known are {', '.join(labels) or f'0 to {count - 1}'}"
                )
            return place or 0
        if wanted.lower() in lower:
            return lower.index(wanted.lower())
        if wanted.isdecimal() and int(wanted) < count:
            return int(wanted)
        raise DeviceError(
            f"LSL stream {self._name} has no channel {wanted}: known are"
            f" {', '.join(labels) or f'0 to {count - 1}'}"
        )

    def _known(self, unit: str) -> Unit:
        """Return what a stream's own word for its unit means."""
        known = _UNITS.get(unit.lower().replace("μ", "µ"))
        if known is None:
            raise DeviceError(
                f"LSL stream {self._name} says {unit or 'nothing'} for its unit: name it with"
                " ?unit=us, volt or adc"
            )
        return known

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._inlet is None:
                self._reconnect()
                continue
            try:
                samples, stamps = self._inlet.pull_chunk(WAIT_S, AT_ONCE, min_samples=1)
            except _FAILURES as error:
                self._inlet = None
                self._inbox.put(self._watch.unplugged(self._inbox.clock.now_s(), str(error)))
                continue
            t_s = self._inbox.clock.now_s()
            readings = [
                self._reading(values[self._channel], stamp, t_s)
                for values, stamp in zip(samples, stamps, strict=True)
            ]
            for record in (*self._watch.heard(readings), *self._watch.tick(t_s)):
                self._inbox.put(record)

    def _reading(self, raw: float, stamp: float, t_s: float) -> Reading:
        if not math.isfinite(raw):
            what = f"A value of LSL stream {self._name} is not a number: {raw}"
            detail: dict[str, JsonValue] = {"reason": "not a number", "bytes": str(raw)}
            return DeviceEvent(t_s, Stream.GSR, "line_rejected", Severity.WARNING, what, detail)
        gsr_us, flag = self._judge(float(raw))
        return GsrSample(t_s, float(raw), gsr_us, flag, device_s=stamp)

    def _judge(self, raw: float) -> tuple[float | None, SampleFlag]:
        if self._unit is Unit.US:
            return raw, flag_us(raw)
        counts = self._calibration.counts_of_volts(raw) if self._unit is Unit.VOLT else raw
        return self._calibration.judge(counts)

    def _reconnect(self) -> None:
        """Look once whether the stream is there again; its channels may stand otherwise by now."""
        try:
            inlet, info = self._connect(load_lsl())
            self._channel = self._choose(_labels(info), info.channel_count())
        except DeviceError:
            self._closing.wait(WAIT_S)
            return
        self._inlet = inlet
        self._inbox.put(self._watch.reconnected(self._inbox.clock.now_s()))


def _labels(info: StreamInfo) -> list[str]:
    return [str(label or "") for label in info.get_channel_labels() or []]
