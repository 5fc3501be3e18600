"""An inbox that keeps what devices put into it, on the host's clock or on a virtual one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from femo_tui.devices.base import Paced, Record
from femo_tui.model.clock import Clock, HostClock, VirtualClock
from femo_tui.model.records import DeviceEvent, GsrSample


class CollectingInbox:
    """A devices.base.Inbox for tests.

    On the host's clock each attached source has a thread of its own; on a virtual clock sources
    are asked only by `run_until`, so nothing happens beside the test.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or HostClock()
        self._changed = threading.Condition()
        self._records: list[Record] = []
        self._sources: dict[int, tuple[Paced, threading.Event, threading.Event]] = {}

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def records(self) -> list[Record]:
        with self._changed:
            return list(self._records)

    @property
    def samples(self) -> list[GsrSample]:
        return [r for r in self.records if isinstance(r, GsrSample)]

    @property
    def events(self) -> list[DeviceEvent]:
        return [r for r in self.records if isinstance(r, DeviceEvent)]

    def named(self, name: str) -> list[DeviceEvent]:
        """Return the device events called `name`."""
        return [event for event in self.events if event.name == name]

    def put(self, record: Record) -> None:
        with self._changed:
            self._records.append(record)
            self._changed.notify_all()

    def attach(self, source: Paced) -> None:
        stop, wake = threading.Event(), threading.Event()
        self._sources[id(source)] = (source, stop, wake)
        if not isinstance(self._clock, VirtualClock):
            threading.Thread(target=self._follow, args=(source, stop, wake), daemon=True).start()

    def detach(self, source: Paced) -> None:
        _, stop, wake = self._sources.pop(id(source))
        stop.set()
        wake.set()

    def rouse(self, source: Paced) -> None:
        self._sources[id(source)][2].set()

    def run_until(self, t_s: float) -> None:
        """Ask the sources in the order in which they are due, moving a virtual clock to `t_s`."""
        while True:
            sources = [source for source, _, _ in self._sources.values()]
            due = [(d, i) for i, s in enumerate(sources) if (d := s.next_due_s()) is not None]
            if not due or min(due)[0] > t_s:
                break
            due_s, index = min(due)
            self._clock.sleep_until(due_s)
            for record in sources[index].produce():
                self.put(record)
        self._clock.sleep_until(t_s)

    def wait_for(
        self, predicate: Callable[[Sequence[Record]], bool], timeout_s: float = 10.0
    ) -> list[Record]:
        """Wait until `predicate` holds for all records so far; return them.

        Raises:
            TimeoutError: it did not in `timeout_s`; the message ends in the newest records.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: predicate(self._records), timeout_s):
                raise TimeoutError(f"not seen within {timeout_s} s; last: {self._records[-5:]}")
            return list(self._records)

    def _follow(self, source: Paced, stop: threading.Event, wake: threading.Event) -> None:
        while not stop.is_set():
            wake.clear()
            due_s = source.next_due_s()
            if due_s is None:
                wake.wait()
            elif not self._clock.sleep_until(due_s, wake) and not stop.is_set():
                for record in source.produce():
                    self.put(record)
