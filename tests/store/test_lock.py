"""A lock is held by a living process, and by nothing else."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from femo_tui.errors import StoreError
from femo_tui.store.lock import HeldLock

HOLD = """
import sys
from pathlib import Path
from femo_tui.store.lock import HeldLock
held = HeldLock.acquire(Path(sys.argv[1]), {"what": "the run", "operator": "ben"})
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_holding(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the lock until it is killed or left alone."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.communicate("")


def test_a_lock_that_nobody_made_is_not_held(tmp_path: Path) -> None:
    assert not HeldLock.is_held(tmp_path / "lock")
    assert HeldLock.holder(tmp_path / "lock") is None


def test_a_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with HeldLock.acquire(path, {"operator": "ana"}) as lock:
        assert HeldLock.holder(path) == {"operator": "ana"}
        lock.note({"operator": "ana", "run_dir": "here"})
        assert HeldLock.holder(path) == {"operator": "ana", "run_dir": "here"}
    assert HeldLock.holder(path) is None
    HeldLock.acquire(path, {}).release()


def test_another_process_is_refused_by_name_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with another_holding(path) as process:
        assert HeldLock.is_held(path)
        with pytest.raises(StoreError, match=r"lock: ben holds the run; wait, or end that first"):
            HeldLock.acquire(path, {})
        process.kill()
        process.wait()
        assert not HeldLock.is_held(path)
        HeldLock.acquire(path, {}).release()


def test_those_who_only_look_never_keep_a_lock_from_being_taken(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    HeldLock.acquire(path, {}).release()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            HeldLock.is_held(path)

    watchers = [threading.Thread(target=look) for _ in range(4)]
    for watcher in watchers:
        watcher.start()
    try:
        for _ in range(300):
            HeldLock.acquire(path, {}).release()
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join()
