"""Checks a run folder against its manifest and against itself; every fault is reported at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store import rows
from femo_tui.store.files import explained
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, MANIFEST, RUN_FILE
from femo_tui.store.run_reader import RunReader
from femo_tui.store.seal import digest, is_sealed, read_manifest, recorded_files
from femo_tui.store.tail import LineTail
from femo_tui.store.tombstone import has_tombstone, leftovers, read_tombstone


def verify_run(run_dir: Path, report: Report = unheard) -> list[str]:
    """Return one sentence for each fault of a run, none if it is whole and unchanged."""
    if has_tombstone(run_dir):
        return list(_discarded_faults(run_dir))
    snapshot = RunReader(run_dir, keep_samples=False).poll()
    with explained(run_dir):
        return [
            *_manifest_faults(run_dir, report),
            *snapshot.problems,
            *_sample_faults(run_dir),
            *_frame_faults(run_dir),
            *_event_faults(snapshot),
        ]


def _discarded_faults(run_dir: Path) -> Iterator[str]:
    try:
        read_tombstone(run_dir)
    except MalformedRecord as problem:
        yield str(problem)
    for path in leftovers(run_dir):
        name = path.relative_to(run_dir).as_posix()
        yield f"{name}: left over from a run that was discarded"


def _manifest_faults(run_dir: Path, report: Report) -> Iterator[str]:
    if not is_sealed(run_dir):
        yield f"{MANIFEST}: missing, the run is not sealed"
        return
    try:
        expected = read_manifest(run_dir)
    except MalformedRecord as problem:
        yield str(problem)
        return
    present = {path.relative_to(run_dir).as_posix(): path for path in recorded_files(run_dir)}
    read, total = 0, sum(path.stat().st_size for path in present.values())

    def more(count: int) -> None:
        nonlocal read
        read += count
        report(Progress(read, total, "bytes"))

    for name, sha256 in expected.items():
        if name not in present:
            yield f"{name}: missing, though the manifest lists it"
        elif digest(present[name], more) != sha256:
            yield f"{name}: changed since the run was sealed"
    for name in sorted(present.keys() - expected.keys()):
        yield f"{name}: not in the manifest"


def _sample_faults(run_dir: Path) -> Iterator[str]:
    before_s = -math.inf
    for number, line in LineTail(run_dir / GSR_FILE).read():
        try:
            t_s, _, _ = rows.read_gsr_row(line)
        except MalformedRecord:
            continue  # the header, or among the snapshot's problems
        if t_s < before_s:
            yield f"{GSR_FILE} line {number}: time goes back from {before_s:.6f} to {t_s:.6f} s"
        before_s = t_s


def _frame_faults(run_dir: Path) -> Iterator[str]:
    before_s, before = -math.inf, -1
    for number, line in LineTail(run_dir / FRAMES_FILE).read():
        try:
            row = rows.read_frame_row(line)
        except MalformedRecord:
            continue
        where = f"{FRAMES_FILE} line {number}"
        if row.t_s < before_s:
            yield f"{where}: time goes back from {before_s:.6f} to {row.t_s:.6f} s"
        if row.frame <= before:
            yield f"{where}: frame {row.frame} comes after frame {before}"
        before_s, before = row.t_s, row.frame
        for name in (row.face_file, row.eyes_file):
            if name and not (run_dir / name).is_file():
                yield f"{where}: {name} is missing"


def _event_faults(snapshot: RunSnapshot) -> Iterator[str]:
    if snapshot.start is None:
        yield f"{RUN_FILE}: no run_start"
    for window in snapshot.windows:
        which = f"the window of {window.step}, attempt {window.attempt},"
        if window.end_s is None:
            yield f"{RUN_FILE}: {which} was never closed"
        elif window.end_s < window.onset_s:
            yield f"{RUN_FILE}: {which} ends before it begins"
    for step in snapshot.steps:
        if step.started_s is not None and step.stopped_s is None:
            yield f"{RUN_FILE}: step {step.name}, attempt {step.attempt}, was never ended"
    if snapshot.stop is None:
        yield f"{RUN_FILE}: no run_stop, the run was lost or still goes on"
        return
    held = {"gsr_samples": snapshot.gsr.length, "frames": snapshot.faces.frames}
    if any(a.amends == "withdrawn" and "gsr" in a.decided.split() for a in snapshot.amendments):
        del held["gsr_samples"]  # consent was taken back, and the samples with it
    for name, count in held.items():
        stated = snapshot.stop.counts.get(name, count)
        if stated != count:
            yield f"{RUN_FILE}: run_stop counts {stated} {name}, the rows are {count}"
