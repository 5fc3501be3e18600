"""Opens serial ports with one clear sentence if it cannot, and finds the one a sensor is on."""

from __future__ import annotations

import errno
import termios
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.devices.gsr_lines import LineReader
from femo_tui.errors import DeviceError, DeviceInUse
from femo_tui.model.clock import HostClock
from femo_tui.model.records import GsrSample

if TYPE_CHECKING:
    import serial

# A port that is hung up fails in all of these ways, depending on when (SerialException is OSError;
# pyserial lets termios.error through where it does not expect it, also while it opens a port).
PORT_FAILURES = (OSError, termios.error)
READ_TIMEOUT_S = 0.05  # how late a silence or a wish to close is noticed
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
_BY_ID = Path("/dev/serial/by-id")


def open_port(path: str, baud: int) -> serial.Serial:
    """Open `path` exclusively.

    Raises:
        DeviceInUse: another program holds it.
        DeviceError: it is absent, not ours to open, or no serial port.
    """
    import serial

    try:
        return serial.serial_for_url(path, baud, timeout=READ_TIMEOUT_S, exclusive=True)
    except (*PORT_FAILURES, ValueError) as error:
        raise _explained(path, error) from error


def _explained(path: str, error: Exception) -> DeviceError:
    """Return what went wrong and what to do."""
    number = error.args[0] if isinstance(error, PORT_FAILURES) and error.args else None
    if number in (errno.EAGAIN, errno.EBUSY):
        return DeviceInUse(
            f"GSR port {path} is in use: close the program that holds it, such as another"
            " recorder or the Arduino serial monitor"
        )
    if number in (errno.EACCES, errno.EPERM):
        return DeviceError(
            f"GSR port {path} may not be opened by this user: run"
            " `sudo usermod -aG dialout $USER`, then log in again"
        )
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return DeviceError(
            f"GSR port {path} is not there: plug the sensor in, or use serial:auto to look for it"
        )
    return DeviceError(f"GSR port {path} cannot be used as a serial port: {error}")


def set_low_latency(port: serial.Serial) -> bool:
    """Ask the driver to hand bytes over at once; return whether it does."""
    try:
        port.set_low_latency_mode(True)
    except (AttributeError, NotImplementedError, OSError, ValueError):
        return False  # pseudo-terminals and drivers without it
    return True


def find_port(baud: int, make_reader: Callable[[], LineReader]) -> str:
    """Return the port of the only known board, else of the first that speaks the sensor's lines.

    Raises:
        DeviceError: no port, or none speaks.
    """
    from serial.tools import list_ports

    vendors = {port.device: port.vid for port in list_ports.comports()}
    known = [path for path, vendor in vendors.items() if vendor in KNOWN_VENDORS]
    if not vendors:
        raise DeviceError(
            "no serial port was found: plug the GSR sensor in, or record with --gsr none"
        )
    if len(known) == 1:
        return lasting_name(known[0])
    return lasting_name(_first_to_speak(known or list(vendors), baud, make_reader))


def _first_to_speak(paths: list[str], baud: int, make_reader: Callable[[], LineReader]) -> str:
    clock = HostClock()
    refused: list[DeviceError] = []
    with ExitStack() as opened:
        listening: list[tuple[str, serial.Serial, LineReader]] = []
        for path in paths:
            try:
                port = open_port(path, baud)
            except DeviceError as error:
                refused.append(error)
            else:
                opened.callback(port.close)
                listening.append((path, port, make_reader()))
        until_s = clock.now_s() + LISTEN_S
        while listening and clock.now_s() < until_s:
            for path, port, reader in listening:
                if _speaks(port, reader, clock.now_s()):
                    return path
            clock.sleep_until(clock.now_s() + LOOK_EVERY_S)
    if not listening:
        raise refused[0]
    raise DeviceError(
        f"no GSR sensor was heard on {', '.join(paths)}: check its sketch and baud rate, or name"
        " its port, as in serial:/dev/ttyACM0"
    )


def _speaks(port: serial.Serial, reader: LineReader, t_s: float) -> bool:
    """Return whether what has arrived at `port` holds a sample."""
    try:
        found = reader.feed(port.read(port.in_waiting), t_s)
    except PORT_FAILURES:
        return False  # unplugged while it was listened to
    return any(isinstance(record, GsrSample) for record in found)


def lasting_name(path: str) -> str:
    """Return the link by which `path` is found again after the board was plugged in elsewhere."""
    links = sorted(_BY_ID.iterdir()) if _BY_ID.is_dir() else []
    return next((str(link) for link in links if link.resolve() == Path(path).resolve()), path)
