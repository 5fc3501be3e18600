"""What is nearly the same and what is not, on the faces that the limit was set on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.training.duplicates import NEAR_BITS
from femo_tui.training.engines import PERCEPTUAL_HASH
from femo_tui.training.images import decode
from tests.support.face_folders import draw_faces

if TYPE_CHECKING:
    from femo_tui.training.images import Image

PEOPLE = 8


def bits(image: Image) -> np.ndarray:
    return np.unpackbits(PERCEPTUAL_HASH.make()(image).astype(np.uint8))


def changed(image: Image) -> Iterator[Image]:
    """Yield the image as it comes back from another program: saved anew, lightened, smaller."""
    import cv2

    _, saved = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 50])
    yield decode(saved.tobytes(), "saved")
    yield cv2.convertScaleAbs(image, alpha=1.1, beta=10).astype(np.uint8)
    yield cv2.resize(image, (100, 100), interpolation=cv2.INTER_AREA).astype(np.uint8)


def test_the_limit_lies_between_an_image_saved_anew_and_another_person(tmp_path: Path) -> None:
    drawn = draw_faces(tmp_path / "faces", PEOPLE, per_class=1, classes=("Neutral_A",))
    images = [decode(path.read_bytes(), path.name) for path in sorted(drawn.rglob("*.jpg"))]
    hashes = [bits(image) for image in images]
    for image, own in zip(images, hashes, strict=True):
        for other in changed(image):
            assert int((bits(other) != own).sum()) <= NEAR_BITS
    apart = [int((one != other).sum()) for i, one in enumerate(hashes) for other in hashes[:i]]
    assert min(apart) > NEAR_BITS
