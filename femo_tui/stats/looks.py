"""Every look at p-values before the planned number of participants: `looks.jsonl` of the store."""

from __future__ import annotations

import json
from pathlib import Path

from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, append, explained, sync_path

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
    look = {"utc": iso_seconds(clock.utc()), "operator": operator, **facts}
    append(path, json.dumps(look, ensure_ascii=False).encode() + b"\n", modes)
    with explained(path):
        sync_path(path)
