"""A GSR sensor on a serial port: one thread that reads, stamps and says what became of the line."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from femo_tui.devices.base import DeviceInfo, DeviceUri, Inbox
from femo_tui.devices.gsr_auto import find_port
from femo_tui.devices.gsr_facts import Measured, sensor_facts
from femo_tui.devices.gsr_lines import LineFormat, LineReader, Reading, Unit
from femo_tui.devices.gsr_ports import (
    PORT_FAILURES,
    lasting_name,
    open_port,
    set_low_latency,
)
from femo_tui.devices.gsr_watch import GsrWatch
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.conditions import Condition
from femo_tui.signals.grove import GroveCalibration

if TYPE_CHECKING:
    import serial

BAUD = 115_200
# What our sketch sends at its two speeds; `rate` names what another one does.
RATE_HZ = 10.0
FAST_BAUD = 500_000
FAST_RATE_HZ = 1000.0
RETRY_S = 0.2


class SerialGsr:
    """Reads the sensor until closed, through silences and unplugging."""

    def __init__(
        self,
        uri: DeviceUri,
        calibration: GroveCalibration,
        measured: Measured | None = None,
    ) -> None:
        self._uri = uri
        self._calibration = calibration
        self._measured = measured
        baud = uri.number("baud", BAUD)
        self._baud = int(baud)
        self._format = LineFormat(uri.choice("format", list(LineFormat)))
        self._unit = Unit(uri.choice("unit", list(Unit)))
        self._rate_hz = uri.number("rate", FAST_RATE_HZ if baud >= FAST_BAUD else RATE_HZ)
        if not uri.path:
            raise UsageError(f"device {uri.text}: name the port, as in serial:/dev/ttyACM0")
        if self._baud != baud or not 0 < baud <= 4_000_000:
            raise UsageError(f"device {uri.text}: baud is a whole number such as 115200")
        if not 0 < self._rate_hz <= 2000:
            raise UsageError(f"device {uri.text}: rate is from just above 0 to 2000 Hz")
        self._path = uri.path
        self._port: serial.Serial | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def open(self) -> DeviceInfo:
        if self._uri.path == "auto":
            self._path = find_port(self._uri.text, self._baud, self._sent_unit, self._new_reader)
        sensor = lasting_name(self._path)
        if self._measured is not None:
            self._calibration = self._measured(sensor, self._rate_hz) or self._calibration
        self._port = open_port(self._path, self._baud)
        facts = sensor_facts(
            self._calibration,
            format=self._format.value,
            unit=self._sent_unit,
            baud=self._baud,
            port=self._path,
            sensor=sensor,
            low_latency=set_low_latency(self._port),
        )
        model = f"Grove GSR on {self._path}"
        return DeviceInfo(self._uri.text, model, False, self._rate_hz, facts)

    @property
    def _sent_unit(self) -> str:
        return Unit.ADC.value if self._format is LineFormat.FEMO else self._unit.value

    def start(self, inbox: Inbox) -> None:
        """Begin to read; what the port has kept since it was opened has no time and is dropped."""
        if self._port is None:
            raise DeviceError(f"GSR port {self._path} is not open: open it before it is started")
        self._inbox = inbox
        self._reader = self._new_reader()
        now_s = inbox.clock.now_s()
        self._watch = GsrWatch(self._path, self._rate_hz, now_s)
        inbox.put(self._watch.connected(now_s))
        try:
            self._port.reset_input_buffer()
        except PORT_FAILURES as error:
            self._lose(self._port, error)
        self._thread = threading.Thread(target=self._run, name="femo-gsr", daemon=True)
        self._thread.start()

    def cue(self, condition: Condition | None) -> None:
        """Change nothing: this is a real sensor."""

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        if self._port is not None:
            self._port.close()
            self._port = None

    def _new_reader(self) -> LineReader:
        return LineReader(self._calibration, self._format, self._unit)

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._port is None:
                self._reconnect()
                continue
            try:
                # The stamp is taken between the first byte, which is waited for, and the rest.
                chunk = self._port.read(1)
                t_s = self._inbox.clock.now_s()
                if chunk:
                    chunk += self._port.read(self._port.in_waiting)
            except PORT_FAILURES as error:
                self._lose(self._port, error)
                continue
            self._tell(self._watch.heard(self._reader.feed(chunk, t_s)))
            self._tell(self._watch.tick(t_s))

    def _tell(self, records: Sequence[Reading]) -> None:
        for record in records:
            self._inbox.put(record)

    def _lose(self, port: serial.Serial, error: Exception) -> None:
        now_s = self._inbox.clock.now_s()
        port.close()
        self._port = None
        self._tell(self._reader.reopen(now_s))
        self._inbox.put(self._watch.unplugged(now_s, str(error)))

    def _reconnect(self) -> None:
        """Try the same path once; a link may lead to another port by now."""
        try:
            port = open_port(self._path, self._baud)
        except DeviceError:
            self._closing.wait(RETRY_S)
            return
        set_low_latency(port)
        self._port = port
        self._inbox.put(self._watch.reconnected(self._inbox.clock.now_s()))
