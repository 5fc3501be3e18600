"""One recorder a device, across all stores of the machine."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs

from femo_tui.devices.seat import find_seat
from femo_tui.errors import DeviceError, DeviceInUse, StoreError
from femo_tui.model.records import JsonValue
from femo_tui.store.files import Modes, explained
from femo_tui.store.lock import HeldLock

# Every user of the machine has to meet every other here, so the folder is like /tmp itself.
_SHARED = Modes(folder=0o1777, file=0o666, sealed=0o444)


class Purpose(StrEnum):
    """What else than a run a device is held for."""

    SETUP = "set-up"
    CALIBRATION = "calibration"
    TEST_CARD = "test card"


def hardware_of(uri: str) -> str | None:
    """Name the hardware that a device URI takes for itself; None for what can be shared."""
    head, _, query = uri.partition("?")
    scheme, _, path = head.partition(":")
    if scheme == "serial" and path != "auto":
        return f"serial port {Path(path).resolve()}"
    if scheme == "camera":
        return f"camera {Path(f'/dev/video{path}' if path.isdigit() else path).resolve()}"
    if scheme == "mpv":
        options = parse_qs(query)
        display = _display(options.get("display", [""])[0])
        screen = options.get("screen", ["0"])[0]
        return f"participant's screen {screen} of display {display}"
    return None


def _display(wanted: str) -> str:
    """Name a display the same whether it was named or found; "default" where none is there."""
    try:
        display = find_seat(os.environ, wanted).display
    except DeviceError:  # whoever opens it says what is wrong
        display = wanted or os.environ.get("DISPLAY") or "default"
    return re.sub(r"^(:\d+)\.\d+$", r"\1", display)


def holder_of(uri: str) -> dict[str, JsonValue] | None:
    """Return who holds the hardware that a URI names; None where nobody does.

    Raises:
        StoreError: its lock cannot be looked at.
    """
    hardware = hardware_of(uri)
    return None if hardware is None else HeldLock.holder(_lock_of(hardware))


def held_by(holder: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Return who holds a device for what, and what whoever wants it may do."""
    who = f"{holder.get('operator', 'somebody')}"
    match holder.get("purpose"):
        case Purpose.SETUP:
            return f"the set-up at {who}'s console holds it", "leave it with esc"
        case Purpose.CALIBRATION:
            return f"{who} calibrates it", "wait until that is done"
        case Purpose.TEST_CARD:
            return f"{who} shows the test card on it", "wait until it is over"
    whom = holder.get("participant", "somebody")
    since = holder.get("since_utc", "just now")
    instead = "wait for that run to end, or name another"
    return f"{who} is recording {whom} with it since {since}", instead


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / "femo-devices"


def _lock_of(hardware: str) -> Path:
    return _folder() / (hardware.replace("/", "-").replace(" ", "-") + ".lock")


class DeviceLocks:
    """The devices that this process holds until `release` or its end."""

    def __init__(self) -> None:
        self._held: list[HeldLock] = []

    def take(self, uris: list[str], holder: dict[str, JsonValue]) -> None:
        """Take the hardware of all `uris`, or none of it.

        Raises:
            DeviceInUse: another recorder holds one; the sentence names it and who.
        """
        folder = _folder()
        with explained(folder):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                folder.chmod(_SHARED.folder)
        for hardware in filter(None, map(hardware_of, uris)):
            path = _lock_of(hardware)
            other = HeldLock.holder(path)
            if other is None:
                try:
                    self._held.append(HeldLock.acquire(path, holder, _SHARED))
                    continue
                except StoreError:
                    other = HeldLock.holder(path) or {}
            self.release()
            clause, instead = held_by(other)
            raise DeviceInUse(f"the {hardware} is in use: {clause}; {instead}")

    def release(self) -> None:
        while self._held:
            self._held.pop().release()
