"""Moving clips with a real human face, made from NASA's portrait of Eileen Collins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

PORTRAIT = Path(__file__).parents[1] / "data" / "faces" / "astronaut.jpg"
_FACE_CENTRE = (223.0, 115.0)  # of the face in the portrait, in its pixels
_FACE_WIDTH = 99.0


def face_images(count: int, fps: float = 25, size: tuple[int, int] = (720, 480)) -> Iterator[Image]:
    """Yield `count` BGR images of a face that sways, nods, comes nearer and goes back."""
    import cv2
    import numpy as np

    portrait = cv2.imread(str(PORTRAIT))
    assert portrait is not None
    width, height = size
    noise = np.random.default_rng(7).integers(0, 7, (height + 16, width, 3), dtype=np.uint8)
    for index in range(count):
        t_s = index / fps
        face_width = height * (0.38 + 0.08 * math.sin(t_s * 0.9))
        scale = face_width / _FACE_WIDTH
        turn = cv2.getRotationMatrix2D(_FACE_CENTRE, 4.0 * math.sin(t_s * 1.3), scale)
        turn[0, 2] += width * (0.5 + 0.11 * math.sin(t_s * 1.1)) - _FACE_CENTRE[0]
        turn[1, 2] += height * (0.45 + 0.05 * math.sin(t_s * 1.7)) - _FACE_CENTRE[1]
        image = cv2.warpAffine(portrait, turn, size, borderMode=cv2.BORDER_REPLICATE)
        shift = index % 16
        yield cv2.add(image, noise[shift : shift + height]).astype(np.uint8, copy=False)


def write_video(path: Path, images: Iterable[Image], fps: float = 25) -> Path:
    """Write images of one size as motion JPEG, which OpenCV can do without other programs."""
    import cv2

    writer: cv2.VideoWriter | None = None
    for image in images:
        if writer is None:
            height, width = image.shape[:2]
            writer = cv2.VideoWriter(
                str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height)
            )
            assert writer.isOpened()
        writer.write(image)
    assert writer is not None
    writer.release()
    return path


def make_face_video(
    path: Path, seconds: float, fps: float = 25, size: tuple[int, int] = (720, 480)
) -> Path:
    """Write a clip in which the face is found in every frame; `path` should end in .avi."""
    return write_video(path, face_images(round(seconds * fps), fps, size), fps)
