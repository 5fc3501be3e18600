"""Starts a process that outlives whoever starts it: the console, the terminal, the login."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence

from femo_tui.model.events import Facts
from femo_tui.recorder.logout import scope_prefix


def start_apart(
    command: Callable[[int], Sequence[str]], log_fd: int, env: Mapping[str, str] | None = None
) -> Facts | None:
    """Start a command in a session of its own; return its first word, None if it ended without one.

    Args:
        command: given the descriptor on which it writes that word, one line of JSON.
        log_fd: takes what it prints; closed here.
        env: of the process; None for this one's.
    """
    read_fd, write_fd = os.pipe()
    try:
        subprocess.Popen(
            [*scope_prefix(), *command(write_fd)],
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
            pass_fds=(write_fd,),
            start_new_session=True,
            env=env,
        )
    finally:
        os.close(write_fd)
        os.close(log_fd)
    with os.fdopen(read_fd, "rb") as answers:
        line = answers.readline()
    return json.loads(line) if line else None
