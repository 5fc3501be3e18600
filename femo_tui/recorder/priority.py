"""A priority that a busy machine cannot starve, as far as the system lets this user have one."""

from __future__ import annotations

import os

NICE = -10  # before whatever a desktop runs, behind the kernel's own work


def raise_priority() -> bool:
    """Put this process before others; return whether the system allowed it.

    Without the right (CAP_SYS_NICE, or `nice` in limits.conf) nothing changes: the GSR thread only
    stamps and hands over, which a fair scheduler gives it time for.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except PermissionError:
        return False
    return True
