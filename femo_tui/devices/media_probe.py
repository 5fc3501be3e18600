"""How long a film is, how large, how fast: read from the file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from femo_tui.errors import DeviceError


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a film is made of."""

    duration_s: float
    width: int
    height: int
    fps: float


@lru_cache(maxsize=64)
def probe(path: Path) -> MediaFacts:
    """Read a film's facts.

    Raises:
        DeviceError: it cannot be read as a film.
    """
    import cv2

    film = cv2.VideoCapture(str(path))
    try:
        fps = film.get(cv2.CAP_PROP_FPS)
        frame_count = film.get(cv2.CAP_PROP_FRAME_COUNT)
        if not film.isOpened() or fps <= 0 or frame_count <= 0:
            raise DeviceError(f"film {path} cannot be read: check the file, or convert it to MP4")
        return MediaFacts(
            duration_s=frame_count / fps,
            width=round(film.get(cv2.CAP_PROP_FRAME_WIDTH)),
            height=round(film.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            fps=fps,
        )
    finally:
        film.release()
