"""Everything is looked at at once: what hangs or breaks keeps nothing else from being told."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from femo_tui.config import Config
from femo_tui.doctor import examine as module
from femo_tui.doctor.examine import examine
from femo_tui.doctor.finding import Check, Finding, Standing, Subject, ok

SUBJECT = Subject(Path("/nowhere"), Config())


def found(*checks: Check) -> list[tuple[str, str]]:
    return [(one.name, one.standing.value) for one in examine(checks, SUBJECT)]


def test_what_hangs_is_said_to_give_no_answer_and_the_others_are_told() -> None:
    never = threading.Event()

    def hang(subject: Subject) -> Finding:
        never.wait(50.0)
        return ok("never", "too late")

    begun_s = time.monotonic()
    hanging = Check("disk", hang, 0.2, Standing.MISSING)
    quick = Check("clock", lambda subject: ok("clock", "right"))
    assert found(hanging, quick) == [("disk", "missing"), ("clock", "ok")]
    assert time.monotonic() - begun_s < 10
    (told,) = examine([hanging], SUBJECT)
    assert told.found == "gave no answer within 0.2 s"
    assert told.remedy
    never.set()


def test_what_breaks_is_told_as_a_line() -> None:
    def broken(subject: Subject) -> Finding:
        raise RuntimeError("the moon is in the way")

    (told,) = examine([Check("clock", broken)], SUBJECT)
    assert told.standing is Standing.LOOK
    assert "RuntimeError: the moon is in the way" in told.found


def test_all_are_looked_at_at_once() -> None:
    """Each waits for the other: one after the other neither would answer."""
    meet = threading.Barrier(2)

    def wait(name: str) -> Check:
        def look_at(subject: Subject) -> Finding:
            meet.wait(20.0)
            return ok(name, "met")

        return Check(name, look_at, 20.0)

    assert found(wait("one"), wait("two")) == [("one", "ok"), ("two", "ok")]


def test_who_waits_is_told_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAY_AFTER_S", 0.0)
    waited: list[Sequence[str]] = []
    go_on = threading.Event()

    def slow(subject: Subject) -> Finding:
        go_on.wait(20.0)
        return ok("login", "told")

    def tell(names: Sequence[str]) -> None:
        waited.append(names)
        go_on.set()

    (told,) = examine([Check("login", slow, 20.0)], SUBJECT, tell)
    assert told.found == "told"
    assert waited == [["login"], []]
