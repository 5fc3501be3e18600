"""The images of a fine-tuning as a network is fed them, augmented or as they are."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.errors import TrainingError
from femo_tui.training.augment import augmented
from femo_tui.training.images import SIZE, decode, network_input, resized
from femo_tui.training.tuning.job import TuneJob

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOBODY = -1  # fills up a batch


class Images:
    """The images of a job as a network is fed them."""

    def __init__(self, job: TuneJob, root: Path, threads: ThreadPoolExecutor) -> None:
        import cv2

        cv2.setNumThreads(1)
        self._job, self._root, self._threads = job, root, threads

    def __call__(self, rows: NDArray[np.intp], epoch: int | None) -> NDArray[np.float32]:
        """Return images, as an epoch sees them or as they are; grey where there is nobody."""
        found = np.zeros((len(rows), SIZE, SIZE, 3), np.float32)

        def put(place: int) -> None:
            if rows[place] != NOBODY:
                found[place] = self._one(int(rows[place]), epoch)

        list(self._threads.map(put, range(len(rows))))
        return found

    def _one(self, row: int, epoch: int | None) -> NDArray[np.float32]:
        path = self._job.paths[row]
        try:
            content = (self._root / path).read_bytes()
        except OSError as problem:
            raise TrainingError(
                f"{path}: cannot be read ({problem.strerror}); look at the file, then train again"
            ) from None
        if hashlib.sha256(content).hexdigest() != self._job.sha256[row]:
            raise TrainingError(f"{path}: changed since the training began; train again")
        image = resized(decode(content, path), SIZE)
        if epoch is not None:
            image = augmented(image, self._job.seed, epoch, row)
        prepared: NDArray[np.float32] = network_input(image)[0]
        return prepared
