"""Stands between a simulated device and the recorder, so that what it says can be spoiled."""

from __future__ import annotations

from femo_tui.devices.base import Inbox, Paced, Record
from femo_tui.model.clock import Clock


class Tap:
    """An inbox for the device inside; the device outside is asked in its place."""

    def __init__(self, inbox: Inbox, outside: Paced) -> None:
        self._inbox = inbox
        self._outside = outside
        self.source: Paced | None = None  # the device inside, while it is started

    @property
    def clock(self) -> Clock:
        return self._inbox.clock

    def put(self, record: Record) -> None:
        self._inbox.put(record)

    def attach(self, source: Paced) -> None:
        self.source = source
        self._inbox.attach(self._outside)

    def detach(self, source: Paced) -> None:
        self.source = None
        self._inbox.detach(self._outside)

    def rouse(self, source: Paced) -> None:
        self._inbox.rouse(self._outside)
