"""Images as a run keeps them of a face."""

from __future__ import annotations

from pathlib import Path

_ASTRONAUT = Path(__file__).parents[1] / "data" / "faces" / "astronaut.jpg"


def half_dark() -> bytes:
    """Return a JPEG whose left half is dark and whose right half is bright."""
    import cv2
    import numpy as np

    image = np.zeros((96, 96, 3), np.uint8)
    image[:, 48:] = 240
    return bytes(cv2.imencode(".jpg", image)[1])


def astronaut() -> bytes:
    """Return a face as a crop of a run would be."""
    import cv2

    image = cv2.imread(str(_ASTRONAUT), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return bytes(cv2.imencode(".jpg", cv2.resize(image[60:220, 140:300], (96, 96)))[1])
