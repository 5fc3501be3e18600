"""What is decided about a run once it is sealed: `amendments.jsonl`, a chain of hashed lines.

Each line carries the SHA-256 of the line before it, the first that of the run's manifest, so that
none can be changed, left out or moved to another run unseen.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, explained, open_private, write_all
from femo_tui.store.layout import AMENDMENTS, MANIFEST

PREVIOUS = "previous_sha256"


def amend(run_dir: Path, facts: Mapping[str, JsonValue], modes: Modes = PRIVATE) -> None:
    """Append one amendment and put it on the disk.

    Raises:
        StoreError: it cannot be written.
        MalformedRecord: the chain so far does not hold.
    """
    read_amendments(run_dir)
    path = run_dir / AMENDMENTS
    line = json.dumps({**facts, PREVIOUS: _newest_hash(run_dir)}, ensure_ascii=False)
    with explained(path):
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, modes)
        try:
            write_all(descriptor, line.encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_amendments(run_dir: Path) -> list[dict[str, JsonValue]]:
    """Return the amendments, the oldest first.

    Raises:
        MalformedRecord: a line is no amendment, or does not follow the one before it.
    """
    found = []
    previous = _manifest_hash(run_dir)
    for number, line in enumerate(_lines(run_dir), start=1):
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
        previous = _sha256(line)
    return found


def _newest_hash(run_dir: Path) -> str:
    lines = _lines(run_dir)
    return _sha256(lines[-1]) if lines else _manifest_hash(run_dir)


def _manifest_hash(run_dir: Path) -> str:
    with explained(run_dir / MANIFEST):
        try:
            return _sha256((run_dir / MANIFEST).read_bytes())
        except FileNotFoundError:
            return ""


def _lines(run_dir: Path) -> list[bytes]:
    with explained(run_dir / AMENDMENTS):
        try:
            return (run_dir / AMENDMENTS).read_bytes().splitlines()
        except FileNotFoundError:
            return []


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
