"""Every look at p-values before the planned number of participants: `looks.jsonl` of the store."""

from __future__ import annotations

import json
import os
from pathlib import Path

from femo_tui.model.clock import Clock
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, explained, open_private, write_all

LOOKS_FILE = "looks.jsonl"


def count_looks(root: Path) -> int:
    """Return how often somebody looked early."""
    path = root / LOOKS_FILE
    with explained(path):
        try:
            return len(path.read_bytes().splitlines())
        except FileNotFoundError:
            return 0


def log_look(
    root: Path,
    operator: str,
    clock: Clock,
    facts: dict[str, JsonValue],
    modes: Modes = PRIVATE,
) -> None:
    """Append one look: who, when, and at what.

    Raises:
        StoreError: it cannot be written; what was asked for must not be shown then.
    """
    path = root / LOOKS_FILE
    utc = clock.utc().isoformat(timespec="seconds").replace("+00:00", "Z")
    line = json.dumps({"utc": utc, "operator": operator, **facts}, ensure_ascii=False)
    with explained(path):
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, modes)
        try:
            write_all(descriptor, line.encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
