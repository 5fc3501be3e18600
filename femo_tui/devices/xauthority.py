"""Reads the keys to X displays that an .Xauthority file holds (layout: man XauFileName(3))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FAMILY_LOCAL, _FAMILY_WILD = 256, 65535


@dataclass(frozen=True, slots=True)
class _Key:
    family: int
    address: bytes  # of a local one, the machine's name
    number: bytes  # of the display; empty: any


def holds_key(path: Path, number: int, host: str) -> bool:
    """Return whether the file can be read and holds a key to display `number` of this machine."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return any(
        key.number in (b"", str(number).encode())
        and (key.family == _FAMILY_WILD or (key.family, key.address) == (_FAMILY_LOCAL, name))
        for key in _keys(content)
        for name in [host.encode()]
    )


def _keys(content: bytes) -> Iterator[_Key]:
    """Yield the whole entries; a file that breaks off ends there."""
    at = 0
    while at + 2 <= len(content):
        family = int.from_bytes(content[at : at + 2])
        at += 2
        parts = []
        for _ in range(4):  # address, number, name of the protocol, the key itself
            length = int.from_bytes(content[at : at + 2])
            parts.append(content[at + 2 : at + 2 + length])
            at += 2 + length
        if at <= len(content):
            yield _Key(family, parts[0], parts[1])
