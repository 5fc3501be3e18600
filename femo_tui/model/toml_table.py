"""A TOML table read key by key: what is asked for is checked, mistakes are collected with lines."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Sequence

from femo_tui.errors import ProtocolError
from femo_tui.model.toml_lines import KeyPath, LineIndex


class Mistakes:
    """All mistakes of one file, in the order of its lines."""

    def __init__(self, file_name: str, lines: LineIndex) -> None:
        self._file_name = file_name
        self._lines = lines
        self._found: list[tuple[int, str]] = []

    def add(self, path: KeyPath, what: str) -> None:
        """Note one mistake at a key: what is wrong and what would be right."""
        mistake = (self._lines.line(path), what)
        if mistake not in self._found:
            self._found.append(mistake)

    def raise_if_any(self) -> None:
        """Raise one ProtocolError with a line for each mistake."""
        if self._found:
            found = sorted(self._found, key=lambda mistake: mistake[0])
            raise ProtocolError("\n".join(f"{self._file_name}:{n}: {what}" for n, what in found))


class Table:
    """One table; every getter returns None (or nothing) and notes the mistake where a key is bad.

    A key that nobody asked for is unknown: `end` notes it with the nearest known one.
    """

    def __init__(
        self, values: dict[str, object], mistakes: Mistakes, path: KeyPath = (), label: str = ""
    ) -> None:
        self._values = values
        self._mistakes = mistakes
        self._path = path
        self.label = label  # how sentences begin: "step 'stress': "
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Return whether the key is given."""
        return key in self._values

    def wrong(self, key: str | None, what: str) -> None:
        """Note a mistake at a key, or at the table itself."""
        path = self._path if key is None else (*self._path, key)
        self._mistakes.add(path, f"{self.label}{what}")

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
        self.wrong(key, f"{key} {value!r} is unknown; {_suggestion(value, known)}")
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

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a required whole number from `low` to `high`."""
        value = self._get(key, True)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
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

    def table(self, key: str) -> Table | None:
        """Return the table at a key."""
        value = self._get(key, False)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, f"{key} is {_shown(value)}; write a table, such as {key} = {{ … }}")
            return None
        return Table(value, self._mistakes, (*self._path, key), f"{self.label}{key}: ")

    def tables(self, key: str) -> list[Table]:
        """Return the tables of an array of tables."""
        value = self._get(key, False)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.wrong(key, f"{key} is {_shown(value)}; write each under its own [[{key}]]")
            return []
        return [
            Table(v, self._mistakes, (*self._path, key, i), f"{self.label}{key} {i + 1}: ")
            for i, v in enumerate(value)
        ]

    def names(self) -> list[str]:
        """Return the keys as the file has them."""
        return list(self._values)

    def end(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._values.keys() - self._asked:
            self.wrong(key, f"unknown key {key!r}; {_suggestion(key, sorted(self._asked))}")

    def _get(self, key: str, required: bool) -> object:
        self._asked.add(key)
        if required and key not in self._values:
            self.wrong(None, f"{key} is missing; add a line {key} = …")
        return self._values.get(key)


def parse_toml(text: str, file_name: str) -> dict[str, object]:
    """Parse a TOML text.

    Raises:
        ProtocolError: it is no TOML; the text names file, line and what is wrong.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ProtocolError(f"{file_name}:1: this is nested too deep to be a protocol") from None
    except ValueError as problem:  # TOMLDecodeError, and a number with thousands of digits
        what, _, place = str(problem).rpartition(" (at ")
        words = place.split()
        line = words[1].rstrip(",") if place.startswith("line ") else str(text.count("\n") + 1)
        raise ProtocolError(f"{file_name}:{line}: this is no TOML: {what or problem}") from None


def _suggestion(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word[:60], known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _shown(value: object) -> str:
    """Return a value in few characters, as the file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    try:
        shown = repr(value)
    except (ValueError, RecursionError):  # an int beyond Python's limit on digits
        return "too big"
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
