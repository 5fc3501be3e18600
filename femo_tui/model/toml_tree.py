"""A TOML text as a tree whose every part knows where it stands, so that files can be merged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from femo_tui.errors import ProtocolError
from femo_tui.model.toml_lines import KeyPath, LineIndex

_TO_DO = {  # what tomllib says → what would be right
    "Cannot overwrite": "a key stands twice in one table: keep one, or begin a new [[step]]",
    "Cannot declare": "a table stands twice: put its lines together",
    "Illegal character '\\n'": 'a text is not closed: end it with ", or put """ around',
    "Unterminated string": 'end the text with "',
    "Expected '='": "write key = value",
    "Invalid value": 'write texts between ", numbers with a point',
    "Exceeds the limit": "write a number of usual size",
}
_LOOK = "compare the line with a shipped protocol"


class Source:
    """One TOML text and the name of its file."""

    def __init__(self, file_name: str, text: str) -> None:
        self.file_name = file_name
        self.text = text
        self._lines: LineIndex | None = None

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest thing around it that has one."""
        if self._lines is None:  # most files have no mistake, and nobody asks
            self._lines = LineIndex(self.text)
        return self._lines.line(path)

    def parse(self) -> Tree:
        """Return the text's top table.

        Raises:
            ProtocolError: it is no TOML; the text names file, line and what is wrong.
        """
        try:
            return _tree(tomllib.loads(self.text), self, ())
        except RecursionError:
            raise ProtocolError(
                f"{self.file_name}:1: this is nested too deep to be a protocol"
            ) from None
        except ValueError as problem:  # TOMLDecodeError, and a number with thousands of digits
            what, _, place = str(problem).rpartition(" (at ")
            words = place.split()
            line = words[1].rstrip(",") if place.startswith("line ") else self.text.count("\n") + 1
            what = what or str(problem)
            to_do = next((do for said, do in _TO_DO.items() if what.startswith(said)), _LOOK)
            raise ProtocolError(
                f"{self.file_name}:{line}: this is no TOML: {what}; {to_do}"
            ) from None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands."""

    source: Source
    path: KeyPath

    @property
    def line(self) -> int:
        return self.source.line(self.path)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is no table."""

    place: Place
    value: object  # as tomllib gives it


@dataclass(frozen=True, slots=True)
class Tree:
    """A table."""

    place: Place
    parts: dict[str, Leaf | Tree | Trees]


@dataclass(frozen=True, slots=True)
class Trees:
    """An array of tables, at least one."""

    place: Place
    items: tuple[Tree, ...]


def _tree(table: dict[str, object], source: Source, path: KeyPath) -> Tree:
    parts: dict[str, Leaf | Tree | Trees] = {}
    for key, value in table.items():
        here = (*path, key)
        if isinstance(value, dict):
            parts[key] = _tree(value, source, here)
        elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
            items = tuple(_tree(v, source, (*here, i)) for i, v in enumerate(value))
            parts[key] = Trees(Place(source, here), items)
        else:
            parts[key] = Leaf(Place(source, here), value)
    return Tree(Place(source, path), parts)


class Mistakes:
    """All mistakes found, in the order of lines: of the file asked for, then of its bases."""

    def __init__(self, first: Source) -> None:
        self._first = first
        self._found: dict[tuple[str, int, str], None] = {}

    def add(self, places: Iterable[Place], what: str) -> None:
        """Note what is wrong and what would be right.

        Of several places that make up one mistake the first in the file asked for is named: a
        variant that makes its base wrong is told of its own line.
        """
        all_ = list(places)
        place = next((p for p in all_ if p.source is self._first), all_[0])
        self._found[(place.source.file_name, place.line, what)] = None

    def raise_if_any(self) -> None:
        """Raise one ProtocolError with a line for each mistake."""
        if self._found:
            self.raise_now()

    def raise_now(self) -> NoReturn:
        """Raise what was found so far: there is nothing to go on with."""
        found = sorted(self._found, key=lambda m: (m[0] != self._first.file_name, m[0], m[1]))
        raise ProtocolError("\n".join(f"{name}:{line}: {what}" for name, line, what in found))
