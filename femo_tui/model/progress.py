"""How far long work has come; whoever is told may end it by raising Cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """So much of so much."""

    done: int
    total: int
    unit: str  # bytes, runs, files, …


Report: TypeAlias = Callable[[Progress], None]


def unheard(_progress: Progress) -> None:
    """Take a report that nobody wants."""
