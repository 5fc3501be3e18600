"""Starts a recorder that outlives whoever starts it."""

from __future__ import annotations

import os
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import RecorderError
from femo_tui.processes import own_module
from femo_tui.recorder.apart import start_apart
from femo_tui.recorder.request import RecordRequest


def start_detached(request: RecordRequest) -> Path:
    """Start `femo record` in a session of its own; return the run folder once it records.

    Raises:
        RecorderError: it could not start; the text is the recorder's own sentence.
    """
    log_dir = paths.state_dir()
    log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = log_dir / "recorder.log"
    answer = start_apart(
        lambda report_fd: own_module(
            "femo_tui", *request.arguments(), "--report-fd", str(report_fd)
        ),
        os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
    )
    if answer is None:
        raise RecorderError(f"the recorder ended before it started: see {log}")
    if "error" in answer:
        raise RecorderError(str(answer["error"]))
    return Path(str(answer["run_dir"]))
