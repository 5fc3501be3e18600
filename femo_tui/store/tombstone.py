"""What stays of a discarded run: one file that says that it was, and nothing of what it held."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.store.files import PRIVATE, Modes, explained, set_mode, sync_path, write_json
from femo_tui.store.layout import LOCK, TOMBSTONE


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Which run there was, and who removed it, when and why.

    `films` are what the participant has been shown: facts of the world, needed so that a film shown
    again is known to be shown again.
    """

    run: str  # run-01
    session: str
    participant: str
    protocol: str
    discarded_utc: str
    operator: str
    reason: str
    films: tuple[dict[str, str], ...] = ()  # media, and sha256 where it is known
    started_utc: str = ""  # of the run; empty where nothing tells


def has_tombstone(run_dir: Path) -> bool:
    return (run_dir / TOMBSTONE).is_file()


def read_tombstone(run_dir: Path) -> Tombstone:
    """Return the tombstone of a discarded run.

    Raises:
        MalformedRecord: it is none.
    """
    path = run_dir / TOMBSTONE
    with explained(path):
        content = path.read_bytes()
    try:
        body = json.loads(content)
        return Tombstone(**{**body, "films": tuple(dict(film) for film in body["films"])})
    except (ValueError, KeyError, TypeError) as problem:
        raise MalformedRecord(
            f"{path}: this is no tombstone ({problem}); restore it from a backup"
        ) from None


def bury(run_dir: Path, tombstone: Tombstone, modes: Modes = PRIVATE) -> None:
    """Write the tombstone, then remove everything else of the run.

    Raises:
        StoreError: something cannot be removed; calling it again goes on.
    """
    if not has_tombstone(run_dir):
        write_json(
            run_dir / TOMBSTONE, {**asdict(tombstone), "films": list(tombstone.films)}, modes
        )
    for path in leftovers(run_dir):
        with explained(path):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    with explained(run_dir):
        set_mode(run_dir / TOMBSTONE, modes.inside(run_dir).sealed)
        sync_path(run_dir)


def leftovers(run_dir: Path) -> Iterator[Path]:
    """Yield what lies beside the tombstone, the lock last: it is held while the rest goes."""
    with explained(run_dir):
        found = [path for path in run_dir.iterdir() if path.name != TOMBSTONE]
    yield from sorted(found, key=lambda path: (path.name == LOCK, path.name))
