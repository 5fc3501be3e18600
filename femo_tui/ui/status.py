"""What the status line says: where one is, what is recorded, for how long, is it saved."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from femo_tui.model.run_state import RunData, RunState, RunStatus
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.recorder.client import ActiveRun
from femo_tui.ui import words

LOW_DISK_BYTES = 5_000_000_000  # ten runs with whole frames kept, or as many hours at 1 kHz

STATE_WORDS: dict[RunState, tuple[str, str]] = {
    RunState.IDLE: ("· IDLE", "$quiet"),
    RunState.ARMING: ("◌ ARMING", "$warning bold"),
    RunState.RUNNING: ("● REC", "$accent bold"),
    RunState.PAUSED: ("‖ PAUSED", "$warning bold"),
    RunState.AWAITING_VERDICT: ("◆ AWAITING VERDICT", "$warning bold"),
    RunState.STOPPING: ("◌ STOPPING", "$warning bold"),
    RunState.DONE: ("✓ DONE", "$success bold"),
    RunState.ABORTING: ("◌ ABORTING", "$warning bold"),
    RunState.FAILED: ("✗ FAILED", "$error bold"),
    RunState.LOST: ("✗ LOST", "$error bold"),
}


STATUS_WORDS: dict[RunStatus, tuple[str, str]] = {
    RunStatus.COMPLETE: ("✓ DONE", "$success bold"),
    RunStatus.STOPPED: ("■ STOPPED", "$warning bold"),
    RunStatus.ABORTED: ("■ ABORTED", "$warning bold"),
    RunStatus.FAILED: ("✗ FAILED", "$error bold"),
    RunStatus.PARTIAL: ("■ PARTIAL", "$warning bold"),
}


def state_word(run: RunSnapshot) -> Content:
    """Return what a run does, or how it ended, as a sign, a word and a colour."""
    if run.data is RunData.DISCARDED:
        return Content.styled("✗ DISCARDED", "$warning bold")
    if run.stop is not None:
        return Content.styled(*STATUS_WORDS[run.stop.status])
    return Content.styled(*STATE_WORDS[run.state])


def participant_of(snapshot: RunSnapshot) -> str:
    return snapshot.start.participant if snapshot.start else snapshot.run_dir.parts[-3]


def name_of(run: RunSnapshot) -> str:
    """Return a run as it is spoken of: `S01 run-01`."""
    return f"{participant_of(run)} {run.run_name}"


def place(station: str, store: str) -> Content:
    """Return the left of the line outside Live: femo, station, store."""
    return Content.assemble(("femo", "bold"), (" · ", "$quiet"), station, (" · ", "$quiet"), store)


def recorder(snapshot: RunSnapshot | None, active: ActiveRun | None) -> Content:
    """Return what the recorder does outside Live: a word and a colour, who, for how long."""
    if active is not None and active.run_dir is None:
        return Content.assemble(
            Content.styled(*STATE_WORDS[RunState.ARMING]), " ", active.participant
        )
    if snapshot is None or (active is None and snapshot.state is not RunState.LOST):
        return Content.styled("no run", "$quiet")
    simulated = (" SIMULATED", "$warning bold") if snapshot.simulated else ""
    who = f" {participant_of(snapshot)} {words.clock(snapshot.elapsed_s)}"
    return Content.assemble(state_word(snapshot), simulated, who)


def disk(free_bytes: int | None) -> Content:
    """Return what is free on the disk; empty while that is not known."""
    if free_bytes is None:
        return Content("")
    free = f"{words.size(free_bytes)} free"
    low = free_bytes < LOW_DISK_BYTES
    return Content.styled(f"LOW {free}", "$error bold") if low else Content(free)


def ends(
    left: Content, recorded: Content, free: Content, now: datetime, width: int
) -> tuple[Content, Content]:
    """Return both ends of the line outside Live, as much as fits: the recorder comes first."""
    time = Content(now.strftime("%H:%M"))
    apart = Content.styled(" · ", "$quiet")
    whole = apart.join(part for part in (recorded, free, time) if part)
    for near, far in ((left, whole), (left, apart.join((recorded, time))), (Content(""), whole)):
        if near.cell_length + far.cell_length < width:
            return near, far
    return Content(""), recorded


def run_ends(run: RunSnapshot, width: int) -> tuple[Content, Content]:
    """Return both ends of Live's line, as much as fits: who and what is saved come first."""
    planned_s = sum(step.duration_s or 0.0 for step in run.steps)
    planned = Content("")
    if planned_s and run.state in (RunState.RUNNING, RunState.PAUSED):
        planned = Content.styled(f" of ~{max(round(planned_s / 60), 1)} min", "$quiet")
    head, saved = _run_head(run), _run_saved(run)
    brief = Content.assemble(words.size(run.bytes_on_disk), (" · ", "$quiet"), _run_lost(run))
    for left, right in ((head + planned, saved), (head, saved), (head, brief)):
        if left.cell_length + right.cell_length < width:
            return left, right
    return head, _run_lost(run)


def _run_head(run: RunSnapshot) -> Content:
    """Return state, who, which run, how long."""
    parts: list[Content | tuple[str, str] | str] = [state_word(run), " "]
    if run.simulated:
        parts += [("SIMULATED", "$warning bold"), " "]
    parts += [(participant_of(run), "bold"), " ", run.run_name, "  "]
    parts.append(words.clock(run.elapsed_s))
    return Content.assemble(*parts)


def _run_saved(run: RunSnapshot) -> Content:
    """Return what is on disk, and what was lost on the way.

    It changes every second, so it keeps to one style: each further one costs 40 bytes on the line.
    """
    saved = f"saved {words.size(run.bytes_on_disk)} · {words.count(run.gsr.length)} samples · "
    return Content.assemble(saved, _run_lost(run))


def _run_lost(run: RunSnapshot) -> Content:
    style = "$error bold" if run.gsr_lost else ""
    return Content.styled(f"{words.count(run.gsr_lost)} lost", style)
