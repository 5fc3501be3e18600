"""Where data go: the config file, the store, its catalog and study, room and speed of its disk."""

from __future__ import annotations

import math
import os
import shlex
import tempfile
import time
from pathlib import Path
from statistics import median

from femo_tui import paths
from femo_tui.config import load_config
from femo_tui.doctor.finding import Finding, Subject, look, missing, ok, refused
from femo_tui.errors import CatalogAway, FemoError
from femo_tui.recorder.client import active_run
from femo_tui.recorder.room import estimated_bytes, free_bytes
from femo_tui.store.files import STUDY_FILE
from femo_tui.store.library import load_protocol
from femo_tui.store.study import load_study
from femo_tui.store.waiting import waiting_runs

ROOMY_RUNS = 10  # a day's; fewer that still fit are worth a look
# A recorder puts its rows on the disk once a second, and a window's last before the gate.
SLOW_SYNC_S = 0.25
SLOW_BYTES_PER_S = 10e6  # whole frames of 720×480 at 10 FPS are 1 MB a second
_BLOCK_BYTES, _BLOCKS, _SYNCS = 1 << 20, 8, 7
_MEASURED_WITHIN_S = 1.0
DISK_LIMIT_S = 5.0


def look_at_config(subject: Subject) -> Finding:
    file = paths.config_file()
    try:
        load_config()
    except FemoError as problem:
        return refused("config", problem)
    found = f"{file}" if file.exists() else f"all defaults: there is no {file}"
    return ok("config", found, path=str(file), exists=file.exists())


def look_at_store(subject: Subject) -> Finding:
    """Tell whether the store can be written, whether it is recorded on, and what waits there."""
    root = subject.root
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    if not there.is_dir():
        return missing("store", f"{there} is no folder", "femo --store DIR   # or FEMO_STORE")
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        owner = f"sudo chown -R $USER {shlex.quote(str(there))}"
        found = f"{root} cannot be written by this user"
        return missing("store", found, f"{owner}   # or another store: --store DIR")
    if there != root:
        return ok("store", f"{root}: made when it is first used", path=str(root), exists=False)
    try:
        running, waits = active_run(root), waiting_runs(root)
    except FemoError as problem:
        return refused("store", problem)
    doing = "" if running is None else f", {running.operator} records {running.participant} on it"
    facts: dict[str, str | bool] = {
        "path": str(root),
        "exists": True,
        "recording": running is not None,
    }
    if waits:
        runs = "1 run waits" if len(waits) == 1 else f"{len(waits)} runs wait"
        found = f"{root}{doing}: {runs} to be entered into the catalog"
        return look("store", found, "femo reindex", **facts, waiting=len(waits))
    return ok("store", f"{root}{doing}", **facts, waiting=0)


def look_at_catalog(subject: Subject) -> Finding:
    """Tell the version of the catalog's schema; who uses it next brings an older one up to date."""
    from femo_tui.store.catalog.database import look_at_schema
    from femo_tui.store.catalog.schema import KNOWN_VERSIONS, SCHEMA_VERSION

    where = "the file of the store" if paths.catalog_url() is None else "on a server"
    try:
        version = look_at_schema(subject.root)
    except CatalogAway as problem:
        what, _, remedy = str(problem).partition(": ")
        return missing("catalog", what, remedy or "femo doctor   # again in a moment")
    except FemoError as problem:
        return refused("catalog", problem)
    if version is None:
        return ok("catalog", f"{where}: made when it is first used")
    if version not in KNOWN_VERSIONS:
        found = f"written by a newer femo (schema {version}, this one knows {SCHEMA_VERSION})"
        return missing("catalog", found, "pip install --upgrade femo", schema=version)
    older = "" if version == SCHEMA_VERSION else ", brought up to date when it is next used"
    return ok("catalog", f"{where}, schema {version}{older}", schema=version)


def look_at_study(subject: Subject) -> Finding:
    """Tell whether the study and its protocol can be read; its films are another command's."""
    try:
        study = load_study(subject.root)
    except FemoError as problem:
        return missing("study", _first_line(problem), "femo study show   # names every mistake")
    try:
        protocol = load_protocol(study.protocol, subject.root)
    except FemoError as problem:
        return missing("study", _first_line(problem), f"femo protocol check {study.protocol}")
    if not (subject.root / STUDY_FILE).exists():
        command = 'femo study init --title "Films and skin" --planned-n 24'
        return look("study", "there is no study.toml: its defaults hold", command)
    found = f"{study.title}, protocol {protocol.name}; `femo stimuli check` looks at its films"
    return ok("study", found, protocol=protocol.name)


def look_at_disk(subject: Subject) -> Finding:
    """Tell whether a run of the study fits, and how fast the disk takes it.

    Nothing is written while a run is recorded. What is written otherwise has no name and is gone.
    """
    root, need = subject.root, _need_bytes(subject.root)
    free = free_bytes(root)
    facts: dict[str, int | float] = {"free_bytes": free, "run_bytes": need}
    room = f"{free / 1e9:.1f} GB free, a run needs {need / 1e9:.1f} GB"
    other = f"df -h {shlex.quote(str(root))}   # free some room, or choose another --store"
    if free < need:
        return missing("disk", room, other, **facts)
    if subject.recording:
        speed, slow = "speed not measured: a run is recorded", False
    else:
        sync_s, bytes_per_s = _speed(next(at for at in (root, *root.parents) if at.exists()))
        facts |= {"sync_ms": round(1000 * sync_s, 2), "write_mb_per_s": round(bytes_per_s / 1e6, 1)}
        slow = sync_s > SLOW_SYNC_S or bytes_per_s < SLOW_BYTES_PER_S
        speed = f"{bytes_per_s / 1e6:.0f} MB/s, {1000 * sync_s:.1f} ms until a row is safe"
    if slow:
        remedy = "femo --store DIR   # on a disk of this machine that is not so slow, or busy"
        return look("disk", f"{room}; {speed}", remedy, **facts)
    if free < ROOMY_RUNS * need:
        return look("disk", f"{room}, {free // need} fit; {speed}", other, **facts)
    return ok("disk", f"{room}; {speed}", **facts)


def _first_line(problem: FemoError) -> str:
    return str(problem).splitlines()[0]


def _need_bytes(root: Path) -> int:
    try:
        return estimated_bytes(load_protocol(load_study(root).protocol, root))
    except FemoError:  # the study's line tells what is wrong
        return estimated_bytes(load_protocol("wile2018", paths.stimuli_dir()))


def _speed(folder: Path) -> tuple[float, float]:
    """Return how long a row takes until it is on the disk, and bytes a second; within a second."""
    with tempfile.TemporaryFile(dir=folder) as file:
        syncs_s: list[float] = []
        begun_s = time.monotonic()
        for _ in range(_SYNCS):
            row_s = time.monotonic()
            os.write(file.fileno(), b"row" * 20)
            os.fsync(file.fileno())
            syncs_s.append(time.monotonic() - row_s)
            if time.monotonic() - begun_s > _MEASURED_WITHIN_S / 2:
                break
        block, written = os.urandom(_BLOCK_BYTES), 0
        begun_s = time.monotonic()
        for _ in range(_BLOCKS):
            written += os.write(file.fileno(), block)
            os.fsync(file.fileno())
            if time.monotonic() - begun_s > _MEASURED_WITHIN_S / 2:
                break
        took_s = time.monotonic() - begun_s
    return median(syncs_s), written / took_s if took_s > 0 else math.inf
