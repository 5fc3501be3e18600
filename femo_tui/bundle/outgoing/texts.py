"""Free text: what people typed. It leaves the lab at level full only, after somebody looked.

Even then a text stays that holds an e-mail address, or the name of an operator, of a login or of
this computer.
"""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

_EMAIL = re.compile(r"\S@\S+\.\w")
_SHORTEST_NAME = 3  # two letters are initials, or part of nearly any text
NOT_SHARED = "not shared"


@dataclass(frozen=True, slots=True)
class FreeText:
    """One text that somebody typed, and where."""

    participant: str
    where: str  # ses-01/run-01, or empty
    kind: str  # note, marker, reason, fact
    text: str
    held_back: str = ""  # why it stays in any case; empty: it may go once it was looked at


class TextRule:
    """Which texts go into a bundle."""

    def __init__(self, *, allowed: bool, names: Iterable[str] = ()) -> None:
        """Let texts go if `allowed`, unless one of `names` or an e-mail address is in them."""
        self._allowed = allowed
        known = sorted({name.strip() for name in names if len(name.strip()) >= _SHORTEST_NAME})
        words = "|".join(map(re.escape, known))
        self._names = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if known else None

    def told(self, text: str, otherwise: str = "") -> str:
        """Return a text as it stands in the bundle."""
        return text if self._allowed and not self.held_back(text) else otherwise

    def held_back(self, text: str) -> str:
        """Return why a text never goes, empty if it may."""
        if _EMAIL.search(text):
            return "an e-mail address is in it"
        if self._names is not None and self._names.search(text):
            return "the name of an operator, a login or this computer is in it"
        return ""


def names_of_this_place() -> set[str]:
    """Return the names of this login and this computer."""
    host = socket.gethostname()
    return {getpass.getuser(), host, host.partition(".")[0]}
