"""Operators with logins of their own on one machine: processes of other users, by number."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.femo import Femo

ROOT = Path(__file__).parents[2]
GROUP = "users"  # every Linux has it
GROUP_ID = 100


@dataclass(frozen=True)
class Operator(Femo):
    """Somebody's femo; the user needs no account."""

    uid: int = 0
    groups: tuple[int, ...] = ()

    @property
    def login(self) -> dict[str, Any]:
        groups = list(self.groups)
        return {"user": self.uid, "group": self.uid, "extra_groups": groups, "umask": 0o077}

    @property
    def env(self) -> dict[str, str]:
        name = self.home.name
        return {**super().env, "PYTHONPATH": _modules(), "LOGNAME": name, "USER": name}

    def command(self, *args: str) -> list[str]:
        return [_interpreter(), "-m", "femo_tui", *args]


def operator(place: Path, name: str, uid: int, *groups: int) -> Operator:
    """Return an operator with a home below `place`, which others can look into.

    The test is skipped where nobody but root can be anybody else.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can act as two users")
    if not _interpreter():
        pytest.skip("no Python of this version that another user may run")
    home = place / name
    home.mkdir(mode=0o700)
    os.chown(home, uid, uid)
    return Operator(home, place / "store", uid=uid, groups=groups)


def _modules() -> str:
    return os.pathsep.join([str(ROOT), *(entry for entry in sys.path if "site-packages" in entry)])


@cache
def _interpreter() -> str:
    """Return a Python like this one that any user can run; root's own may lie in root's home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            done = subprocess.run(
                [found, "-c", "import femo_tui.cli, sqlalchemy, numpy, click"],
                env={"PYTHONPATH": _modules(), "PATH": os.environ["PATH"]},
                user=65534,
                group=65534,
                extra_groups=[],
                capture_output=True,
                cwd="/",
                check=False,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return found
    return ""
