"""The recorder's priority: every thread before ordinary programs, its children not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_RAISED = """
import os, resource, subprocess, sys, threading
from pathlib import Path
from femo_tui.recorder.priority import raise_priority

if sys.argv[1:] == ["without rights"]:
    for limit in (resource.RLIMIT_RTPRIO, resource.RLIMIT_NICE):
        resource.setrlimit(limit, (0, 0))
    if os.geteuid() == 0:
        os.setuid(65534)
    print(raise_priority())
    sys.exit()
held = threading.Event()
threading.Thread(target=held.wait, daemon=True).start()
print(raise_priority())
policies = {os.sched_getscheduler(int(t.name)) & ~os.SCHED_RESET_ON_FORK
            for t in Path("/proc/self/task").iterdir()}
print(policies == {os.SCHED_RR}, os.getpriority(os.PRIO_PROCESS, 0))
child = "import os; print(os.sched_getscheduler(0) == os.SCHED_OTHER)"
print(subprocess.check_output([sys.executable, "-c", child], text=True).strip())
"""


def _run(*args: str) -> list[str]:
    command = [sys.executable, "-c", _RAISED, *args]
    return subprocess.check_output(command, text=True).splitlines()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may always have real time")
def test_with_the_right_every_thread_runs_in_real_time_and_no_child_does() -> None:
    assert _run() == ["real-time", "True 0", "True"]


def test_without_any_right_it_goes_on_as_an_ordinary_program() -> None:
    assert _run("without rights") == ["ordinary"]
