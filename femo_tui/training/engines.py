"""What turns an image into numbers: MobileNet, and the plain ones that stand beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from femo_tui.errors import TrainingError
from femo_tui.training.images import PREPROCESSING, grey, network_input

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.training.images import Image

    Row: TypeAlias = "NDArray[np.float32]"  # dim

# Cells of 16 px of a 64 px face in blocks of 2 × 2: as accurate on drawn faces as OpenCV's usual
# 8 px (84.8 and 84.3 % by participant) with a fifth of the numbers.
HOG_SIZE, HOG_CELL = 64, 16
HOG_DIM = 9 * 4 * (HOG_SIZE // HOG_CELL - 1) ** 2
HASH_PIXELS, HASH_SIDE = 64, 16  # what the hash looks at, and how many frequencies a side


class Compute(Protocol):
    """Turns one image into one row; an instance belongs to one thread."""

    def __call__(self, image: Image) -> Row: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """A kind of features: its name in the cache tells everything that its numbers depend on."""

    name: str
    dim: int
    make: Callable[[], Compute]  # one for each thread


def mobilenet(model: Path | bytes, model_sha256: str, dim: int, kind: str = "mobilenet") -> Engine:
    """Return MobileNet's pooled features, computed by a converted model: its file, or content."""
    return Engine(f"{kind}-{model_sha256[:16]}-{PREPROCESSING}", dim, lambda: _MobileNet(model))


class _MobileNet:
    def __init__(self, model: Path | bytes) -> None:
        with _chatter_to_log():
            from ai_edge_litert.interpreter import Interpreter

            try:
                self._interpreter = (
                    Interpreter(model_content=model, num_threads=1)
                    if isinstance(model, bytes)
                    else Interpreter(model_path=str(model), num_threads=1)
                )
                self._interpreter.allocate_tensors()
            except ValueError as problem:
                which = "the network" if isinstance(model, bytes) else str(model)
                raise TrainingError(
                    f"{which} cannot be read ({problem}): restore it from a backup, or train anew"
                ) from None
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, image: Image) -> Row:
        self._interpreter.set_tensor(self._input, network_input(image))
        self._interpreter.invoke()
        row: Row = self._interpreter.get_tensor(self._output)[0]
        return row


@contextmanager
def _chatter_to_log() -> Iterator[None]:
    """Keep LiteRT from printing that it created its delegate where a terminal would show it."""
    before = os.environ.get("TF_CPP_MIN_LOG_LEVEL")
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    try:
        yield
    finally:
        if before is None:
            del os.environ["TF_CPP_MIN_LOG_LEVEL"]
        else:
            os.environ["TF_CPP_MIN_LOG_LEVEL"] = before


class _Hog:
    """Histograms of oriented gradients (Dalal and Triggs 2005) in nine directions."""

    def __init__(self) -> None:
        import cv2

        cell = (HOG_CELL, HOG_CELL)
        self._hog = cv2.HOGDescriptor((HOG_SIZE,) * 2, (2 * HOG_CELL,) * 2, cell, cell, 9)

    def __call__(self, image: Image) -> Row:
        found = self._hog.compute(grey(image, (HOG_SIZE, HOG_SIZE)))
        return np.asarray(found, np.float32).ravel()


def _colour(image: Image) -> Row:
    """Return mean and spread of blue, green, red and grey, and the image's size: no face in it."""
    import cv2

    mean, spread = cv2.meanStdDev(image)
    grey_mean, grey_spread = cv2.meanStdDev(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    height, width = image.shape[:2]
    parts = [mean.ravel(), spread.ravel(), grey_mean.ravel(), grey_spread.ravel()]
    return np.concatenate([*parts, [width, height]]).astype(np.float32)


def _perceptual_hash(image: Image) -> Row:
    """Return the 256 bits of a perceptual hash (pHash; Zauner 2010) as bytes.

    They say which of the lowest frequencies of the picture are stronger than their median, so that
    compression, size and light change few of them.
    """
    import cv2

    levels = grey(image, (HASH_PIXELS, HASH_PIXELS)).astype(np.float32)
    waves = cv2.dct(levels)[:HASH_SIDE, :HASH_SIDE].ravel().astype(np.float32)
    waves[0] = 0  # the mean level
    return np.packbits(waves > np.median(waves[1:])).astype(np.float32)


HOG = Engine(f"hog{HOG_DIM}-{PREPROCESSING}", HOG_DIM, _Hog)
COLOUR = Engine(f"colour-{PREPROCESSING}", 10, lambda: _colour)
PERCEPTUAL_HASH = Engine(f"phash-{PREPROCESSING}", 32, lambda: _perceptual_hash)
