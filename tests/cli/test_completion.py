"""What shells complete: the one-liners of the README, in the shells themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.femo import Femo
from tests.support.needed import need

ROOT = Path(__file__).parents[2]
# shell → how it is asked what it would complete of a line, below the line of the README
ASKED = {
    "bash": (
        'COMP_WORDS=({words}); COMP_CWORD={last}; _femo_completion femo; echo "${{COMPREPLY[@]}}"'
    ),
    "fish": "complete -C '{line}' | cut -f1",
}


def one_liner(shell: str) -> str:
    """Return what the README says to put into the shell's own file."""
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(rf"`([^`]*_FEMO_COMPLETE={shell}_source[^`]*)`", readme)
    assert found is not None, f"the README has no line for {shell}"
    return found[1]


@pytest.fixture
def path(femo: Femo, tmp_path: Path) -> str:
    """Return a PATH with a `femo` on it."""
    program = tmp_path / "bin/femo"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m femo_tui "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}:/usr/bin:/bin"


def completed(femo: Femo, path: str, shell: str, line: str) -> list[str]:
    words = line.split(" ")
    asked = ASKED[shell].format(words=" ".join(words), last=len(words) - 1, line=line)
    done = subprocess.run(
        [shell, "-c", f"{one_liner(shell)}\n{asked}"],
        env={**femo.env, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.split()


@pytest.mark.parametrize("shell", ASKED)
def test_commands_and_names_of_the_store_are_completed(femo: Femo, path: str, shell: str) -> None:
    need(shell)
    femo.ok("participant", "add", "S01")
    femo.ok("participant", "add", "S02")
    femo.ok("participant", "add", "X01")
    assert completed(femo, path, shell, "femo par") == ["participant"]
    assert completed(femo, path, shell, "femo participant show S") == ["S01", "S02"]
    assert completed(femo, path, shell, "femo protocol show wile2018-") == ["wile2018-balanced"]
    assert completed(femo, path, shell, "femo record --part") == ["--participant"]


def test_zsh_takes_its_line(femo: Femo, path: str) -> None:
    need("zsh")
    asked = f"autoload -Uz compinit; compinit -u; {one_liner('zsh')}; print $_comps[femo]"
    done = subprocess.run(
        ["zsh", "-fc", asked],
        env={**femo.env, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "_femo_completion\n"


def answers(femo: Femo, line: str) -> list[str]:
    """Return what femo answers a shell that completes."""
    words = line.split(" ")
    asked = {
        "_FEMO_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        femo.command(), env={**femo.env, **asked}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.split()]


def test_runs_are_completed_by_participant_and_whole(femo: Femo) -> None:
    for name in ("S01/2026-11-22T101530/run-01", "S02/2026-11-23T101530/run-01"):
        (femo.store / "sessions" / name).mkdir(parents=True)
    (femo.store / "models/m-01").mkdir(parents=True)
    assert answers(femo, "femo show S") == [
        *("S01", "S01/2026-11-22T101530/run-01"),
        *("S02", "S02/2026-11-23T101530/run-01"),
    ]
    for asked in ("femo report S01/", "femo export out.xdf --xdf S01/"):
        assert answers(femo, asked) == ["S01/2026-11-22T101530/run-01"]
    for asked in ("femo models show m", "femo results --model m", "femo report --study --model m"):
        assert answers(femo, asked) == ["m-01"]


def test_completing_makes_no_store_and_tells_no_error(femo: Femo) -> None:
    assert answers(femo, "femo participant show S") == []
    assert not femo.store.exists()
    femo.store.mkdir()
    (femo.store / "catalog.db").write_text("this is no catalog")
    assert answers(femo, "femo participant show S") == []
