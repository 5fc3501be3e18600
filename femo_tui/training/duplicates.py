"""Images that are nearly the same: what is in training must not stand in the test as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of 256 bits. On drawn faces the same image saved at JPEG quality 50 or lightened differs in 2 and
# in up to 8, two people's images in 12 or more (`tests/training/test_duplicates.py`).
NEAR_BITS = 8
_AT_ONCE = 512  # rows compared with all others in one piece


def near_to(tested: NDArray[np.float32], trained: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which tested images have a near-duplicate among the trained ones.

    Args:
        tested: perceptual hashes, n × 32 bytes as the cache keeps them.
        trained: likewise, m × 32.
    """
    ours, theirs = _words(tested), _words(trained)
    near = np.zeros(len(ours), np.bool_)
    if len(theirs):
        for start in range(0, len(ours), _AT_ONCE):
            piece = ours[start : start + _AT_ONCE]
            near[start : start + _AT_ONCE] = _bits(piece, theirs).min(axis=1) <= NEAR_BITS
    return near


def near_pairs(hashes: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of images that are nearly the same, the earlier first."""
    words = _words(hashes)
    for start in range(0, len(words), _AT_ONCE):
        piece = words[start : start + _AT_ONCE]
        for i, j in np.argwhere(_bits(piece, words) <= NEAR_BITS):
            if start + i < j:
                yield int(start + i), int(j)


def _words(hashes: NDArray[np.float32]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes.astype(np.uint8)).view(np.uint64)


def _bits(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many bits differ, n × m."""
    counts = np.zeros((len(one), len(other)), np.int64)
    for column in range(one.shape[1]):
        counts += np.bitwise_count(one[:, None, column] ^ other[None, :, column])
    return counts
