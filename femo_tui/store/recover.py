"""Closes a run whose recorder is gone: what was recorded is kept, ended and sealed as partial."""

from __future__ import annotations

from pathlib import Path

from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.model.events import (
    Facts,
    Marker,
    RunEvent,
    RunStop,
    StateChange,
    StepStop,
    WindowStop,
)
from femo_tui.model.run_state import ACCEPTED, RunState, RunStatus
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.layout import RUN_FILE
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from femo_tui.store.seal import is_sealed

LOST = "lost"


def close_partial(
    run_dir: Path, operator: str, clock: Clock, modes: Modes = PRIVATE
) -> RunSnapshot:
    """End and seal a lost run at the time of its last row; return how it stands then.

    A run that had ended and was only not sealed keeps its status.

    Raises:
        UsageError: the run is sealed, or no run.
        StoreError: a recorder holds it, or it cannot be written.
    """
    if is_sealed(run_dir):
        raise UsageError(f"{run_dir}: this run is sealed already; nothing is left to close")
    if not (run_dir / RUN_FILE).is_file():
        raise UsageError(f"{run_dir}: this is no run folder; look at `femo sessions`")
    utc = iso_seconds(clock.utc())
    holder: Facts = {"what": f"the closing of {run_dir.name}", "operator": operator}
    writer = RunWriter.resume(run_dir, 0.0, {**holder, "since_utc": utc}, modes)
    try:
        snapshot = RunReader(run_dir).poll()
        if snapshot.stop is None:
            t_s = snapshot.elapsed_s
            for event in ends_of_open(snapshot):
                writer.event(event)
            writer.event(Marker(t_s, "closed as partial", operator, "recover"))
            writer.event(StateChange(t_s, RunState.DONE, LOST))
            writer.event(RunStop(t_s, RunStatus.PARTIAL, LOST, utc, counts(snapshot)))
        writer.seal()
    finally:
        writer.close()
    return RunReader(run_dir).poll()


def ends_of_open(snapshot: RunSnapshot) -> list[RunEvent]:
    """Return the stops that a lost run lacks, at the time of its last row."""
    t_s = snapshot.elapsed_s
    windows: list[RunEvent] = [
        WindowStop(t_s, window.step, window.attempt, window.class_name, LOST)
        for window in snapshot.windows
        if window.end_s is None
    ]
    steps: list[RunEvent] = [
        StepStop(t_s, step.name, step.attempt, LOST)
        for step in snapshot.steps
        if step.state == "running"
    ]
    return windows + steps


def counts(snapshot: RunSnapshot) -> Facts:
    """Return the figures that `run_stop` gives, counted from what is in the folder."""
    verdicts = [window.verdict for window in snapshot.windows]
    return {
        "gsr_samples": snapshot.gsr.length,
        "gsr_lost": snapshot.gsr_lost,
        "gsr_rejected_lines": snapshot.gsr_rejected_lines,
        "frames": snapshot.faces.frames,
        "frames_with_face": snapshot.faces.with_face,
        "frames_dropped": snapshot.faces.dropped,
        "windows_accepted": sum(verdict in ACCEPTED for verdict in verdicts),
        "windows_failed": verdicts.count("failed"),
    }
