"""The inbox: deadlines before what was stamped after them, and time only as fast as it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from femo_tui.devices.base import Record
from femo_tui.model.clock import HostClock, VirtualClock
from femo_tui.model.records import GsrSample, SampleFlag
from femo_tui.recorder.inbox import HostInbox, VirtualInbox


class EveryTenth:
    """A paced source: one sample each tenth of a second, from `start_s`."""

    def __init__(self, start_s: float) -> None:
        self._due_s = start_s

    def next_due_s(self) -> float:
        return self._due_s

    def produce(self) -> Sequence[Record]:
        sample = GsrSample(self._due_s, 400.0, 6.14, SampleFlag.OK)
        self._due_s += 0.1
        return [sample]


def test_a_virtual_second_holds_ten_samples_and_no_waiting() -> None:
    clock = VirtualClock(t_s=0.0)
    inbox = VirtualInbox(clock)
    inbox.attach(EveryTenth(0.05))
    taken = []
    while (item := inbox.take(1.0)) is not None:
        taken.append(item)
    assert len(taken) == 10
    assert clock.now_s() == 1.0


def test_a_deadline_that_is_reached_goes_before_items_that_wait() -> None:
    clock = VirtualClock(t_s=5.0)
    inbox = VirtualInbox(clock)
    inbox.put(GsrSample(5.0, 400.0, 6.14, SampleFlag.OK))
    assert inbox.take(5.0) is None
    assert inbox.take(6.0) is not None


def test_nothing_of_a_detached_source_arrives() -> None:
    clock = VirtualClock(t_s=0.0)
    inbox = VirtualInbox(clock)
    source = EveryTenth(0.05)
    inbox.attach(source)
    inbox.detach(source)
    assert inbox.take(1.0) is None


def test_an_item_put_by_another_thread_wakes_the_host_inbox() -> None:
    clock = HostClock()
    inbox = HostInbox(clock)
    sample = GsrSample(clock.now_s(), 400.0, 6.14, SampleFlag.OK)
    threading.Timer(0.05, inbox.put, (sample,)).start()
    assert inbox.take(clock.now_s() + 10.0) is sample


def test_paced_sources_run_on_the_host_clock_too() -> None:
    clock = HostClock()
    inbox = HostInbox(clock)
    start_s = clock.now_s()
    inbox.attach(EveryTenth(start_s + 0.1))
    first = inbox.take(start_s + 5.0)
    assert isinstance(first, GsrSample)
    assert clock.now_s() >= first.t_s == start_s + 0.1
