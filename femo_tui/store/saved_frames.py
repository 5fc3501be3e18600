"""The frames of a run whose faces were saved, by attempt."""

from __future__ import annotations

from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.store import rows
from femo_tui.store.layout import FRAMES_FILE
from femo_tui.store.tail import LineTail


def saved_frames(run_dir: Path, step: str, attempt: int) -> list[rows.SavedFrame]:
    """Return the frames of an attempt with a saved face; rows that cannot be read are left out."""
    return saved_frames_by_attempt(run_dir).get((step, attempt), [])


def saved_frames_by_attempt(run_dir: Path) -> dict[tuple[str, int], list[rows.SavedFrame]]:
    """Return the frames of every attempt, by step and attempt."""
    found: dict[tuple[str, int], list[rows.SavedFrame]] = {}
    for _, line in LineTail(run_dir / FRAMES_FILE).read():
        try:
            row = rows.read_frame_row(line)
        except MalformedRecord:
            continue  # the header, or among the problems that the run's reader names
        if row.face_file:
            found.setdefault((row.step, row.attempt), []).append(row)
    return found
