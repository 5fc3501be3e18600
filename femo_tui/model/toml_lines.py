"""On which line of a TOML text each key stands; the standard parser keeps no lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]  # ("step", 3, "window"): tables of an array by place

_KEYS = re.compile(r"""(?:[A-Za-z0-9_\-. \t]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')+(?=[=\]])""")
_VALUE_PART = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5} | \'\'\'.*?'{3,5} | "(?:[^"\\\n]|\\.)*" | '[^'\n]*'
      | \#[^\n]* | [\[{] | [\]}] | \n | [^\[\]{}"'\#\n]+''',
    re.VERBOSE | re.DOTALL,
)


class LineIndex:
    """Lines of the keys of one valid TOML text, counted from 1."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._tables_so_far: dict[KeyPath, int] = {}
        table: KeyPath = ()
        for line, brackets, keys in _statements(text.replace("\r\n", "\n")):
            if brackets == 0:
                self._note(table, keys, line)
            else:
                table = self._enter(keys, line, is_array=brackets == 2)

    def line(self, path: KeyPath) -> int:
        """Return the line of `path`, or of the nearest thing around it that has one."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return 1

    def _note(self, table: KeyPath, keys: list[str], line: int) -> None:
        for end in range(1, len(keys) + 1):
            self._lines.setdefault((*table, *keys[:end]), line)

    def _enter(self, keys: list[str], line: int, *, is_array: bool) -> KeyPath:
        """Return the path of a `[table]` or of the next `[[table]]`."""
        path: KeyPath = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self._tables_so_far:  # `[[step.scale]]` belongs to the newest step
                path = (*path, self._tables_so_far[path])
        path = (*path, keys[-1])
        self._lines.setdefault(path, line)
        if is_array:
            self._tables_so_far[path] = self._tables_so_far.get(path, -1) + 1
            path = (*path, self._tables_so_far[path])
            self._lines[path] = line
        return path


def _statements(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield line, number of opening brackets and keys of each statement."""
    at, line = 0, 1
    while at < len(text):
        start = at
        while at < len(text) and text[at] in " \t":
            at += 1
        brackets = 2 if text.startswith("[[", at) else int(text.startswith("[", at))
        keys = _KEYS.match(text, at + brackets)
        if keys is not None:
            yield line, brackets, _split(keys.group())
            at = keys.end()
        at = _end_of_statement(text, at, in_header=brackets > 0)
        line += text.count("\n", start, at)


def _end_of_statement(text: str, at: int, *, in_header: bool) -> int:
    """Return the place after the line end that closes the statement."""
    depth = 0
    while at < len(text):
        part = _VALUE_PART.match(text, at)
        if part is None:
            at += 1
            continue
        at = part.end()
        first = part.group()[0]
        if first == "\n" and (depth == 0 or in_header):
            break
        depth += (first in "[{") - (first in "]}")
    return at


def _split(keys: str) -> list[str]:
    """Take a dotted key apart, quotes and escapes as TOML has them."""
    names: list[str] = []
    inner: object = tomllib.loads(f"{keys.strip()} = 0")
    while isinstance(inner, dict):
        name, inner = next(iter(inner.items()))
        names.append(str(name))
    return names
