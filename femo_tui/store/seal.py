"""The seal of a run: the SHA-256 of all that was recorded, and no write permission after it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.store.files import PRIVATE, Modes, explained, replace, set_mode
from femo_tui.store.layout import (
    AMENDMENTS,
    LOCK,
    MANIFEST,
    RECORDER_LOG,
    RESERVE,
)

UNLISTED = frozenset({MANIFEST, LOCK, RESERVE, RECORDER_LOG, AMENDMENTS})
_PIECE_BYTES = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def is_sealed(run_dir: Path) -> bool:
    return (run_dir / MANIFEST).exists()


def recorded_files(run_dir: Path) -> Iterator[Path]:
    """Yield every file that a manifest covers, sorted by its path in the run folder."""
    files = (path for path in run_dir.rglob("*") if path.is_file() and not path.is_symlink())
    for path in sorted(files, key=lambda file: file.relative_to(run_dir).as_posix()):
        if path.relative_to(run_dir).as_posix() not in UNLISTED:
            yield path


def seal_run(run_dir: Path, modes: Modes = PRIVATE) -> None:
    """Write the manifest, for `sha256sum -c` in the run folder, and make all of it read-only.

    Raises:
        StoreError: a file cannot be read, or the manifest not be written.
    """
    with explained(run_dir):
        files = list(recorded_files(run_dir))
        lines = [f"{digest(path)}  {path.relative_to(run_dir).as_posix()}\n" for path in files]
    replace(run_dir / MANIFEST, "".join(lines).encode(), modes)
    with explained(run_dir):
        for path in [*files, run_dir / MANIFEST]:
            set_mode(path, modes.inside(run_dir).sealed)


def read_manifest(run_dir: Path) -> dict[str, str]:
    """Return the SHA-256 of each file as the manifest has it.

    Raises:
        MalformedRecord: a line is not `<sha256>  <path>`.
    """
    found = {}
    with explained(run_dir / MANIFEST):
        text = (run_dir / MANIFEST).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise MalformedRecord(f"{MANIFEST} line {number}: {line[:80]!r} is no checksum line")
        found[match[2]] = match[1]
    return found


def digest(path: Path, read: Callable[[int], None] | None = None) -> str:
    """Return the SHA-256 of a file in hexadecimal; `read` is told of the bytes of each piece."""
    with path.open("rb") as file:
        if read is None:
            return hashlib.file_digest(file, "sha256").hexdigest()
        hashed = hashlib.sha256()
        while piece := file.read(_PIECE_BYTES):
            hashed.update(piece)
            read(len(piece))
        return hashed.hexdigest()
