"""Is there room on the disk for a run, before anybody sits down for it."""

from __future__ import annotations

import os
from pathlib import Path

from femo_tui.errors import DiskFull
from femo_tui.model.protocol import StudyProtocol
from femo_tui.store.files import explained

# Measured on runs at 720×480: a row of gsr.csv, a row of frames.csv, a face and its eyes as JPEG.
_SAMPLE_BYTES = 60
_FRAME_BYTES = 160
_CROPS_BYTES = 24_000
_WHOLE_FRAME_BYTES = 90_000  # a frame of 720×480 as JPEG, where the protocol keeps them
_FILM_GUESS_S = 300.0  # a film whose length the protocol does not give
_FIXED_BYTES = 16 << 20  # the reserve for closing in order, the catalog, the events


def estimated_bytes(protocol: StudyProtocol, gsr_rate_hz: float = 10.0) -> int:
    """Return what a run of the protocol takes on disk, generously."""
    length_s = sum(
        _FILM_GUESS_S if step.duration_s is None else step.duration_s for step in protocol.steps
    )
    windows_s = sum(step.window.duration_s for step in protocol.steps if step.window is not None)
    rows = length_s * (gsr_rate_hz * _SAMPLE_BYTES + protocol.camera_fps * _FRAME_BYTES)
    if protocol.keep_frames:
        rows += length_s * protocol.camera_fps * _WHOLE_FRAME_BYTES
    return round(rows + windows_s * protocol.camera_fps * _CROPS_BYTES) + _FIXED_BYTES


def free_bytes(folder: Path) -> int:
    """Return what this user can still write where `folder` is, or will be."""
    while not folder.exists():
        folder = folder.parent
    with explained(folder):
        found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def check_room(protocol: StudyProtocol, store_root: Path) -> None:
    """Raise DiskFull unless the run fits."""
    need, free = estimated_bytes(protocol), free_bytes(store_root)
    if free < need:
        raise DiskFull(
            f"{store_root}: a run of {protocol.name} needs {need / 1e6:.0f} MB and {free / 1e6:.0f}"
            " MB are free; free some room on this disk, or choose another store"
        )
