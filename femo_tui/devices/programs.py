"""Asks another program something, and takes silence or refusal for no answer."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence


def printed(command: Sequence[str], environment: Mapping[str, str], within_s: float) -> str:
    """Return what a program prints; nothing where it is missing, fails, or takes longer."""
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
