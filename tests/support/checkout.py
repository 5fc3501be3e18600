"""A copy of the checkout: what is in git, and nothing that was recorded or built."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.needed import need

ROOT = Path(__file__).parents[2]


def copy_checkout(folder: Path) -> Path:
    """Copy every file that git knows to a new folder; return it."""
    need("git")
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        source = ROOT / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
    return folder
