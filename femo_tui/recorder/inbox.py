"""The engine's one inbox: what devices read, what operators ask, and the time to wake up.

Simulated (paced) sources are asked inside `take`, on the engine's own thread, so a simulated run is
free of races and, on a virtual clock, free of waiting.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from femo_tui.devices.base import Paced, Record
from femo_tui.model.clock import Clock, HostClock, VirtualClock
from femo_tui.recorder.wire import Command, Reply


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that waits for its answer."""

    command: Command
    answer: Callable[[Reply], None]


Item: TypeAlias = Record | Asked


class EngineInbox(Protocol):
    """What the engine takes from; devices see it as devices.base.Inbox."""

    @property
    def clock(self) -> Clock: ...

    def put(self, record: Item) -> None: ...

    def attach(self, source: Paced) -> None: ...

    def detach(self, source: Paced) -> None: ...

    def rouse(self, source: Paced) -> None: ...

    def take(self, until_s: float) -> Item | None:
        """Return the next item, or None once the clock has reached `until_s`.

        A deadline that has been reached goes before items that wait: whatever was stamped after
        it cannot be taken before it.
        """
        ...


class _PacedInbox:
    """What both inboxes share: the queue and the paced sources."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._made: deque[Item] = deque()
        self._sources: list[Paced] = []

    def put(self, record: Item) -> None:
        self._items.put(record)

    def attach(self, source: Paced) -> None:
        self._sources.append(source)

    def detach(self, source: Paced) -> None:
        if source in self._sources:
            self._sources.remove(source)

    def rouse(self, source: Paced) -> None:
        """Nothing to do: every `take` asks each source anew when it is due."""

    def _next_source(self) -> tuple[float, Paced] | None:
        due = [(t_s, i) for i, s in enumerate(self._sources) if (t_s := s.next_due_s()) is not None]
        if not due:
            return None
        t_s, index = min(due)
        return t_s, self._sources[index]

    def _queued(self, timeout_s: float) -> Item | None:
        if self._made:
            return self._made.popleft()
        try:
            return self._items.get(timeout=timeout_s) if timeout_s > 0 else self._items.get_nowait()
        except queue.Empty:
            return None


class HostInbox(_PacedInbox):
    """The inbox of a real recording: waits on the host's clock."""

    def __init__(self, clock: HostClock | None = None) -> None:
        super().__init__()
        self._clock = clock or HostClock()

    @property
    def clock(self) -> Clock:
        return self._clock

    def take(self, until_s: float) -> Item | None:
        while True:
            now_s = self._clock.now_s()
            if now_s >= until_s:
                return None
            upcoming = self._next_source()
            wake_s = until_s if upcoming is None else min(until_s, upcoming[0])
            item = self._queued(wake_s - now_s)
            if item is not None:
                return item
            if upcoming is not None and upcoming[0] <= self._clock.now_s():
                self._made.extend(upcoming[1].produce())


class VirtualInbox(_PacedInbox):
    """The inbox of an accelerated or tested recording: moves the clock instead of waiting."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    @property
    def clock(self) -> Clock:
        return self._clock

    def take(self, until_s: float) -> Item | None:
        while True:
            if self._clock.now_s() >= until_s:
                return None
            item = self._queued(0.0)
            if item is not None:
                return item
            upcoming = self._next_source()
            if upcoming is None or upcoming[0] >= until_s:
                self._clock.advance_to(until_s)
                return None
            self._clock.advance_to(upcoming[0])
            self._made.extend(upcoming[1].produce())
