"""The trainer: one training in a process of its own, from request to finished model.

It handles no signal: whatever ends it leaves whole files only, so an end is never orderly or
disorderly, and takes no time.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from femo_tui import __version__
from femo_tui.commit import commit_fact
from femo_tui.errors import FemoError
from femo_tui.model.clock import iso_seconds
from femo_tui.model.events import Facts
from femo_tui.store.boot import boot_id
from femo_tui.store.lock import HeldLock
from femo_tui.training.client import lock_path, request_of
from femo_tui.training.journal import Journal
from femo_tui.training.request import TrainRequest

NICENESS = 10  # behind whatever an operator does, and behind a recorder above all


def main(arguments: list[str]) -> int:
    """Train what the folder named first asks for; tell the descriptor named second how it began."""
    run_dir, report_fd = Path(arguments[0]), int(arguments[1])
    os.nice(NICENESS)
    try:
        request = request_of(run_dir)
        lock = HeldLock.acquire(lock_path(request.store_root), _holder(run_dir, request))
    except FemoError as problem:
        os.write(report_fd, json.dumps({"error": str(problem)}).encode() + b"\n")
        return problem.exit_status
    with lock:
        journal = Journal(run_dir)
        journal.write("begin", _begin(request))
        os.write(report_fd, b"{}\n")
        os.close(report_fd)
        return _train(request, run_dir, journal)


def _train(request: TrainRequest, run_dir: Path, journal: Journal) -> int:
    from femo_tui.training.pipeline import train

    try:
        result = train(request, run_dir, journal)
    except FemoError as problem:
        journal.write("end", {"status": "failed", "result": None, "error": str(problem)})
        return problem.exit_status
    except Exception as problem:  # noqa: BLE001 - whatever it is, the journal has to say so
        traceback.print_exc()  # standard error is the training's log
        what = f"a defect stopped the training ({type(problem).__name__}: {problem}); see its log"
        if isinstance(problem, MemoryError):
            what = "there is not enough memory: close other programs, or train on fewer images"
        journal.write("end", {"status": "failed", "result": None, "error": what})
        return 1
    journal.write("end", {"status": "done", "result": result, "error": None})
    return 0


def _holder(run_dir: Path, request: TrainRequest) -> Facts:
    return {
        "what": "the training",
        "operator": request.operator,
        "since_utc": _utc(),
        "run_dir": str(run_dir),
        "pid": os.getpid(),
        "boot_id": boot_id(),
    }


def _begin(request: TrainRequest) -> Facts:
    return {
        "utc": _utc(),
        "operator": request.operator,
        "request": json.loads(request.to_json()),
        "pid": os.getpid(),
        "versions": {"femo": __version__, **commit_fact(), "python": sys.version.split()[0]},
    }


def _utc() -> str:
    return iso_seconds(datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
