"""One of the other machines that fine-tune: waits for the job in the store, and works on it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from femo_tui.errors import UsageError
from femo_tui.model.events import Facts
from femo_tui.store.layout import FINISHED
from femo_tui.training.client import trainings
from femo_tui.training.kept import TUNING
from femo_tui.training.process import NICENESS
from femo_tui.training.tuning.fine_tune import tune_in_child
from femo_tui.training.tuning.job import DONE, JOB, TuneJob

LOOK_EVERY_S = 0.5


def take_part(root: Path, worker: int, told: Callable[[str], None]) -> Facts:
    """Work as the Nth of the other machines on the newest fine-tuning of a store.

    Raises:
        UsageError: the fine-tuning has no such worker.
        TrainingError: it failed, here or elsewhere.
    """
    os.nice(NICENESS)
    folder = _job(root)
    if folder is None:
        told(f"waiting for a fine-tuning in {root} to begin; Ctrl-C ends this")
        while (folder := _job(root)) is None:
            time.sleep(LOOK_EVERY_S)
    job = TuneJob.read(folder)
    if worker >= len(job.workers):
        named = ", ".join(f"{n} is {a}" for n, a in enumerate(job.workers) if n) or "none"
        raise UsageError(f"this fine-tuning has no worker {worker}: of the others, {named}")
    log = folder / f"worker-{worker}.log"
    told(f"worker {worker}, {job.workers[worker]}: TensorFlow takes some seconds to load ({log})")
    end: Facts = {}

    def heard(facts: Facts) -> None:
        if facts["told"] == "epoch":
            told(f"epoch {facts['epoch']} of at most {job.epochs}")
        elif facts["told"] == "end":
            end.update(facts)

    done = tune_in_child(root, folder, worker, heard, log)
    return {
        "worker": worker,
        "address": job.workers[worker],
        "device": end.get("device"),
        "networks_sha256": end.get("networks_sha256"),
        "validation_loss": end.get("validation_loss"),
        "images_per_s": round(done["images_per_s"], 1),
    }


def _job(root: Path) -> Path | None:
    """Return the folder of the fine-tuning that the newest training is at, None before it is."""
    for run_dir in trainings(root)[-1:]:
        folder = run_dir / FINISHED / TUNING
        if (folder / JOB).is_file() and not (folder / DONE).is_file():
            return folder
    return None
