"""Opens the run folder of a new run, or of a lost one that goes on."""

from __future__ import annotations

import json
import platform
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from femo_tui import __version__
from femo_tui.commit import commit_fact
from femo_tui.errors import StoreError, UsageError
from femo_tui.model.clock import Clock
from femo_tui.model.cut import LEAVE_OUT
from femo_tui.model.events import (
    FORMAT_VERSION,
    Facts,
    RunResume,
    RunStart,
    StateChange,
    Verdict,
)
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.recorder.counts import RunCounts
from femo_tui.recorder.exposures import SAME, Exposures
from femo_tui.recorder.films import film_note, refuse_other_films
from femo_tui.recorder.place import Place, where_to_begin
from femo_tui.recorder.plan import Plan
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.wall_clock import iso
from femo_tui.store.boot import boot_id
from femo_tui.store.layout import open_session_and_run
from femo_tui.store.recover import LOST, counts, ends_of_open
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter, write_recorder_json

BY_WALL_CLOCK_S = 1.0  # how far a wall clock may be off that places a run after a reboot


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run folder that is open for writing, and where in the protocol the engine begins."""

    run_dir: Path
    writer: RunWriter
    start: RunStart
    origin_s: float  # boot time of run start, or what it would be in this boot
    counts: RunCounts
    place: Place = field(default_factory=Place)
    operator: str = ""


def open_new_run(
    request: RecordRequest,
    plan: Plan,
    rig: Rig,
    holder: Facts,
    clock: Clock,
    writer_class: type[RunWriter] = RunWriter,
) -> OpenRun:
    """Make the folder of a new run and write its first lines.

    Rehearsed faults stand in it from the start, so that nobody takes them for real ones.

    Raises:
        StoreError: it cannot be made; nothing of it is left then.
    """
    participant, films = plan.participant, plan.films
    environment = dict(request.environment)
    if request.faults:
        environment["rehearsed_faults"] = list(request.faults)
    session, run_dir = open_session_and_run(request.store_root, participant.code, clock.utc())
    start = RunStart(
        t_s=0.0,
        format=FORMAT_VERSION,
        run=run_dir.name,
        session=session,
        participant=participant.code,
        age=participant.age,
        sex=None if participant.sex is None else participant.sex.value,
        consent=participant.consent.facts(),
        operator=request.operator,
        utc=iso(clock.utc()),
        boot_id=boot_id(),
        boot_s=clock.now_s(),
        study={"title": plan.study.title, "sha256": plan.study.sha256},
        protocol={**plan.protocol.facts(), "media": dict(films.facts)},
        language=request.language,
        devices=rig.facts(),
        environment=environment,
        versions=_versions(),
        simulated=rig.simulated(),
        auto=request.auto,
    )
    try:
        writer = writer_class(run_dir, start.boot_s, holder)
        writer.event(start)
        writer.event(StateChange(0.0, RunState.ARMING))
        for found in films.warnings:
            writer.event(film_note(0.0, found))
        _note_recorder(run_dir, request, holder)
    except StoreError:
        shutil.rmtree(run_dir, ignore_errors=True)
        with suppress(OSError):  # the session has other runs
            run_dir.parent.rmdir()
        raise
    return OpenRun(run_dir, writer, start, start.boot_s, RunCounts())


def open_lost_run(
    run_dir: Path,
    request: RecordRequest,
    plan: Plan,
    rig: Rig,
    holder: Facts,
    clock: Clock,
    exposures: Exposures,
) -> OpenRun:
    """Go on with a lost run from the step that was cut; the gap stands in its `run_resume`.

    A film that had begun to play is not shown again but by the request's choice.

    Raises:
        UsageError: it is not lost, or a film of it was changed since.
        IllegalCommand: there is no such film as is chosen.
        StoreError: it cannot be written.
    """
    found = RunReader(run_dir).poll()
    if found.start is None or found.state is not RunState.LOST:
        raise UsageError(f"{run_dir}: this run is {found.state.value}, not lost")
    protocol, films = plan.protocol, plan.films
    refuse_other_films(found.start, films)
    origin_s, uncertainty_s = _origin(found, clock)
    place = where_to_begin(found, protocol, origin_s, request.media)
    if place.step is not None and place.choice != LEAVE_OUT:
        exposures.again(place.step, place.choice or SAME)
    writer = RunWriter.resume(run_dir, origin_s, holder)
    for event in ends_of_open(found):
        writer.event(event)
    for window in found.windows:
        if window.end_s is None:
            writer.event(_lost_verdict(found.elapsed_s, window))
    now_s = clock.now_s() - origin_s
    writer.event(
        RunResume(
            t_s=now_s,
            utc=iso(clock.utc()),
            boot_id=boot_id(),
            boot_s=clock.now_s(),
            operator=request.operator,
            gap_s=round(now_s - found.elapsed_s, 6),
            uncertainty_s=uncertainty_s,
            step=protocol.steps[place.index].name if place.index < len(protocol.steps) else "",
            devices=rig.facts(),
        )
    )
    writer.event(StateChange(now_s, RunState.ARMING, "resumed"))
    for warning in films.warnings:
        writer.event(film_note(now_s, warning))
    _note_recorder(run_dir, request, holder)
    so_far = counts(RunReader(run_dir).poll())
    return OpenRun(
        run_dir,
        writer,
        found.start,
        origin_s,
        RunCounts(**{name: int(str(value)) for name, value in so_far.items()}),
        place,
        request.operator,
    )


def _origin(found: RunSnapshot, clock: Clock) -> tuple[float, float]:
    """Return the boot time of run start, and how sure it is: in another boot, by wall clock."""
    assert found.start is not None
    if found.start.boot_id == boot_id() and found.start.boot_s <= clock.now_s():
        return found.start.boot_s, 0.0
    began = datetime.fromisoformat(found.start.utc)
    since_s = (clock.utc() - began).total_seconds()
    elapsed_s = max(since_s, found.elapsed_s)  # time in the files never goes back
    return clock.now_s() - elapsed_s, BY_WALL_CLOCK_S + elapsed_s - since_s


def _lost_verdict(t_s: float, window: WindowSummary) -> Verdict:
    return Verdict(
        t_s, window.step, window.attempt, window.class_name, "failed", "auto", f"window {LOST}", {}
    )


def _note_recorder(run_dir: Path, request: RecordRequest, holder: Facts) -> None:
    asked = json.loads(request.to_json())
    write_recorder_json(run_dir, {**holder, "femo": __version__, "request": asked})


def _versions() -> Facts:
    return {
        "femo": __version__,
        **commit_fact(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
