"""What of a store goes into a backup, read without getting in anybody's way."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.store.audit import AUDIT_FILE, HEAD_FILE, KEYS_FILE
from femo_tui.store.files import explained
from femo_tui.store.layout import DERIVED, FEATURES, LOCK, RESERVE, SESSIONS, TRAINING
from femo_tui.store.lock import HeldLock
from femo_tui.store.seal import is_sealed, read_manifest

_CATALOG = "catalog.db"
_AUDIT = (AUDIT_FILE, HEAD_FILE, KEYS_FILE)
# Made again from the rest whenever they are needed, and as sensitive as the faces.
_MADE_AGAIN = (DERIVED, f"{TRAINING}/{FEATURES}")
_LOCKS = (LOCK, RESERVE)


@dataclass(frozen=True, slots=True)
class Source:
    """One file to back up."""

    path: str  # in the store, with slashes
    size_bytes: int
    sealed: bool  # read-only
    mtime_ns: int = 0  # when it was written last; 0 where that says nothing
    content: bytes | None = None  # read already, where it had to be read together with others
    sha256: str = ""  # as its run was sealed; empty where only reading tells
    run: str = ""  # the run it belongs to, if that is not sealed


@dataclass(frozen=True, slots=True)
class Sources:
    """What a store holds at one moment."""

    files: tuple[Source, ...]  # by path
    left: tuple[str, ...]  # what does not go, one sentence each


def find_sources(root: Path) -> Sources:
    """Look through a store. A run that is being recorded is left for the next backup.

    Raises:
        StoreError: something cannot be read.
    """
    from femo_tui.store.catalog.online_copy import copy_catalog

    catalog = copy_catalog(root)
    whole = {} if catalog is None else {_CATALOG: catalog}
    whole |= _audit(root)
    found = {
        path: Source(path, len(content), sealed=False, content=content)
        for path, content in whole.items()
    }
    runs: dict[str, _Run] = {}
    with explained(root):
        for path, entry in _files(root):
            if path in whole or _is_left_out(path):
                continue
            name = _run_of(path)
            if name not in runs:
                runs[name] = _look_at(root, name)
            run = runs[name]
            if not run.recorded:
                unsealed = "" if run.sealed else name
                found[path] = Source(
                    path,
                    entry.st_size,
                    not entry.st_mode & stat.S_IWUSR,
                    entry.st_mtime_ns,
                    sha256=run.hashes.get(path, ""),
                    run=unsealed,
                )
    left = tuple(left_sentence(name) for name, run in sorted(runs.items()) if run.recorded)
    return Sources(tuple(found[path] for path in sorted(found)), left)


def is_recorded(run: Path) -> bool:
    """Return whether somebody is writing a run right now."""
    return HeldLock.is_held(run / LOCK)


def left_sentence(run: str) -> str:
    return f"{run.removeprefix(f'{SESSIONS}/')}: is being recorded; it goes with the next backup"


@dataclass(frozen=True, slots=True)
class _Run:
    recorded: bool
    sealed: bool
    hashes: dict[str, str]  # by path in the store, as it was sealed


def _run_of(path: str) -> str:
    """Return the run that a file belongs to, empty for one that belongs to none."""
    top, *parts = path.split("/")
    return "/".join((top, *parts[:3])) if top == SESSIONS and len(parts) > 3 else ""


def _look_at(root: Path, name: str) -> _Run:
    run = root / name
    if not name or is_sealed(run):
        hashes = _sealed_hashes(run, name) if name else {}
        return _Run(recorded=False, sealed=True, hashes=hashes)
    return _Run(recorded=is_recorded(run), sealed=False, hashes={})


def _sealed_hashes(run: Path, name: str) -> dict[str, str]:
    try:
        return {f"{name}/{path}": sha256 for path, sha256 in read_manifest(run).items()}
    except MalformedRecord:
        return {}  # every file of it is read then; `femo show --verify` names what is wrong


def _audit(root: Path) -> dict[str, bytes]:
    """Read the audit log with its head and keys while nobody appends to it."""
    log = root / AUDIT_FILE
    with explained(log):
        if not log.exists():
            return {}
        with log.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH)
            present = [name for name in _AUDIT if (root / name).is_file()]
            return {name: (root / name).read_bytes() for name in present}


def _files(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield every file and what the system says of it; links are followed once."""
    seen: set[tuple[int, int]] = set()
    for top, folders, names in os.walk(root, followlinks=True):
        found = os.stat(top)
        if (found.st_dev, found.st_ino) in seen:
            folders.clear()
            continue
        seen.add((found.st_dev, found.st_ino))
        folders.sort()
        for name in sorted(names):
            path = Path(top, name)
            try:
                entry = path.stat()
            except FileNotFoundError:
                continue  # a link that leads nowhere, or a file that was removed just now
            if stat.S_ISREG(entry.st_mode):
                yield path.relative_to(root).as_posix(), entry


def _is_left_out(path: str) -> bool:
    name = path.rpartition("/")[2]
    return (
        path.startswith(tuple(f"{folder}/" for folder in _MADE_AGAIN))
        or name.startswith(f"{_CATALOG}-")
        or name in _LOCKS
        or name.endswith((".lock", ".part", ".sock"))
        or any(part.endswith(".part") for part in path.split("/"))
    )
