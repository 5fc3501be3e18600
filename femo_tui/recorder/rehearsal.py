"""Brings about the faults that a run is rehearsed with: devices, disk, clock and recorder fail."""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from femo_tui.devices.base import Inbox, Record
from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock, HostClock, VirtualClock
from femo_tui.model.events import RunEvent
from femo_tui.model.faults import FaultName, FaultPlan, parse_fault
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import Frame, GsrSample
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.rig import Rig
from femo_tui.store.files import explain
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, RUN_FILE
from femo_tui.store.run_writer import RunWriter

CLOCK_STEP_S = 3600.0


class FillingWriter(RunWriter):
    """A run writer whose disk can be told to be full, until its reserve is given back."""

    full = False

    def event(self, event: RunEvent) -> None:
        self._find_room(RUN_FILE)
        super().event(event)

    def sample(self, sample: GsrSample) -> None:
        self._find_room(GSR_FILE)
        super().sample(sample)

    def frame(
        self, frame: Frame, step: str, attempt: int, class_name: str | None, save: bool
    ) -> int:
        self._find_room(FRAMES_FILE)
        return super().frame(frame, step, attempt, class_name, save)

    def release_reserve(self) -> None:
        super().release_reserve()
        self.full = False

    def _find_room(self, file: str) -> None:
        if self.full:
            raise explain(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), self.run_dir / file)


class SteppedClock(HostClock):
    """The host's clock, whose wall clock can be stepped for this process alone."""

    _stepped = timedelta()

    def utc(self) -> datetime:
        return super().utc() + self._stepped

    def step_wall_clock(self, by_s: float) -> None:
        """Step the wall clock as NTP would; boot time is untouched."""
        self._stepped += timedelta(seconds=by_s)


class Rehearsal:
    """The planned faults of one run; without any it changes nothing."""

    def __init__(self, request: RecordRequest, uris: Mapping[str, str], clock: Clock) -> None:
        """Take what is asked for, and the URI of each device: gsr, camera, player.

        Raises:
            UsageError: a fault is not understood, or would hit a device that is not simulated.
        """
        self._plan = FaultPlan(map(parse_fault, request.faults))
        self._camera_uri = uris["camera"]
        self.clock = clock
        if self._plan.faults:
            self._check(uris)
            if request.resume is not None:
                raise UsageError("faults are rehearsed from a run's start: record a new run")
        if self._has(FaultName.CLOCK_STEP) and not isinstance(clock, VirtualClock):
            self.clock = SteppedClock()

    @property
    def writer_class(self) -> type[RunWriter]:
        """Return the writer that the run is to be written with."""
        return FillingWriter if self._has(FaultName.DISK_FULL) else RunWriter

    def spoil(self, rig: Rig, protocol: StudyProtocol) -> None:
        """Put devices that fail as planned in place of those that do not; none is open yet.

        A camera that fails runs in this process.
        """
        if rig.gsr is not None and self._plan.concern("gsr"):
            from femo_tui.devices.faults.gsr import FaultyGsr

            rig.gsr = FaultyGsr(rig.gsr, self._plan)
        if self._plan.concern("camera"):
            from femo_tui.recorder.camera_virtual import PacedCamera

            rig.camera = PacedCamera(
                self._camera_uri,
                protocol.camera_fps,
                self.clock,
                self._plan,
                keep_frames=protocol.keep_frames,
            )
        if self._plan.concern("player"):
            from femo_tui.devices.faults.player import FaultyPlayer

            rig.player = FaultyPlayer(rig.player, self._plan)

    def begin(self, origin_s: float, inbox: Inbox, writer: RunWriter) -> None:
        """Count the faults' times from run start at boot time `origin_s`."""
        self._plan.origin_s = origin_s
        acts: dict[FaultName, Callable[[], None]] = {
            FaultName.CLOCK_STEP: self._step_clock,
            FaultName.RECORDER_KILLED: _kill_this_process,
            FaultName.DISK_FULL: lambda: _fill(writer),
        }
        todo = [(origin_s + f.at_s, acts[f.name]) for f in self._plan.faults if f.name in acts]
        if todo:
            inbox.attach(_Moments(todo))

    def _has(self, name: FaultName) -> bool:
        return any(fault.name is name for fault in self._plan.faults)

    def _check(self, uris: Mapping[str, str]) -> None:
        for device, uri in uris.items():
            if re.split("[:?]", uri)[0] not in ("sim", "none"):
                raise UsageError(
                    f"faults are rehearsed on simulated devices only: use {device} sim, not {uri}"
                )
        for fault in self._plan.faults:
            if fault.device and uris[fault.device] == "none":
                raise UsageError(
                    f"fault {fault.name}: this run has no {fault.device} to fail; use"
                    f" {fault.device} sim, with a participant who consented to it"
                )

    def _step_clock(self) -> None:
        if isinstance(self.clock, SteppedClock | VirtualClock):
            self.clock.step_wall_clock(CLOCK_STEP_S)


@dataclass(slots=True)
class _Moments:
    """Does things at given boot times, in order; a paced source without records."""

    todo: list[tuple[float, Callable[[], None]]]

    def next_due_s(self) -> float | None:
        return self.todo[0][0] if self.todo else None

    def produce(self) -> Sequence[Record]:
        self.todo.pop(0)[1]()
        return ()


def _kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fill(writer: RunWriter) -> None:
    if isinstance(writer, FillingWriter):
        writer.full = True
