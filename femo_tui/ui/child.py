"""Runs a function in a process of its own, and hears how far it has come.

What reads and writes whole stores loads packages and fills memory that a console does not keep.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from femo_tui.errors import FemoError
from femo_tui.model.progress import Progress, Report

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Request = TypeVar("Request")
Result = TypeVar("Result")

_ASKED_EVERY_S = 0.1  # whether it is still wanted
_CLEARS_UP_S = 30.0  # to remove what it had begun; then it is killed


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """The answer of a function that came to its end."""

    result: Result


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no result, in one sentence."""

    problem: str


def in_child(do: Callable[[Request, Report], Result], request: Request, report: Report) -> Result:
    """Return what `do` returns for `request`; blocks, so it belongs into a thread.

    Args:
        do: a function of a module, which the process imports.
        request: what it is given; like its result it has to be picklable.
        report: told how far it has come, and asked often whether it may go on. The process then
            clears up and ends.

    Raises:
        FemoError: it refused, or its process died.
        Cancelled: `report` wants no more.
    """
    from multiprocessing import Pipe

    here, there = Pipe()
    with here:
        with there:
            process = subprocess.Popen(
                [sys.executable, "-m", "femo_tui.ui.child_process", str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what libraries print would be on the screen
            )
        try:
            answer = _ask(here, (do, request), report)
        finally:
            here.close()  # from now on it is told that nobody wants it
            _end(process)
    if isinstance(answer, Refused):
        raise FemoError(answer.problem)
    result: Result = answer.result
    return result


def _ask(
    here: Connection, asked: tuple[Callable[[Request, Report], Result], Request], report: Report
) -> Done[Result] | Refused:
    how_far = Progress(0, 0, "")
    try:
        here.send(asked)
        while True:
            while not here.poll(_ASKED_EVERY_S):
                report(how_far)
            said = here.recv()
            if isinstance(said, Done | Refused):
                return said
            how_far = said
            report(how_far)
    except (EOFError, ConnectionError):
        return Refused("it ended before it was done, perhaps for want of memory: try again")


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_CLEARS_UP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
