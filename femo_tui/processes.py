"""How femo starts itself once more: the same one, whatever folder it is called in."""

from __future__ import annotations

import sys


def own_module(name: str, *args: str) -> list[str]:
    """Return the command that runs a module of this femo in a process of its own.

    Without `-P` a checkout in the current folder would run instead of what is installed.
    """
    return [sys.executable, "-P", "-m", name, *args]
