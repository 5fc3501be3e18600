"""Images from files, and the one way in which they are brought to the networks' size."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from femo_tui.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image: TypeAlias = "NDArray[np.uint8]"  # height × width × 3, BGR

SIZE = 224  # px: MobileNet's
PREPROCESSING = "p1"  # named in the cache: another resize filter alone flips 7 % of predictions
_JPEG_BEGIN, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


def decode(content: bytes, name: str) -> Image:
    """Return the image that a file's bytes hold, greyscale and CMYK brought to BGR.

    Raises:
        TrainingError: they hold none, or one that is cut short.
    """
    import cv2

    if content.startswith(_JPEG_BEGIN) and _JPEG_END not in content[2:]:
        raise TrainingError(f"{name}: this JPEG is cut short; copy it again or leave it out")
    found = None
    if content:
        try:
            found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        except cv2.error:  # more pixels than OpenCV takes
            found = None
    if found is None:
        raise TrainingError(f"{name}: this is no image that can be read; leave it out")
    return found.astype(np.uint8, copy=False)


def resized(image: Image, size: int) -> Image:
    """Return the image at size × size: areas averaged on the way down, lines on the way up."""
    import cv2

    shrinks = min(image.shape[:2]) > size
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (size, size), interpolation=way).astype(np.uint8, copy=False)


def network_input(image: Image) -> NDArray[np.float32]:
    """Return what MobileNet is fed: 1 × 224 × 224 × 3, RGB, −1 to 1, as Keras prepares it."""
    rgb = resized(image, SIZE)[:, :, ::-1]
    return (rgb.astype(np.float32) / np.float32(127.5) - np.float32(1))[None]


def grey(image: Image, size: tuple[int, int]) -> Image:
    """Return the image in grey levels at a size (width, height), areas averaged."""
    import cv2

    levels = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return cv2.resize(levels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
