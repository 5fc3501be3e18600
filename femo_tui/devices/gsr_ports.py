"""Opens serial ports, with one clear sentence if it cannot, and knows their lasting names."""

from __future__ import annotations

import errno
import termios
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import DeviceError, DeviceInUse

if TYPE_CHECKING:
    import serial

# A port that is hung up fails in all of these ways, depending on when (SerialException is OSError;
# pyserial lets termios.error through where it does not expect it, also while it opens a port).
PORT_FAILURES = (OSError, termios.error)
READ_TIMEOUT_S = 0.05  # how late a silence or a wish to close is noticed
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


def lasting_name(path: str) -> str:
    """Return the link by which `path` is found again after the board was plugged in elsewhere."""
    links = sorted(_BY_ID.iterdir()) if _BY_ID.is_dir() else []
    return next((str(link) for link in links if link.resolve() == Path(path).resolve()), path)
