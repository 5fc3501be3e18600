"""The trainer seen from outside: is one running, how far is it, stop it. Used by the console."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from femo_tui.errors import TrainingError
from femo_tui.store import layout
from femo_tui.store.boot import boot_id
from femo_tui.store.files import append
from femo_tui.store.lock import HeldLock
from femo_tui.training.journal import CAN_GO_ON, JOURNAL, JournalReader, TrainSnapshot, line_of
from femo_tui.training.request import TrainRequest

TRAINING = layout.TRAINING  # of the store: everything about training but the finished models
RUNS, FEATURES = layout.TRAININGS, layout.FEATURES  # below it: the trainings, and the cache
REQUEST_FILE, LOG_FILE = "request.json", "trainer.log"
_LOOK_EVERY_S = 0.002
_GIVEN_UP_S = 5.0


@dataclass(frozen=True, slots=True)
class ActiveTraining:
    """The training that runs on a store right now."""

    run_dir: Path
    operator: str
    since_utc: str
    pid: int  # of the trainer, the leader of its process group
    boot_id: str  # of the machine that it runs on


def lock_path(store_root: Path) -> Path:
    return store_root / TRAINING / "lock"


def active_training(store_root: Path) -> ActiveTraining | None:
    """Return what is being trained on the store, None if nothing is."""
    holder = HeldLock.holder(lock_path(store_root))
    if not holder:
        return None
    return ActiveTraining(
        Path(str(holder.get("run_dir", ""))),
        str(holder.get("operator", "")),
        str(holder.get("since_utc", "")),
        int(str(holder.get("pid", 0))),
        str(holder.get("boot_id", "")),
    )


def describe(active: ActiveTraining) -> str:
    """Return who trains since when, as one clause."""
    return f"{active.operator or 'somebody'} has been training since {active.since_utc}"


def trainings(store_root: Path) -> list[Path]:
    """Return the folders of all trainings, the oldest first."""
    folder = store_root / TRAINING / RUNS
    return sorted(path.parent for path in folder.glob(f"*/{REQUEST_FILE}"))


def reader(store_root: Path, run_dir: Path) -> JournalReader:
    """Return what follows a training, as many readers as there are consoles."""
    return JournalReader(run_dir, lock_path(store_root))


def look(store_root: Path, run_dir: Path) -> TrainSnapshot:
    """Return how a training stands."""
    return reader(store_root, run_dir).poll()


def request_of(run_dir: Path) -> TrainRequest:
    """Return what a training was asked for, on the store as it lies now: it may have been moved.

    Raises:
        TrainingError: it cannot be read.
    """
    try:
        asked = TrainRequest.from_json((run_dir / REQUEST_FILE).read_text("utf-8"))
        return replace(asked, store_root=run_dir.absolute().parents[2])
    except OSError as problem:
        raise TrainingError(f"{run_dir / REQUEST_FILE}: {problem.strerror}; start anew") from None


def unfinished_training(store_root: Path) -> Path | None:
    """Return the newest training if it can go on; else None."""
    newest = trainings(store_root)[-1:]
    if newest and look(store_root, newest[0]).state in CAN_GO_ON:
        return newest[0]
    return None


def cancel(store_root: Path, operator: str) -> ActiveTraining:
    """End the training of a store at once; what it has computed stays in the cache.

    The trainer keeps no state that an end could spoil, so it is not asked but ended by the system,
    with its children: that takes no time even in the middle of a long computation.

    Raises:
        TrainingError: nothing is being trained, it cannot be ended from here, or does not end.
    """
    active = active_training(store_root)
    if active is None or active.pid <= 0:
        raise TrainingError("nothing is being trained on this store: there is nothing to cancel")
    _check_ours(active)
    path = active.run_dir / JOURNAL
    append(path, line_of(0.0, "cancel_asked", {"operator": operator}))
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.killpg(active.pid, signal.SIGTERM)
    given_up_s = time.monotonic() + _GIVEN_UP_S
    while HeldLock.is_held(lock_path(store_root)):
        if time.monotonic() > given_up_s:
            raise TrainingError(f"the trainer (process {active.pid}) does not end: kill it")
        time.sleep(_LOOK_EVERY_S)
    return active


def _check_ours(active: ActiveTraining) -> None:
    """Raise TrainingError where a signal would not reach the trainer, or reach somebody else."""
    if active.boot_id and active.boot_id != boot_id():
        raise TrainingError(f"{describe(active)} at another machine: end it there")
    try:
        os.killpg(active.pid, 0)
    except ProcessLookupError:
        return  # it has just ended by itself
    except PermissionError:
        raise TrainingError(
            f"{describe(active)} with another login: only that one can end it"
        ) from None
