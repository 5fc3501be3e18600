"""What names this boot of this machine: another one has other processes, and another clock."""

from __future__ import annotations

from pathlib import Path


def boot_id() -> str:
    """Return the name of this boot of the machine, which a reboot changes."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"
