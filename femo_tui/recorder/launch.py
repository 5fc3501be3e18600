"""Start a recorder that outlives whoever starts it: the console, the terminal, the login."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import RecorderError
from femo_tui.recorder.logout import scope_prefix
from femo_tui.recorder.request import RecordRequest


def start_detached(request: RecordRequest) -> Path:
    """Start `femo record` in a session of its own; return the run folder once it records.

    Raises:
        RecorderError: it could not start; the text is the recorder's own sentence.
    """
    log_dir = paths.state_dir()
    log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    read_fd, write_fd = os.pipe()
    log_fd = os.open(log_dir / "recorder.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        subprocess.Popen(
            [
                *scope_prefix(),
                *(sys.executable, "-m", "femo_tui"),
                *request.arguments(),
                *("--report-fd", str(write_fd)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
            pass_fds=(write_fd,),
            start_new_session=True,
        )
    finally:
        os.close(write_fd)
        os.close(log_fd)
    with os.fdopen(read_fd, "rb") as answers:
        line = answers.readline()
    if not line:
        raise RecorderError(f"the recorder ended before it started: see {log_dir / 'recorder.log'}")
    answer = json.loads(line)
    if "error" in answer:
        raise RecorderError(answer["error"])
    return Path(answer["run_dir"])
