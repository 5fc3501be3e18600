"""Images that are nearly the same: what is in training must not stand in the test as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.training.client import FEATURES, TRAINING

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of 256 bits. On drawn faces the same image saved at JPEG quality 50 or lightened differs in 2 and
# in up to 8, two people's images in 12 or more (`tests/training/test_duplicates.py`).
NEAR_BITS = 8
MOST_NAMED = 200  # pairs; more say only that a data set is a film
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


def near_duplicates(root: Path, name: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of images that are nearly the same, one of them of the data set `name`.

    The other one may be of any data set. Images of one participant and class are alike by nature
    and are not named; the others would stand in training and test at once, under two names.
    """
    from femo_tui.training.engines import PERCEPTUAL_HASH
    from femo_tui.training.features import extract
    from femo_tui.training.imported import DATASETS, imported_names, read_imported

    images = [
        (each, file)
        for each in (name, *(other for other in imported_names(root) if other != name))
        for file in read_imported(root, each).files
    ]
    paths = [f"{DATASETS}/{each}/{file.file}" for each, file in images]
    found = extract(root, paths, [PERCEPTUAL_HASH], root / TRAINING / FEATURES)
    pairs = []
    for i, j in near_pairs(found.rows[PERCEPTUAL_HASH.name]):
        (one, first), (other, second) = images[found.kept[i]], images[found.kept[j]]
        same = (one, first.participant, first.class_name) == (
            other,
            second.participant,
            second.class_name,
        )
        if name in (one, other) and not same:
            pairs.append((f"{one}/{first.source}", f"{other}/{second.source}"))
        if len(pairs) == MOST_NAMED:
            break
    return tuple(pairs)


def _words(hashes: NDArray[np.float32]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes.astype(np.uint8)).view(np.uint64)


def _bits(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many bits differ, n × m."""
    counts = np.zeros((len(one), len(other)), np.int64)
    for column in range(one.shape[1]):
        counts += np.bitwise_count(one[:, None, column] ^ other[None, :, column])
    return counts
