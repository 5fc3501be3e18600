"""Writes a deterministic tar, member by member, and remembers what a bag has to say of each.

Owners are 0, modes 0600, times 0; nothing of the machine that wrote it is in it.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeAlias, TypeVar

from femo_tui.errors import BundleError

Pieces: TypeAlias = Callable[[], Iterable[bytes]]
"""Returns the content of a member, piece by piece; the same each time it is called."""

_Of = TypeVar("_Of")
_MODE = 0o600
_HELD_BYTES = 4 << 20  # what is larger is made twice: once for its size, once to be written
# Places in a header, by POSIX.1-1988 (ustar):
_NAME_BYTES, _PREFIX_BYTES, _PREFIX = 100, 155, 345
_SIZE, _CHECKSUM = slice(124, 135), slice(148, 156)
_LARGEST_BYTES = 8**11 - 1
_RECORD = 20 * tarfile.BLOCKSIZE


class TarWriter:
    """An open tar of one top folder; members are given in the order of their names."""

    def __init__(self, to: BinaryIO, top: str) -> None:
        self._to, self._top = to, top
        self._written = 0

    def add(self, name: str, content: bytes, sha256: str | None = None) -> str:
        """Add a member; return its SHA-256, which is taken as given if the caller knows it."""
        self._begin(name, len(content))
        self._write(content)
        self._end(len(content))
        return sha256 or hashlib.sha256(content).hexdigest()

    def add_pieces(self, name: str, pieces: Pieces) -> tuple[str, int]:
        """Add a member of any size; return its SHA-256 and its size.

        Raises:
            BundleError: it became another while it was written.
        """
        size, held = _measured(pieces)
        self._begin(name, size)
        hashed, written = hashlib.sha256(), 0
        for piece in held or pieces():
            hashed.update(piece)
            written += len(piece)
            self._write(piece)
        if written != size:
            raise BundleError(f"{name}: changed while it was exported; export again")
        self._end(size)
        return hashed.hexdigest(), size

    def close(self) -> None:
        """Write the end of the tar; the file stays open."""
        self._write(bytes(2 * tarfile.BLOCKSIZE))
        self._write(bytes(-self._written % _RECORD))

    def _begin(self, name: str, size: int) -> None:
        self._write(_header(f"{self._top}/{name}", size))

    def _end(self, size: int) -> None:
        self._write(bytes(-size % tarfile.BLOCKSIZE))

    def _write(self, content: bytes) -> None:
        self._to.write(content)
        self._written += len(content)


def _header(name: str, size: int) -> bytes:
    """Return the header of a regular file: ustar's, filled in by hand, which is ten times as fast.

    A name or a size that ustar has no room for is left to `tarfile`.
    """
    cut = name.rfind("/", 0, _PREFIX_BYTES + 1)
    prefix, rest = name[: max(cut, 0)].encode(), name[cut + 1 :].encode()
    if len(name) <= _NAME_BYTES:
        prefix, rest = b"", name.encode()
    if len(rest) > _NAME_BYTES or size > _LARGEST_BYTES or not name.isascii():
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, _MODE
        return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
    octal = b"%011o" % size
    header = bytearray(_EMPTY)
    header[: len(rest)] = rest
    header[_SIZE] = octal
    header[_PREFIX : _PREFIX + len(prefix)] = prefix
    total = _EMPTY_SUM + sum(rest) + sum(prefix) + sum(octal) - 11 * ord("0")
    header[_CHECKSUM] = b"%06o\0 " % total
    return bytes(header)


def _empty_header() -> bytes:
    """Return the header of a member without name and content, its checksum blank."""
    info = tarfile.TarInfo("")
    info.mode = _MODE
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[_CHECKSUM] = b" " * 8
    return bytes(header)


def _measured(pieces: Pieces) -> tuple[int, list[bytes] | None]:
    """Return the size of all pieces, and the pieces themselves unless they are too large."""
    held: list[bytes] | None = []
    size = 0
    for piece in pieces():
        size += len(piece)
        if size > _HELD_BYTES:
            held = None
        elif held is not None:
            held.append(piece)
    return size, held


def joined(lines: Callable[[_Of], Iterable[bytes]], of: _Of) -> Pieces:
    """Return a member's content that is made of `lines(of)`."""
    return lambda: in_pieces(lines(of))


def in_pieces(lines: Iterable[bytes], at_once: int = 1 << 16) -> Iterator[bytes]:
    """Yield many short lines as few long pieces."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= at_once:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


_EMPTY = _empty_header()
_EMPTY_SUM = sum(_EMPTY)
