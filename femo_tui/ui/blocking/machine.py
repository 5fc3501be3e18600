"""What `femo doctor` says of this machine: in a process of its own, which opens no device."""

from __future__ import annotations

import subprocess
from pathlib import Path

from femo_tui.errors import FemoError
from femo_tui.model.progress import Progress, Report
from femo_tui.processes import own_module

_ASKED_EVERY_S = 0.1  # whether it is still wanted


def examine(store_root: Path, report: Report) -> str:
    """Return what the command prints: a line for each thing, then what follows from them.

    Raises:
        FemoError: it says nothing.
        Cancelled: from `report`.
    """
    with subprocess.Popen(
        own_module("femo_tui", "doctor", "--store", str(store_root)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as doctor:
        try:
            said, wrong = _heard(doctor, report)
        finally:
            doctor.kill()  # where it is wanted no more
    if not said:
        why = wrong.strip().rpartition("\n")[2] or f"it ended with status {doctor.returncode}"
        raise FemoError(f"femo doctor says nothing: {why}")
    return said


def _heard(doctor: subprocess.Popen[str], report: Report) -> tuple[str, str]:
    while True:
        try:
            return doctor.communicate(timeout=_ASKED_EVERY_S)
        except subprocess.TimeoutExpired:
            report(Progress(0, 0, "checks"))
