"""A pseudo-terminal that stands in for a sensor's serial port, with a link that outlives it."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self


class PtySensor:
    """What is written here arrives at `link`; it can be unplugged and plugged in elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.link = folder / "usb-Arduino"
        self._controller: int | None = None
        self.plug()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.unplug()

    def write(self, sent: bytes) -> None:
        assert self._controller is not None
        while sent:
            sent = sent[os.write(self._controller, sent) :]

    def unplug(self) -> None:
        if self._controller is not None:
            os.close(self._controller)
            self._controller = None
            self.link.unlink()

    def plug(self) -> None:
        """Plug in, at another pseudo-terminal than before if that one is still held."""
        self._controller, port = os.openpty()
        tty.setraw(port)
        self.link.symlink_to(os.ttyname(port))
        os.close(port)


@contextmanager
def sending(folder: Path, line: bytes, every_s: float = 0.1) -> Iterator[str]:
    """Send one line again and again; yields the address of the sensor that seems to do so."""
    folder.mkdir()
    ended = threading.Event()
    with PtySensor(folder) as sensor:

        def send() -> None:
            while not ended.wait(every_s):
                sensor.write(line)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            yield f"serial:{sensor.link}"
        finally:
            ended.set()
            sender.join()
