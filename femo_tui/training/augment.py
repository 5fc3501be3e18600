"""Faces as they might have been taken as well: mirrored, a little moved, nearer, brighter.

None of it changes what a face shows. What becomes of an image depends on the seed, the epoch and
the image alone, whoever works on it and in whatever order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from femo_tui.training.images import Image

SHIFT = 0.06  # of the side, at most, either way: about what the detector's box wavers by
ZOOM = 1.1  # at most, and 1 over it at least
GAIN = 1.2  # of the brightness, likewise


def augmented(image: Image, seed: int, epoch: int, number: int) -> Image:
    """Return a square image as epoch `epoch` sees it.

    Args:
        image: side × side × 3.
        seed: of the training.
        epoch: counted from 1.
        number: of the image among those that are trained on.
    """
    import cv2

    rng = np.random.default_rng((seed, epoch, number))
    mirrored = rng.random() < 0.5
    zoom = math.exp(rng.uniform(-1, 1) * math.log(ZOOM))
    shift = rng.uniform(-SHIFT, SHIFT, 2)
    gain = math.exp(rng.uniform(-1, 1) * math.log(GAIN))
    side = image.shape[0]
    middle = (side - 1) / 2
    across = -zoom if mirrored else zoom
    matrix = np.array(
        [
            [across, 0, middle - across * middle + shift[0] * side],
            [0, zoom, middle - zoom * middle + shift[1] * side],
        ]
    )
    moved = cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return cv2.convertScaleAbs(moved, alpha=gain).astype(np.uint8, copy=False)
