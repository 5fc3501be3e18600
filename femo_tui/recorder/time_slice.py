"""Asks Linux for short time slices, so that a thread that wakes to stamp a record runs at once.

From 6.12 on a task may name the slice it runs for (`sched_setattr`, `sched_runtime` of a normal
task); one whose slice is shorter than that of whoever runs goes first when it wakes. Without it a
sample waits until another program's slice of a few milliseconds is over. It takes no rights, and no
share of the processor from anybody. On other systems nothing changes.
"""

from __future__ import annotations

import os
import platform
import struct
import sys
from pathlib import Path

SHORTEST_S = 0.0001  # that Linux takes
USUAL_S = 0.0  # the system's own

_CALL = {"x86_64": 314, "aarch64": 274}  # of sched_setattr, which older C libraries lack
# struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period
_ATTRIBUTES = struct.Struct("IIQiIQQQ")


def set_time_slice(slice_s: float) -> None:
    """Give every thread of this process, and those it will start, a slice of this length."""
    call = _CALL.get(platform.machine())
    if not sys.platform.startswith("linux") or call is None:
        return
    import ctypes

    system = ctypes.CDLL(None)
    for thread in Path("/proc/self/task").iterdir():
        number = int(thread.name)
        try:
            policy, nice = os.sched_getscheduler(number), os.getpriority(os.PRIO_PROCESS, number)
        except ProcessLookupError:
            continue  # it has just ended
        if policy == os.SCHED_OTHER:
            wish = _ATTRIBUTES.pack(
                _ATTRIBUTES.size, policy, 0, nice, 0, round(slice_s * 1e9), 0, 0
            )
            system.syscall(call, number, wish, 0)
