"""Finds the serial port that a sensor is on, and says what is on the others where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.devices.gsr_lines import LineReader
from femo_tui.devices.gsr_ports import PORT_FAILURES, lasting_name, open_port
from femo_tui.devices.gsr_unit import UnitDoubt
from femo_tui.errors import DeviceError, DeviceInUse
from femo_tui.model.clock import HostClock
from femo_tui.model.counting import plural
from femo_tui.model.records import GsrSample

if TYPE_CHECKING:
    import serial

LISTEN_S = 3.0  # an Arduino that restarts on opening is silent for about 2 s
LOOK_EVERY_S = 0.02
# USB vendors of the boards and adapters that a Grove sensor hangs on.
KNOWN_VENDORS = {
    0x2341: "Arduino",
    0x2A03: "Arduino",
    0x1A86: "CH340",
    0x0403: "FTDI",
    0x2886: "Seeed",
    0x10C4: "CP210x",
}


@dataclass(frozen=True, slots=True)
class SeenPort:
    """A serial port as the system lists it."""

    path: str
    vendor: int | None
    description: str

    @property
    def is_known(self) -> bool:
        return self.vendor in KNOWN_VENDORS

    def named(self, said: str = "") -> str:
        """Name the port by what it is found again by, and tell what is plugged in there."""
        return f"{lasting_name(self.path)} ({'; '.join(filter(None, (self.description, said)))})"


def seen_ports() -> list[SeenPort]:
    """Return the serial ports that are there; none is opened."""
    from serial.tools import list_ports

    return [
        SeenPort(port.device, port.vid, _described(port.description, port.device, port.vid))
        for port in list_ports.comports()
    ]


def _described(description: str | None, path: str, vendor: int | None) -> str:
    """Return what the system says of a port; where that is nothing, whose board it is."""
    if description and description not in ("n/a", Path(path).name):
        return description
    return KNOWN_VENDORS.get(vendor or 0, "unknown board")


def find_port(uri: str, baud: int, unit: str, make_reader: Callable[[], LineReader]) -> str:
    """Return the port of the only known board, else of the first that speaks the sensor's lines.

    Args:
        uri: the address in which `auto` stands for the port.
        baud: the speed at which ports are listened to.
        unit: what a plain line is taken for.
        make_reader: makes what reads a port's lines.

    Raises:
        DeviceError: no port, or none speaks; it names all that are there, and what to write.
    """
    seen = seen_ports()
    known = [port for port in seen if port.is_known]
    if not seen:
        raise DeviceError(
            "no serial port was found: plug the GSR sensor in, or record with --gsr none"
        )
    if len(known) == 1:
        return lasting_name(known[0].path)
    listening = [Listening(port, make_reader()) for port in known or seen]
    found = _first_to_speak(listening, baud)
    if found is not None:
        return lasting_name(found)
    raise _not_heard(uri, unit, seen, listening)


class Listening:
    """A port that is listened to for a sensor's lines, and what came of it."""

    def __init__(self, port: SeenPort, reader: LineReader) -> None:
        self.seen = port
        self.doubt = UnitDoubt()
        self.refused: DeviceError | None = None
        self._reader = reader
        self._port: serial.Serial | None = None
        self._has_sent = False

    def open(self, baud: int) -> None:
        try:
            self._port = open_port(self.seen.path, baud)
        except DeviceError as error:
            self.refused = error

    def close(self) -> None:
        if self._port is not None:
            self._port.close()

    def speaks(self, t_s: float) -> bool:
        """Return whether what has arrived holds a sample."""
        if self._port is None:
            return False
        try:
            came = self._port.read(self._port.in_waiting)
        except PORT_FAILURES:
            return False  # unplugged while it was listened to
        self._has_sent |= bool(came)
        found = self._reader.feed(came, t_s)
        for record in found:
            self.doubt.hear(record)
        return any(isinstance(record, GsrSample) for record in found)

    @property
    def said(self) -> str:
        """Say in a word why this is no sensor."""
        if self.refused is not None:
            return "in use" if isinstance(self.refused, DeviceInUse) else "cannot be opened"
        return "sends other lines" if self._has_sent else "silent"


def _first_to_speak(ports: Sequence[Listening], baud: int) -> str | None:
    clock = HostClock()
    with ExitStack() as opened:
        for port in ports:
            port.open(baud)
            opened.callback(port.close)
        until_s = clock.now_s() + LISTEN_S
        while clock.now_s() < until_s and any(port.refused is None for port in ports):
            for port in ports:
                if port.speaks(clock.now_s()):
                    return port.seen.path
            clock.sleep_until(clock.now_s() + LOOK_EVERY_S)
    return None


def _not_heard(
    uri: str, unit: str, seen: Sequence[SeenPort], listened: Sequence[Listening]
) -> DeviceError:
    """Return why no port was taken, with every port that is there, and what to write instead."""
    for one in listened:
        what, remedy = one.doubt.words_of(uri, unit)
        if what:
            return DeviceError(f"on {one.seen.named()} {what}: {remedy}")
    said = {one.seen.path: one.said for one in listened}
    named = ", ".join(port.named(said.get(port.path, "not listened to")) for port in seen)
    refused = [one.refused for one in listened if one.refused is not None]
    if len(refused) == len(listened):
        others = f"; of {plural(len(seen), 'port')}, {named}" if len(seen) > 1 else ""
        return type(refused[0])(f"{refused[0]}{others}")
    instead = uri.replace("auto", lasting_name(listened[0].seen.path), 1)
    return DeviceError(
        f"no GSR sensor was heard on {plural(len(seen), 'serial port')}, {named}: check its sketch"
        f" and baud rate, or name its port, as in {instead}"
    )
