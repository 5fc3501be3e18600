"""Counted things in a sentence: one frame, two frames, 1 840 frames."""

from __future__ import annotations

THIN = "\N{NARROW NO-BREAK SPACE}"


def count(n: int) -> str:
    """Write a whole number with its thousands apart: `3 910`."""
    return f"{n:,}".replace(",", THIN)


def plural(n: int, one: str, many: str = "") -> str:
    """Write `1 frame`, `2 frames`; `many` is the noun of several where an s does not make it."""
    return f"{count(n)} {one if n == 1 else many or f'{one}s'}"
