"""What a test needs of the machine: without it the test is skipped by its name, and fails in CI."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def need(*programs: str) -> None:
    """Go on only where the programs are installed."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        lack(", ".join(missing))


def lack(what: str) -> NoReturn:
    """End the test for something that is not installed."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI installs it")
    pytest.skip(f"needs {what}")
