"""Work on a store that must be finished once it has begun: a journal each, finished at next start.

Moving a run to another participant and a withdrawal take many steps. Each can be done again, so
whoever opens the store after one was killed does all of them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from femo_tui.errors import StoreError
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, explained, make_folder, write_json
from femo_tui.store.lock import HeldLock

PENDING = "pending"  # folder of the store
_LOCK = "lock"


def is_pending(root: Path) -> bool:
    """Return whether work was begun and not finished, and nobody is at it."""
    folder = root / PENDING
    return folder.is_dir() and bool(_journals(root)) and not is_at_work(root)


def is_at_work(root: Path) -> bool:
    """Return whether somebody holds the store for such work."""
    return HeldLock.is_held(root / PENDING / _LOCK)


@contextmanager
def at_work(root: Path, what: str, operator: str, modes: Modes = PRIVATE) -> Iterator[None]:
    """Hold the store for such work; what is finished in it leaves no journal behind.

    Raises:
        StoreError: somebody else is at such work.
    """
    make_folder(root / PENDING, modes)
    with HeldLock.acquire(root / PENDING / _LOCK, {"what": what, "operator": operator}, modes):
        yield
        with explained(root / PENDING):
            for left in (root / PENDING).glob(".*.part"):
                left.unlink()


def begin(root: Path, name: str, facts: Mapping[str, JsonValue], modes: Modes = PRIVATE) -> None:
    """Write down what is to be done; from here on it will be."""
    write_json(root / PENDING / f"{name}.json", facts, modes)


def end(root: Path, name: str) -> None:
    """Forget the journal of what is done."""
    path = root / PENDING / f"{name}.json"
    with explained(path):
        path.unlink(missing_ok=True)


def begun(root: Path) -> list[tuple[str, Facts]]:
    """Return name and journal of everything that was begun, the oldest first.

    Raises:
        StoreError: a journal cannot be read.
    """
    found = []
    for path in _journals(root):
        with explained(path):
            content = path.read_bytes()
        try:
            found.append((path.stem, dict(json.loads(content))))
        except (ValueError, TypeError) as problem:
            raise StoreError(
                f"{path}: this journal of unfinished work cannot be read ({problem}); look at the"
                " participant it was about, then remove the file"
            ) from None
    return found


def _journals(root: Path) -> list[Path]:
    with explained(root / PENDING):
        paths = [path for path in (root / PENDING).glob("*.json") if not path.name.startswith(".")]
        return sorted(paths, key=lambda path: path.stat().st_mtime_ns)
