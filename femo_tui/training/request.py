"""What an operator asks to be trained."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from femo_tui.errors import TrainingError

IMAGENET = "imagenet"  # Keras' own weights: from its cache, else downloaded
NO_WEIGHTS = "none"
FINE_TUNED = "fine-tuned"  # what the features of a network that was are called
LAST_BLOCK = 13  # of MobileNet v1: as many can be fine-tuned
RECORDED = "recorded"  # the store's runs, where data sets are named one by one


class Head(StrEnum):
    """How the last layer is trained on frozen features."""

    LBFGS = "lbfgs"
    RETRAIN = "retrain"  # as the study did: SGD, batches of 100, rate 0.01, 4 000 steps


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """One training: the same for the command line and the console."""

    store_root: Path
    weights: str = IMAGENET  # or NO_WEIGHTS, or the path of a Keras weights file
    head: Head = Head.LBFGS
    with_gsr: bool = False
    datasets: tuple[str, ...] = ()  # RECORDED and names of imported ones; empty takes all
    simulated: bool = False  # train on what is simulated though real data are there, too
    seed: int = 1
    cluster: str = ""  # address of a Dask scheduler; empty: this machine alone
    fine_tune: int = 0  # epochs at most; 0 leaves MobileNet as it is
    blocks: int = 1  # of MobileNet, the last ones, that are fine-tuned
    workers: tuple[str, ...] = ()  # host:port of those who fine-tune together, this machine first
    operator: str = ""

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "store_root": str(self.store_root)})

    @classmethod
    def from_json(cls, text: str) -> TrainRequest:
        """Read a request back.

        Raises:
            TrainingError: the text is none.
        """
        try:
            body = json.loads(text)
            return cls(
                **{
                    **body,
                    "store_root": Path(body["store_root"]),
                    "head": Head(body["head"]),
                    "datasets": tuple(body["datasets"]),
                    "workers": tuple(body.get("workers", ())),
                }
            )
        except (ValueError, KeyError, TypeError):
            raise TrainingError(
                "the training's request cannot be read: start a new one with `femo train`"
            ) from None

    def with_absolute_weights(self) -> TrainRequest:
        """Return the request with a weights file named so that any folder finds it."""
        if self.weights in (IMAGENET, NO_WEIGHTS):
            return self
        return replace(self, weights=str(Path(self.weights).expanduser().absolute()))
