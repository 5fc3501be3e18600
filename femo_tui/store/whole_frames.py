"""The file of a run's whole frames: one JPEG after the other, as many as frames.csv has rows."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from femo_tui.store.files import explained
from femo_tui.store.layout import WHOLE_FRAMES

_JPEG_ENDS = b"\xff\xd9"  # in what OpenCV writes it stands nowhere else (ITU-T T.81, B.1.1.2)


def cut_behind(run_dir: Path, rows: int) -> None:
    """Cut off what was written of images whose rows never came; without it all later ones shift.

    Raises:
        StoreError: the file cannot be cut.
    """
    path = run_dir / WHOLE_FRAMES
    with explained(path):
        if not path.exists() or not path.stat().st_size:
            return
        place = 0
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as film:
            for _ in range(rows):
                end = film.find(_JPEG_ENDS, place)
                if end < 0:
                    break
                place = end + len(_JPEG_ENDS)
        os.truncate(path, place)
