"""Runs a function in a process of its own, and hears how far it has come.

What reads and writes whole stores loads packages and fills memory that a console does not keep.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

from femo_tui.errors import Cancelled, FemoError
from femo_tui.model.progress import Progress, Report
from femo_tui.processes import own_module

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Request = TypeVar("Request")
Result = TypeVar("Result")

_ASKED_EVERY_S = 0.1  # whether it is still wanted
_CLEARS_UP_S = 60.0  # to remove what it had begun, or to end what must not be left half done


@dataclass(frozen=True, slots=True)
class Acting:
    """On which store something is done, and in whose name: a part of most requests."""

    root: Path
    operator: str


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """The answer of a function that came to its end."""

    result: Result


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no result, in one sentence."""

    problem: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """It was wanted no more, and cleared up."""


def in_child(do: Callable[[Request, Report], Result], request: Request, report: Report) -> Result:
    """Return what `do` returns for `request`; blocks, so it belongs into a thread.

    Args:
        do: a function of a module, which the process imports.
        request: what it is given; like its result it has to be picklable.
        report: told how far it has come, and asked often whether it may go on. If not, the
            process is told so; it clears up, or brings to its end what must not be left half done.

    Raises:
        FemoError: it refused, or its process died.
        Cancelled: `report` wanted no more, and there is no result.
    """
    from multiprocessing import Pipe

    here, there = Pipe()
    with here:
        with there:
            process = subprocess.Popen(
                own_module("femo_tui.ui.blocking.child_process", str(there.fileno())),
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what libraries print would be on the screen
            )
        answer = _ask(here, (do, request), report)
    if isinstance(answer, Stopped):
        raise Cancelled("cancelled")
    process.wait()  # it has said all
    if isinstance(answer, Refused):
        raise FemoError(answer.problem)
    result: Result = answer.result
    return result


def _ask(
    here: Connection, asked: tuple[Callable[[Request, Report], Result], Request], report: Report
) -> Done[Result] | Refused | Stopped:
    how_far = Progress(0, 0, "")
    try:
        here.send(asked)
        while True:
            while not here.poll(_ASKED_EVERY_S):
                report(how_far)
            said = here.recv()
            if not isinstance(said, Progress):
                return _answer(said)
            how_far = said
            report(how_far)
    except Cancelled:
        return _let_go(here)
    except (EOFError, ConnectionError):
        return Refused("it ended before it was done, perhaps for want of memory: try again")


def _let_go(here: Connection) -> Done[Result] | Refused | Stopped:
    """Say that it is wanted no more, and wait for what it has to say to that."""
    until_s = monotonic() + _CLEARS_UP_S
    try:
        here.send(None)
        while here.poll(max(until_s - monotonic(), 0.0)):
            said = here.recv()
            if not isinstance(said, Progress):
                return _answer(said)
    except (EOFError, ConnectionError):
        pass  # it has ended
    return Stopped()


def _answer(said: object) -> Done[Result] | Refused | Stopped:
    assert isinstance(said, Done | Refused | Stopped)
    return said
