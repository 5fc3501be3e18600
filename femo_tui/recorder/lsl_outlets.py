"""Offers the run that is being recorded as LSL streams, by following its folder.

The recorder knows nothing of it: what is offered is what has been saved, and a program on the
network that hangs can hold nothing up.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui import paths
from femo_tui.devices.lsl import load_lsl, lsl_offset_s
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.events import RunStart
from femo_tui.recorder.client import active_run
from femo_tui.store.exchange import ExchangeStream, ExchangeTail, Moment, streams_of

if TYPE_CHECKING:
    from types import ModuleType

    from pylsl import StreamOutlet

POLL_S = 0.02
LOOK_S = 0.5  # how often it is looked whether a run began
_STALE_S = 5.0  # without a change of its folder a run is looked at for its recorder
# LSL drops what is still on its way when an outlet is closed, at both ends of the line, and tells
# nobody what has arrived: whoever reads is given this long to take the end of a run.
_LINGER_S = 5.0


class RunOutlets:
    """The outlets of one run."""

    def __init__(self, lsl: ModuleType, store_root: Path, start: RunStart, clock: Clock) -> None:
        self._lsl, self._clock, self._start = lsl, clock, start
        self.streams = streams_of(start)
        self._outlets = {s.name: self._outlet(s, store_root) for s in self.streams}

    def push(self, moments: list[Moment], origin_s: float) -> None:
        """Send moments with the times at which they were stamped, on LSL's clock.

        `origin_s` is the boot time of run time 0.
        """
        # Read each time: LSL's clock stands still through a suspend.
        offset_s = lsl_offset_s(self._lsl.local_clock, self._clock) + origin_s
        by_stream: dict[str, list[Moment]] = defaultdict(list)
        for moment in moments:
            by_stream[moment.stream].append(moment)
        for name, told in by_stream.items():
            outlet = self._outlets.get(name)
            if outlet is not None:
                values = [list(moment.values) for moment in told]
                outlet.push_chunk(values, [offset_s + moment.t_s for moment in told])

    @property
    def read(self) -> bool:
        """Whether somebody reads one of them."""
        return any(outlet.have_consumers() for outlet in self._outlets.values())

    def _outlet(self, stream: ExchangeStream, store_root: Path) -> StreamOutlet:
        lsl = self._lsl
        info = lsl.StreamInfo(
            stream.name,
            stream.kind,
            len(stream.channels),
            stream.rate_hz or lsl.IRREGULAR_RATE,
            lsl.cf_string if stream.of_text else lsl.cf_double64,
            f"{stream.name}-{paths.store_hash(store_root)}",
        )
        info.set_channel_labels([channel.label for channel in stream.channels])
        info.set_channel_units([channel.unit for channel in stream.channels])
        facts = info.desc().append_child("femo")
        facts.append_child_value("participant", self._start.participant)
        facts.append_child_value("run", self._start.run)
        facts.append_child_value("protocol", str(self._start.protocol.get("name", "")))
        facts.append_child_value("simulated", " ".join(self._start.simulated))
        return lsl.StreamOutlet(info)


def offer_runs(
    store_root: Path,
    told: Callable[[RunStart | None, tuple[ExchangeStream, ...]], None],
    *,
    once: bool,
    clock: Clock | None = None,
) -> None:
    """Offer one run after the other, until interrupted; with `once` only the next or present one.

    Args:
        store_root: the store that is recorded on.
        told: is told of each run that is offered and of its streams, and of its end by None.
        once: return at the end of a run.
        clock: of the host.

    Raises:
        DeviceError: LSL is not installed.
    """
    lsl = load_lsl()
    clock = clock or HostClock()
    ended: Path | None = None  # a recorder holds its run for a while after its end, to seal it
    while True:
        active = active_run(store_root)
        if active is None or active.run_dir in (None, ended):
            time.sleep(LOOK_S)
            continue
        assert active.run_dir is not None
        tail = ExchangeTail(active.run_dir)
        offered = _offer(lsl, store_root, active.run_dir, tail, told, clock)
        if tail.ended:
            ended = active.run_dir
        if offered and once:
            return


def _offer(
    lsl: ModuleType,
    store_root: Path,
    run_dir: Path,
    tail: ExchangeTail,
    told: Callable[[RunStart | None, tuple[ExchangeStream, ...]], None],
    clock: Clock,
) -> bool:
    """Offer one run to its end; return whether there was anything to offer."""
    outlets: RunOutlets | None = None
    changed_s = clock.now_s()
    while not tail.ended:
        moments = list(tail.poll())
        if outlets is None and tail.start is not None:
            outlets = RunOutlets(lsl, store_root, tail.start, clock)
            told(tail.start, outlets.streams)
        if moments:
            changed_s = clock.now_s()
            if outlets is not None:
                outlets.push(moments, tail.origin_s)
        elif clock.now_s() - changed_s > _STALE_S:
            active = active_run(store_root)
            if active is None or active.run_dir != run_dir:
                break  # its recorder is gone without an end
            changed_s = clock.now_s()
        time.sleep(POLL_S)
    if outlets is None:
        return False
    _linger(outlets, store_root, run_dir, clock)
    told(None, outlets.streams)
    return True


def _linger(outlets: RunOutlets, store_root: Path, run_dir: Path, clock: Clock) -> None:
    """Leave the outlets open until their readers may have all of it, or the next run begins."""
    until_s = clock.now_s() + _LINGER_S
    while outlets.read and clock.now_s() < until_s:
        active = active_run(store_root)
        if active is not None and active.run_dir not in (None, run_dir):
            return
        time.sleep(LOOK_S)
