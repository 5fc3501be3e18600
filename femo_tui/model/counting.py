"""Counted things in a sentence: one frame, two frames."""

from __future__ import annotations


def noun(n: int, one: str) -> str:
    """Return the noun of `n` things, given that of one: `frame`, `frames`."""
    return one if n == 1 else f"{one}s"


def plural(n: int, one: str) -> str:
    """Write `1 frame`, `2 frames`."""
    return f"{n} {noun(n, one)}"
