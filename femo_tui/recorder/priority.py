"""A priority that a busy machine cannot starve, as far as the system lets this user have one."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

REAL_TIME = 1  # the least: before every ordinary program, behind the kernel's own work
NICE = -10  # where real time is not allowed: before whatever a desktop runs


def raise_priority() -> str:
    """Put every thread of this process before other programs; return what the system allowed.

    `real-time` is SCHED_RR, which takes CAP_SYS_NICE or `rtprio` in limits.conf: `nice` counts only
    within a login session where Linux shares out its time by session. Programs started afterwards
    are ordinary ones again. Without any right the answer is `ordinary`: the GSR thread only stamps
    and hands over, which a fair scheduler gives it time for.
    """
    if sys.platform.startswith("linux") and _go_real_time():
        return "real-time"
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except PermissionError:
        return "ordinary"
    return f"nice {NICE}"


def allowed_priority() -> str:
    """Return what `raise_priority` would be allowed; this process stays as it is.

    Linux gives priority to threads: what is tried is a thread of its own, which then ends.
    """
    found: list[str] = []
    trial = threading.Thread(target=lambda: found.append(_try_one_thread()))
    trial.start()
    trial.join()
    return found[0]


def _try_one_thread() -> str:
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(REAL_TIME))
    except (AttributeError, PermissionError):
        pass  # another system, or no right
    else:
        return "real-time"
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except PermissionError:
        return "ordinary"
    return f"nice {NICE}"


def _go_real_time() -> bool:
    for thread in Path("/proc/self/task").iterdir():
        try:
            os.sched_setscheduler(
                int(thread.name), os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(REAL_TIME)
            )
        except ProcessLookupError:
            continue  # it has just ended
        except PermissionError:
            return False
    return True
