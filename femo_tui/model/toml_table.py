"""A TOML table read key by key: what is asked for is checked, mistakes are collected with lines."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import TypeGuard

from femo_tui.model.toml_tree import Leaf, Mistakes, Place, Tree, Trees

_LONGEST_LABEL = 40


class Table:
    """One table; every getter returns None (or nothing) and notes the mistake where a key is bad.

    A key that nobody asked for is unknown: `end` notes it with the nearest known one.
    """

    def __init__(self, tree: Tree, mistakes: Mistakes, label: str = "") -> None:
        self._place = tree.place
        self._parts = tree.parts
        self._mistakes = mistakes
        self.label = label  # how sentences begin: "step 'stress': "
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Return whether the key is given."""
        return key in self._parts

    def wrong(self, key: str | None, what: str, *others: str, also: Sequence[Place] = ()) -> None:
        """Note a mistake at a key, or at the table itself.

        `others` are keys that have a share in it, `also` places elsewhere that have.
        """
        given = self.places(*(k for k in (key, *others) if k is not None))
        self._mistakes.add([*(given or [self._place]), *also], f"{self.label}{what}")

    def places(self, *keys: str) -> list[Place]:
        """Return where those of the keys stand that are given."""
        return [self._parts[key].place for key in keys if key in self._parts]

    def pass_over(self, *keys: str) -> None:
        """Take keys as known, whatever stands there."""
        self._asked.update(keys)

    def text(self, key: str, *, required: bool = False, empty: bool = False) -> str | None:
        """Return a text without leading and trailing space."""
        value = self._get(key, required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(key, f'{key} is {_shown(value)}; write a text, such as {key} = "…"')
            return None
        if "\0" in value:
            self.wrong(key, f"{key} holds a NUL character; leave it out")
            return None
        if not value.strip() and not empty:
            self.wrong(key, f"{key} is empty; write a text or leave the line out")
            return None
        return value.strip()

    def choice(self, key: str, known: Sequence[str], *, required: bool = False) -> str | None:
        """Return a text that is one of `known`."""
        value = self.text(key, required=required)
        if value is None or value in known:
            return value
        self.wrong(key, f"{key} {value!r} is unknown; {suggestion(value, known)}")
        return None

    def number(
        self, key: str, low: float, high: float, *, above: bool = False, required: bool = False
    ) -> float | None:
        """Return a finite number from `low` (or above it) to `high`."""
        value = self._get(key, required)
        if value is None:
            return None
        given = None if isinstance(value, bool) or not isinstance(value, int | float) else value
        if given is not None and low <= given <= high and not (above and given == low):
            return float(given)  # never nan, which is in no span
        span = f"above {low:g}, at most {high:g}" if above else f"from {low:g} to {high:g}"
        self.wrong(key, f"{key} is {_shown(value)}; give a number {span}")
        return None

    def flag(self, key: str) -> bool:
        """Return true or false, false where the key is not given."""
        value = self._get(key, False)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(key, f"{key} is {_shown(value)}; write true or false")
        return False

    def whole(self, key: str, low: int, high: int, *, required: bool = False) -> int | None:
        """Return a whole number from `low` to `high`."""
        value = self._get(key, required)
        if value is None:
            return None
        if _is_whole(value, low, high):
            return value
        self.wrong(key, f"{key} is {_shown(value)}; give a whole number from {low} to {high}")
        return None

    def texts(self, key: str, *, required: bool = False) -> list[str] | None:
        """Return a list of texts, at least one, none twice."""
        value = self._get(key, required)
        if value is None:
            return None
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            self.wrong(key, f'{key} is {_shown(value)}; write a list of texts, such as ["…", "…"]')
            return None
        if len(set(value)) < len(value):
            self.wrong(key, f"{key} names something twice; name each once")
        return list(dict.fromkeys(value))

    def wholes(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """Return a list of whole numbers from `low` to `high`, empty where it is not given."""
        value = self._get(key, False)
        if value is None:
            return ()
        if isinstance(value, list) and value and all(_is_whole(v, low, high) for v in value):
            return tuple(dict.fromkeys(value))
        self.wrong(
            key, f"{key} is {_shown(value)}; give a list of whole numbers from {low} to {high}"
        )
        return ()

    def table(self, key: str) -> Table | None:
        """Return the table at a key."""
        self._asked.add(key)
        part = self._parts.get(key)
        if part is None:
            return None
        if not isinstance(part, Tree):
            self.wrong(key, f"{key} is {_of(part)}; write a table, such as {key} = {{ … }}")
            return None
        return Table(part, self._mistakes, f"{self.label}{key}: ")

    def tables(self, key: str) -> list[Table]:
        """Return the tables of an array of tables."""
        self._asked.add(key)
        part = self._parts.get(key)
        if part is None:
            return []
        if not isinstance(part, Trees):
            self.wrong(key, f"{key} is {_of(part)}; write each under its own [[{key}]]")
            return []
        return [
            Table(tree, self._mistakes, f"{self.label}{key} {i}: ")
            for i, tree in enumerate(part.items, 1)
        ]

    def tables_by_name(self, key: str) -> dict[str, Table]:
        """Return the tables inside the table at a key."""
        around = self.table(key)
        if around is None:
            return {}
        found = {}
        for name, part in around._parts.items():
            if isinstance(part, Tree):
                label = f"{self.label}{key} {name[:_LONGEST_LABEL]!r}: "
                found[name] = Table(part, self._mistakes, label)
            else:
                around.wrong(name, f"{name[:_LONGEST_LABEL]!r} is {_of(part)}; write a table")
        return found

    def names(self) -> list[str]:
        """Return the keys as the file has them."""
        return list(self._parts)

    def end(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._parts:
            if key not in self._asked:
                known = sorted(self._asked)
                self.wrong(key, f"unknown key {key[:60]!r}; {suggestion(key, known)}")

    def _get(self, key: str, required: bool) -> object:
        self._asked.add(key)
        part = self._parts.get(key)
        if part is None:
            if required:
                self.wrong(None, f"{key} is missing; add a line {key} = …")
            return None
        return part.value if isinstance(part, Leaf) else part


def suggestion(word: str, known: Collection[str]) -> str:
    """Return the known word that was probably meant, or those there are."""
    near = difflib.get_close_matches(word[:60], known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _is_whole(value: object, low: int, high: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _of(part: Leaf | Tree | Trees) -> str:
    return _shown(part.value if isinstance(part, Leaf) else part)


def _shown(value: object) -> str:
    """Return a value in few characters, as the file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Tree):
        return "a table"
    if isinstance(value, Trees):
        return "a list of tables"
    try:
        shown = repr(value)
    except (ValueError, RecursionError):  # an int beyond Python's limit on digits
        return "too big"
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
