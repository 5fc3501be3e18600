"""Tests run side by side in a few processes; those that measure time have the machine alone.

A test marked `alone` holds a lock that all others share. Who waits for it alone holds the door
meanwhile, so that no new test goes in before it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def room(*, alone: bool) -> Iterator[None]:
    """Be in the one room of this test run: with the others, or with nobody."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        yield  # one process: nobody else is there
        return
    folder = Path(tempfile.gettempdir())
    with (
        (folder / f"femo-tests-{run}.door").open("w") as door,
        (folder / f"femo-tests-{run}.room").open("w") as inside,
    ):
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(inside, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


def keep_shared_fixtures_together(items: list[pytest.Item]) -> None:
    """Give the tests of a module to one process where they share what is slow to make."""
    for item in items:
        fixtures = getattr(item, "_fixtureinfo", None)
        known = {} if fixtures is None else fixtures.name2fixturedefs
        if any(fixture.scope == "module" for found in known.values() for fixture in found[-1:]):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
