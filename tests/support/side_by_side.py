"""Tests run side by side in a few processes; those that measure time have the machine alone.

A test marked `alone` holds a lock that all others share. Who waits for it alone holds the door
meanwhile, so that no new test goes in before it. A test marked `goes_on` has begun what does not
wait for the next one, such as a run: it leaves it the room.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

_kept: list[ExitStack] = []  # the room that the last test left to the next one


@contextmanager
def room(*, alone: bool, goes_on: bool) -> Iterator[None]:
    """Be in the one room of this test run: with the others, or with nobody.

    Args:
        alone: nobody else may be in it.
        goes_on: the next test of this process takes over; nobody who waits gets in between.
    """
    held = _kept.pop() if _kept else _enter(alone)
    try:
        yield
    finally:
        if goes_on:
            _kept.append(held)
        else:
            held.close()


def _enter(alone: bool) -> ExitStack:
    held = ExitStack()
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return held  # one process: nobody else is there
    folder = Path(tempfile.gettempdir())
    with (folder / f"femo-tests-{run}.door").open("w") as door:
        inside = held.enter_context((folder / f"femo-tests-{run}.room").open("w"))
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(inside, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
    return held


def keep_shared_fixtures_together(items: list[pytest.Item]) -> None:
    """Give the tests of a module to one process where they share what is slow to make."""
    for item in items:
        fixtures = getattr(item, "_fixtureinfo", None)
        known = {} if fixtures is None else fixtures.name2fixturedefs
        if any(fixture.scope == "module" for found in known.values() for fixture in found[-1:]):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
