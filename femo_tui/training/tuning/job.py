"""What a fine-tuning is asked for, as files: the trainer writes them, every worker reads them.

They lie in the training's folder, so that whoever sees the store can work. Images stay where they
are and are named with their hashes.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from femo_tui.errors import TrainingError
from femo_tui.store.files import make_folder, replace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.training.head import Matrix

JOB, ARRAYS = "job.json", "job.npz"
STATE, DONE, TUNED_WEIGHTS = "state.npz", "done.npz", "fine-tuned.weights.h5"
AUTO, SINGLE, MIXED = "auto", "float32", "mixed_float16"  # precision; auto is mixed on GPUs


@dataclass(frozen=True)
class TuneJob:
    """Networks to be tuned side by side on the same images: one a fold, and last the model's own.

    A network's rows to learn from, and those that say when to stop, are those of weight above 0.
    There are two phases: how long to learn is found first, then all is learnt from for good.
    """

    paths: tuple[str, ...]  # of the images, relative to the store
    sha256: tuple[str, ...]  # of their files
    labels: NDArray[np.intp]  # n
    learn: NDArray[np.float32]  # phases × networks × n
    stop: NDArray[np.float32]  # networks × n
    coefficients: NDArray[np.float32]  # of heads begun with, phases × networks × dim × classes
    biases: NDArray[np.float32]  # phases × networks × classes
    weights_name: str  # of the file of the network that is begun with: Keras goes by its ending
    weights_sha256: str
    epochs: int  # at most
    blocks: int  # the last ones, which are tuned
    seed: int
    workers: tuple[str, ...] = ()  # host:port, the trainer's own first; none: this machine alone
    precision: str = AUTO

    @property
    def networks(self) -> int:
        return len(self.stop)

    def fingerprint(self) -> str:
        """Return a hash of all that the result depends on; who works is no part of it."""
        digest = hashlib.sha256(self._text(with_workers=False).encode())
        for array in self._arrays().values():
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def write(self, folder: Path, weights: Path) -> None:
        """Write the job; what an earlier one left there stays if it was the same, else it goes."""
        try:
            same = TuneJob.read(folder).fingerprint() == self.fingerprint()
        except TrainingError:
            same = False
        if not same:
            shutil.rmtree(folder, ignore_errors=True)
        make_folder(folder)
        replace(folder / self.weights_name, weights.read_bytes())
        content = io.BytesIO()
        np.savez(content, **self._arrays())  # type: ignore[arg-type]  # its stub misreads keywords
        replace(folder / ARRAYS, content.getvalue())
        replace(folder / JOB, self._text().encode())  # last: workers wait for it

    @classmethod
    def read(cls, folder: Path) -> TuneJob:
        """Read a job back.

        Raises:
            TrainingError: there is none.
        """
        try:
            body = json.loads((folder / JOB).read_bytes())
            with np.load(folder / ARRAYS) as arrays:
                return cls(
                    paths=tuple(body.pop("paths")),
                    sha256=tuple(body.pop("sha256")),
                    workers=tuple(body.pop("workers")),
                    **body,
                    **{name: arrays[name] for name in arrays.files},
                )
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as problem:
            raise TrainingError(
                f"{folder / JOB}: no fine-tuning can be read there ({problem})"
            ) from None

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        return {
            "labels": self.labels,
            "learn": self.learn,
            "stop": self.stop,
            "coefficients": self.coefficients,
            "biases": self.biases,
        }

    def _text(self, *, with_workers: bool = True) -> str:
        return json.dumps(
            {
                "paths": self.paths,
                "sha256": self.sha256,
                "weights_name": self.weights_name,
                "weights_sha256": self.weights_sha256,
                "epochs": self.epochs,
                "blocks": self.blocks,
                "seed": self.seed,
                "precision": self.precision,
                **({"workers": self.workers} if with_workers else {}),
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True)
class Tuned:
    """What came of it."""

    log_probabilities: Matrix  # networks × n × classes
    coefficients: Matrix  # of the model's own head, dim × classes
    biases: NDArray[np.float32]
    best_epochs: tuple[int, ...]  # of each network; 0: the frozen one was the best
    losses: NDArray[np.float64]  # first phase: epochs + 1 × networks × (learnt from, held out)
    fingerprint: str

    def write(self, folder: Path) -> None:
        content = io.BytesIO()
        np.savez(
            content,
            log_probabilities=self.log_probabilities,
            coefficients=self.coefficients,
            biases=self.biases,
            best_epochs=np.array(self.best_epochs, np.int64),
            losses=self.losses,
            fingerprint=np.array(self.fingerprint),
        )
        replace(folder / DONE, content.getvalue())

    @classmethod
    def read(cls, folder: Path) -> Tuned | None:
        """Return what came of the fine-tuning there, None while it is not finished."""
        if not (folder / DONE).is_file():
            return None
        with np.load(folder / DONE) as found:
            return cls(
                found["log_probabilities"],
                found["coefficients"],
                found["biases"],
                tuple(int(epoch) for epoch in found["best_epochs"]),
                found["losses"],
                str(found["fingerprint"]),
            )
