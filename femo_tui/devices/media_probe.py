"""How long a film is, how large, how fast: read from its header by OpenCV."""

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


def probe(path: Path) -> MediaFacts:
    """Read a film's facts; an unchanged file is opened once only.

    Raises:
        DeviceError: it is missing, or cannot be read as a film.
    """
    try:
        found = path.stat()
    except OSError as problem:
        raise DeviceError(
            f"film {path} cannot be read ({problem.strerror}): look where it is"
        ) from None
    return _probe(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _probe(path: Path, modified_ns: int, size_bytes: int) -> MediaFacts:
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
