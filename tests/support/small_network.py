"""MobileNet at a quarter of its width with random weights, and what Keras makes of faces."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from femo_tui.training.weights import Converted

FIFTY = 50  # faces


@dataclass(frozen=True)
class SmallNetwork:
    """One that the tests of a session share."""

    weights: Path
    folder: Path  # of the converted network
    converted: Converted
    faces: Path  # fifty
    keras_features: Path  # of these fifty, in order of their names

    def lend(self, store: Path) -> None:
        """Put the converted network where a training on `store` looks for it."""
        shutil.copytree(self.folder, store / "training" / "weights", dirs_exist_ok=True)
