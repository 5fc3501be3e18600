"""What is decided about a run once it is sealed: `amendments.jsonl`, a chain of hashed lines.

Each line carries the SHA-256 of the line before it, the first that of the run's manifest, so that
none can be changed, left out or moved to another run unseen.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, explained, open_private, write_all
from femo_tui.store.layout import AMENDMENTS, MANIFEST

PREVIOUS = "previous_sha256"


def amend(run_dir: Path, *amendments: Mapping[str, JsonValue], modes: Modes = PRIVATE) -> None:
    """Append amendments and put them on the disk; of several who do so each waits for the other.

    Raises:
        StoreError: they cannot be written.
        MalformedRecord: the chain so far does not hold.
    """
    path = run_dir / AMENDMENTS
    with one_writer(run_dir):
        read_amendments(run_dir)
        lines, torn_bytes = _lines(run_dir)
        added = chained(amendments, sha256_of(lines[-1]) if lines else _manifest_hash(run_dir))
        with explained(path):
            descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, modes)
            try:
                if torn_bytes:  # whoever wrote it was cut short, and told nobody that it is there
                    os.ftruncate(descriptor, os.fstat(descriptor).st_size - torn_bytes)
                write_all(descriptor, added)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def chained(amendments: Iterable[Mapping[str, JsonValue]], previous: str) -> bytes:
    """Return amendments as the lines that follow one of this SHA-256."""
    lines = []
    for facts in amendments:
        line = json.dumps({**facts, PREVIOUS: previous}, ensure_ascii=False).encode()
        lines.append(line + b"\n")
        previous = sha256_of(line)
    return b"".join(lines)


@contextmanager
def one_writer(run_dir: Path) -> Iterator[None]:
    """Let nobody else change a run's amendments meanwhile."""
    with explained(run_dir):
        folder = os.open(run_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with explained(run_dir):
            fcntl.flock(folder, fcntl.LOCK_EX)  # of the folder: it leaves no file
        yield
    finally:
        os.close(folder)


def read_amendments(run_dir: Path) -> list[dict[str, JsonValue]]:
    """Return the amendments, the oldest first; a last line without its end is none.

    Raises:
        MalformedRecord: a line is no amendment, or does not follow the one before it.
    """
    found = []
    previous = _manifest_hash(run_dir)
    for number, line in enumerate(_lines(run_dir)[0], start=1):
        try:
            body = json.loads(line)
            follows = body[PREVIOUS] == previous
        except (ValueError, KeyError, TypeError):
            raise MalformedRecord(f"{AMENDMENTS} line {number}: this is no amendment") from None
        if not follows:
            raise MalformedRecord(
                f"{AMENDMENTS} line {number}: does not follow what stands before it; the file was"
                " changed, or belongs to another run"
            )
        found.append(body)
        previous = sha256_of(line)
    return found


def torn_end(run_dir: Path) -> str:
    """Return one sentence about a last line without its end, empty if there is none."""
    lines, torn_bytes = _lines(run_dir)
    if not torn_bytes:
        return ""
    return f"{AMENDMENTS} line {len(lines) + 1}: torn after {torn_bytes} bytes, skipped"


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _manifest_hash(run_dir: Path) -> str:
    with explained(run_dir / MANIFEST):
        try:
            return sha256_of((run_dir / MANIFEST).read_bytes())
        except FileNotFoundError:
            return ""


def _lines(run_dir: Path) -> tuple[list[bytes], int]:
    """Return the whole lines, and how many bytes stand behind them."""
    with explained(run_dir / AMENDMENTS):
        try:
            content = (run_dir / AMENDMENTS).read_bytes()
        except FileNotFoundError:
            return [], 0
    whole = content.rfind(b"\n") + 1
    return content[:whole].splitlines(), len(content) - whole
