"""The commit that femo was built from, or runs from: read, since starting git would cost too much.

Knows no other module, so that the build can run it by itself.
"""

from __future__ import annotations

import re
from pathlib import Path

COMMIT_FILE = "commit.txt"  # beside this module in a release; `hatch_build.py` puts it there
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_LINKS = 5  # a ref that names a ref that names a ref


def commit() -> str:
    """Return the commit, empty where nothing tells it. What was changed since is not told."""
    package = Path(__file__).parent
    return _plain(_text(package / COMMIT_FILE)) or commit_in(package.parent)


def commit_fact() -> dict[str, str]:
    """Return the commit as files keep it beside the version; nothing where it is not known."""
    known = commit()
    return {"commit": known} if known else {}


def commit_in(checkout: Path) -> str:
    """Return what is checked out in a folder, empty where it is none of git's."""
    git = checkout / ".git"
    if git.is_file():  # of a worktree, or a submodule
        named = _text(git).removeprefix("gitdir:").strip()
        git = checkout / named
    common = git / (_text(git / "commondir") or ".")
    said = _text(git / "HEAD")
    for _ in range(_LINKS):
        if not said.startswith("ref:"):
            break
        ref = said.removeprefix("ref:").strip()
        said = _text(git / ref) or _text(common / ref) or _packed(common, ref)
    return _plain(said)


def _packed(common: Path, ref: str) -> str:
    for line in _text(common / "packed-refs").splitlines():
        hash_, _, name = line.partition(" ")
        if name == ref:
            return hash_
    return ""


def _plain(said: str) -> str:
    return said if _COMMIT.fullmatch(said) else ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""
