"""A trainer is ended by a signal, which must reach it and nobody else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from femo_tui.errors import TrainingError
from femo_tui.model.events import Facts
from femo_tui.store.lock import HeldLock
from femo_tui.training import client
from tests.support.face_folders import draw_faces
from tests.support.femo import wait_until
from tests.support.operators import GROUP, GROUP_ID, operator
from tests.support.trained import begin, write_training

ADA, BEA = 50_001, 50_002


def test_a_trainer_at_another_machine_is_not_cancelled_here(tmp_path: Path) -> None:
    """Machines that fine-tune together see one store; its number is another process' here."""
    run_dir = write_training(tmp_path, [begin()])
    before = (run_dir / "journal.jsonl").read_bytes()
    holder: Facts = {
        "operator": "ada",
        "run_dir": str(run_dir),
        "pid": os.getpid(),
        "boot_id": "b00t",
    }
    with (
        HeldLock.acquire(client.lock_path(tmp_path), holder),
        pytest.raises(TrainingError, match="at another machine: end it there"),
    ):
        client.cancel(tmp_path, "bea")  # ended this test, before
    assert (run_dir / "journal.jsonl").read_bytes() == before


def test_a_trainer_with_another_login_is_named_and_goes_on(reachable: Path) -> None:
    ada = operator(reachable, "ada", ADA, GROUP_ID)
    bea = operator(reachable, "bea", BEA, GROUP_ID)
    ada.ok("study", "init")
    with (ada.store / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f'shared_group = "{GROUP}"\n')
    faces = draw_faces(reachable / "faces", people=3, per_class=3, classes=("Happy_A", "Neutral_A"))
    faces.chmod(0o755)
    ada.ok("dataset", "import", str(faces), "--simulated")
    run_dir = Path(ada.json("train", "--weights", "none", "--detach")["training"])
    active = client.active_training(ada.store)
    assert active is not None
    os.kill(active.pid, signal.SIGSTOP)
    try:
        done = bea.run("train", "--cancel")
    finally:
        os.kill(active.pid, signal.SIGCONT)
    assert done.returncode == 1
    assert "with another login: only that one can end it" in done.stderr
    wait_until(lambda: client.active_training(ada.store) is None, "the end of the training")
    assert client.look(ada.store, run_dir).state.value == "done"
