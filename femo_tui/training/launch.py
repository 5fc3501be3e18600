"""Starts a trainer that outlives whoever starts it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from femo_tui.errors import TrainerBusy, TrainingError
from femo_tui.processes import own_module
from femo_tui.recorder.apart import start_apart
from femo_tui.store.files import (
    explained,
    make_folder,
    make_new_folder,
    open_private,
    write_new,
)
from femo_tui.store.layout import FINISHED
from femo_tui.training.client import (
    LOG_FILE,
    REQUEST_FILE,
    RUNS,
    TRAINING,
    active_training,
    describe,
    trainings,
)
from femo_tui.training.kept import TUNING
from femo_tui.training.request import TrainRequest

# One thread for each matrix product: folds run side by side, and two threads in one product were
# 3 to 20 times slower.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start_training(request: TrainRequest) -> Path:
    """Start a training in a process of its own; return its folder once it runs.

    Raises:
        TrainerBusy: another one runs on the store.
        TrainingError: it could not start; the text is the trainer's own sentence.
    """
    _refuse_second(request.store_root)
    runs = request.store_root / TRAINING / RUNS
    make_folder(runs)
    for older in trainings(request.store_root):  # the newest alone can go on
        shutil.rmtree(older / FINISHED / TUNING, ignore_errors=True)
    run_dir = _new_folder(runs)
    write_new(run_dir / REQUEST_FILE, request.with_absolute_weights().to_json().encode())
    _start(run_dir)
    return run_dir


def resume_training(store_root: Path, run_dir: Path) -> None:
    """Start a lost training again in its folder: finished stages and features are used again.

    Raises:
        TrainingError: as `start_training`.
    """
    _refuse_second(store_root)
    _start(run_dir)


def _refuse_second(store_root: Path) -> None:
    active = active_training(store_root)
    if active is not None:
        raise TrainerBusy(
            f"{describe(active)} on this store: wait, or end that with `femo train --cancel`"
        )


def _new_folder(runs: Path) -> Path:
    name = f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}"
    number = 1
    while True:
        run_dir = runs / (name if number == 1 else f"{name}-{number}")
        try:
            make_new_folder(run_dir)
        except FileExistsError:
            number += 1
        else:
            return run_dir


def _start(run_dir: Path) -> None:
    log = run_dir / LOG_FILE
    with explained(log):
        log_fd = open_private(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    answer = start_apart(
        lambda report_fd: own_module("femo_tui.training.process", str(run_dir), str(report_fd)),
        log_fd,
        {**os.environ, **_ONE_THREAD},
    )
    if answer is None:
        raise TrainingError(f"the trainer ended before it started: see {log}")
    if "error" in answer:
        raise TrainingError(str(answer["error"]))
