"""Kills work on files at one of its steps, as a power cut would: no clean-up runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

_STEPS = frozenset(
    {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.truncate"}
)
_KILLED = 9


class _Countdown:
    """How many more steps the work may take; none is counted while it is None."""

    left: int | None = None


def _hook(event: str, _arguments: tuple[object, ...]) -> None:
    if _Countdown.left is not None and event in _STEPS:
        if _Countdown.left == 0:
            os._exit(_KILLED)
        _Countdown.left -= 1


_installed: list[bool] = []


def killed_after(steps: int, work: Callable[[], object]) -> bool:
    """Do work in a child that dies before its next step on files; return whether it died of it."""
    if not _installed:
        sys.addaudithook(_hook)  # cannot be taken away again; it counts in a child only
        _installed.append(True)
    pid = os.fork()
    if pid == 0:
        _Countdown.left = steps
        try:
            work()
        except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as a test
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, _KILLED), f"the work failed instead of being killed: {status}"
    return status == _KILLED
