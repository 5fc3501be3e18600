"""The frames of one window whose faces were saved."""

from __future__ import annotations

from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.store import rows
from femo_tui.store.layout import FRAMES_FILE
from femo_tui.store.tail import LineTail


def saved_frames(run_dir: Path, step: str, attempt: int) -> list[rows.SavedFrame]:
    """Return the frames of an attempt with a saved face; rows that cannot be read are left out."""
    found = []
    for _, line in LineTail(run_dir / FRAMES_FILE).read():
        try:
            row = rows.read_frame_row(line)
        except MalformedRecord:
            continue  # the header, or among the problems that the run's reader names
        if (row.step, row.attempt) == (step, attempt) and row.face_file:
            found.append(row)
    return found
