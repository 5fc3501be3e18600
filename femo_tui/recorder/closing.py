"""How a run ends: its last records, in order or where the disk takes no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from femo_tui.errors import DiskFull, StoreError
from femo_tui.model.events import DeviceNote, RunStop
from femo_tui.model.records import Severity, Stream
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.recorder.counts import RunCounts
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.wall_clock import iso


class EndRun(Protocol):
    """Ends the run, which the engine alone does."""

    def __call__(self, status: RunStatus, reason: str, data: RunData = RunData.KEEP, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run is to end, decided before its last records are in."""

    status: RunStatus
    reason: str
    at_s: float  # boot time at which the run is closed
    data: RunData = RunData.KEEP


def run_stop(stage: Stage, counts: RunCounts, ending: Ending) -> RunStop:
    """Return the last line of a run that ends now."""
    return RunStop(
        stage.run_s(stage.clock.now_s()),
        ending.status,
        ending.reason,
        iso(stage.clock.utc()),
        counts.facts(),
        ending.data,
    )


def interruption(stage: Stage, problem: StoreError) -> tuple[DeviceNote, Ending]:
    """Return what is noted where the disk takes no more, and how the run is said to have ended."""
    now_s = stage.clock.now_s()
    name = "disk_full" if isinstance(problem, DiskFull) else "write_failed"
    note = DeviceNote(stage.run_s(now_s), Stream.DISK, name, Severity.LOSS, str(problem))
    reason = f"{problem}; then go on with `femo recover --resume`"
    return note, Ending(RunStatus.FAILED, reason, now_s)
