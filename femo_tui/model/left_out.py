"""What is in a store and in no number: named wherever numbers are told, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is in the store and not in what was made of it."""

    participant: str  # empty where it is nobody's
    what: str  # the run, the window, the images; empty for the participant as a whole
    reason: str


def in_order(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """Return each once, by participant."""
    return tuple(sorted(set(left_out), key=lambda one: (one.participant, one.what, one.reason)))
