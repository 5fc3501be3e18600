"""Looks at everything at once, each thing within its time limit; nothing here raises or hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from femo_tui.doctor.finding import Check, Finding, Subject

SAY_AFTER_S = 1.0  # who waits longer is told for what


def examine(
    checks: Sequence[Check],
    subject: Subject,
    waiting: Callable[[Sequence[str]], None] = lambda names: None,
) -> Iterator[Finding]:
    """Yield what is found, in the order of the checks.

    `waiting` is told what is waited for, and nothing once that is over. A check that has not
    answered within its limit is left to itself: its thread ends with the process.
    """
    begun_s = time.monotonic()
    asked = [(check, _begin(check, subject)) for check in checks]
    for check, answer in asked:
        if not _comes(answer, begun_s + min(SAY_AFTER_S, check.limit_s)):
            waiting([other.name for other, future in asked if not future.done()])
            _comes(answer, begun_s + check.limit_s)
            waiting([])
        if answer.done():
            yield answer.result()
        else:
            found = f"gave no answer within {check.limit_s:g} s"
            remedy = "femo doctor   # again, once this machine is less busy"
            yield Finding(check.name, check.unanswered, found, remedy)


def _begin(check: Check, subject: Subject) -> Future[Finding]:
    answer: Future[Finding] = Future()
    named = f"doctor-{check.name}"
    threading.Thread(target=_look, args=(check, subject, answer), name=named, daemon=True).start()
    return answer


def _look(check: Check, subject: Subject, answer: Future[Finding]) -> None:
    try:
        answer.set_result(check.look(subject))
    except Exception as problem:  # noqa: BLE001 - whatever it is, the other things are told
        found = f"could not be looked at ({type(problem).__name__}: {problem})"
        answer.set_result(
            Finding(check.name, check.unanswered, found, "FEMO_DEBUG=1 femo doctor   # report it")
        )


def _comes(answer: Future[Finding], until_s: float) -> bool:
    try:
        answer.result(max(0.0, until_s - time.monotonic()))
    except TimeoutError:
        return False
    return True
