"""How far a fine-tuning is, on the disk after each epoch: it goes on from there if it was lost.

First each network learns while people held out say how long (their loss no longer falls), then it
learns anew for as long from those people as well (Goodfellow, Bengio and Courville 2016,
algorithm 7.2).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.store.files import replace
from femo_tui.training.tuning.job import STATE, TuneJob

if TYPE_CHECKING:
    from collections.abc import Sequence

    from femo_tui.training.tuning.network import Networks

PATIENCE = 5  # epochs without a smaller loss on the people held out
HOW_LONG, FOR_GOOD = 0, 1  # the two phases


@dataclass
class TuneState:
    """The same on all workers; beside it stand the networks as they are."""

    fingerprint: str  # of the job
    epochs: int  # at most
    best_epochs: list[int]  # of each network; 0: frozen it was the best
    phase: int = HOW_LONG
    epoch: int = 0  # of the phase, the last one that was finished
    # of the first phase, after 0, 1, … epochs: of each network (learnt from, held out)
    losses: list[list[tuple[float, float]]] = field(default_factory=list)

    @classmethod
    def of(cls, job: TuneJob) -> TuneState:
        return cls(job.fingerprint(), job.epochs, [0] * job.networks)

    @property
    def going(self) -> list[int]:
        """Return the networks that still learn in this phase."""
        if self.phase == FOR_GOOD:
            return [n for n, best in enumerate(self.best_epochs) if self.epoch < best]
        going = [n for n, best in enumerate(self.best_epochs) if self.epoch - best < PATIENCE]
        return going if self.epoch < self.epochs else []

    @property
    def last_epoch(self) -> int:
        """Return at which epoch the phase ends at the latest."""
        return max(self.best_epochs) if self.phase == FOR_GOOD else self.epochs

    def judge(self, learnt: Sequence[float] | None, held_out: Sequence[float]) -> None:
        """Note the losses of an epoch of the first phase; those of the frozen networks come first.

        Args:
            learnt: of each network on what it learnt from, augmented; None for the frozen ones.
            held_out: of each network on the people who say when to stop.
        """
        going = self.going if self.losses else list(range(len(self.best_epochs)))
        now = list(self.losses[-1]) if self.losses else [(np.nan, np.inf)] * len(going)
        for network in going:
            smallest = min((row[network][1] for row in self.losses), default=np.inf)
            now[network] = (np.nan if learnt is None else learnt[network], held_out[network])
            if held_out[network] < smallest:
                self.best_epochs[network] = len(self.losses)
        self.epoch = len(self.losses)
        self.losses.append(now)

    def write(self, folder: Path, networks: Networks) -> None:
        arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
            "fingerprint": np.array(self.fingerprint),
            "best_epochs": np.array(self.best_epochs, np.int64),
            "phase": np.array(self.phase),
            "epoch": np.array(self.epoch),
            "losses": np.array(self.losses, np.float64),
        }
        for network in range(len(self.best_epochs)):
            for i, array in enumerate(networks.state(network)):
                arrays[f"network{network}_{i}"] = array
        content = io.BytesIO()
        np.savez(content, **arrays)  # type: ignore[arg-type]  # its stub misreads keywords
        replace(folder / STATE, content.getvalue())

    def go_on(self, folder: Path, networks: Networks) -> None:
        """Take up what was written, if that was for the same job."""
        if not (folder / STATE).is_file():
            return
        with np.load(folder / STATE) as found:
            if str(found["fingerprint"]) != self.fingerprint:
                return
            self.best_epochs = [int(epoch) for epoch in found["best_epochs"]]
            self.phase, self.epoch = int(found["phase"]), int(found["epoch"])
            self.losses = [[(float(a), float(b)) for a, b in row] for row in found["losses"]]
            for network in range(len(self.best_epochs)):
                count = len(networks.state(network))
                networks.set_state(network, [found[f"network{network}_{i}"] for i in range(count)])
