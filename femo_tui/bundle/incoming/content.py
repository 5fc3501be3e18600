"""Looks into the files of a bundle as they stream by: each is what its name says, within bounds."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Protocol

from femo_tui.bundle.incoming.bounds import Bounds
from femo_tui.bundle.incoming.json_text import UNSAFE, parse_json
from femo_tui.bundle.incoming.pictures import check_jpeg
from femo_tui.errors import BundleError

_PIECE_BYTES = 1 << 18
_UNSAFE_ASCII = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
# A cell that is no number anybody can count with, and one of more digits than 64 bits hold.
_NO_NUMBER = re.compile(rb"(?im)(?:^|[\t,])[-+]?(?:nan|inf|infinity)(?=[\t,]|$)")


class Check(Protocol):
    """Takes the content of one file; either method raises BundleError with what is wrong."""

    def feed(self, piece: bytes) -> None: ...

    def end(self) -> None: ...


def check_for(name: str, bounds: Bounds) -> Check:
    """Return what checks the content of a file of this name.

    Raises:
        BundleError: no bundle holds files of that kind.
    """
    ending = next((end for end in _CHECKS if name.endswith(end)), None)
    if ending is None:
        raise BundleError("no bundle holds files of this kind")
    return _CHECKS[ending](bounds)


class Whole:
    """Holds a file until its end, as far as bounds allow."""

    def __init__(self, bounds: Bounds, judge: Callable[[bytes, Bounds], object]) -> None:
        self.content = bytearray()
        self._bounds, self._judge = bounds, judge

    def feed(self, piece: bytes) -> None:
        self.content += piece
        if len(self.content) > self._bounds.whole_bytes:
            raise BundleError(f"more than {self._bounds.whole_bytes} bytes, for a file of its kind")

    def end(self) -> None:
        self._judge(bytes(self.content), self._bounds)


class Lines:
    """Text in lines: UTF-8 in which nothing stands that a terminal would act on."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._torn = b""

    def feed(self, piece: bytes) -> None:
        whole, found, torn = piece.rpartition(b"\n")
        if not found:
            self._torn += torn
        else:
            self._block(self._torn + whole + b"\n")
            self._torn = torn
        if len(self._torn) > self.bounds.line_bytes:
            raise BundleError(f"a line of more than {self.bounds.line_bytes} bytes")

    def end(self) -> None:
        if self._torn:
            self._block(self._torn)

    def _block(self, block: bytes) -> None:
        """Look at some whole lines."""
        if found := _UNSAFE_ASCII.search(block):
            raise BundleError(f"holds a control character (U+{found[0][0]:04X})")
        if not block.isascii():
            try:
                text = block.decode()
            except UnicodeDecodeError:
                raise BundleError("is not UTF-8") from None
            if unsafe := UNSAFE.search(text):
                raise BundleError(
                    f"holds a character that a terminal acts on (U+{ord(unsafe[0]):04X})"
                )


class JsonLines(Lines):
    """One JSON value a line."""

    def _block(self, block: bytes) -> None:
        super()._block(block)
        for line in block.splitlines():
            parse_json(line, self.bounds)


class Table(Lines):
    """Cells between separators, as many in every line where the format has no quotes."""

    def __init__(self, bounds: Bounds, separator: bytes) -> None:
        super().__init__(bounds)
        self._separator = separator
        self._columns: int | None = None
        # but for 64 digits, which are a SHA-256 that happens to hold no letter
        self._too_long = re.compile(
            rb"(?m)(?:^|[\t,])[-+]?(?:\d{%d,63}|\d{65,})(?=[\t,]|$)" % (bounds.digits + 1)
        )

    def _block(self, block: bytes) -> None:
        super()._block(block)
        if found := _NO_NUMBER.search(block) or self._too_long.search(block):
            cell = found[0].strip(b"\t,").decode()
            raise BundleError(f"{cell[:30]} is no number that can be counted with")
        counts = {line.count(self._separator) + 1 for line in block.splitlines()}
        if max(counts) > self.bounds.columns:
            raise BundleError(f"{max(counts)} columns; {self.bounds.columns} are allowed")
        if self._separator == b"\t":
            columns = self._columns or min(counts)
            if counts != {columns}:
                raise BundleError(f"lines of {columns} and of {max(counts)} columns")
            self._columns = columns


class Packed:
    """A table packed with gzip; it is unpacked piece by piece, and only as far as bounds allow."""

    def __init__(self, bounds: Bounds, inside: Check) -> None:
        self._bounds, self._inside = bounds, inside
        self._unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._packed = self._unpacked = 0

    def feed(self, piece: bytes) -> None:
        self._packed += len(piece)
        while piece:
            if self._unpacker.eof:
                raise BundleError("something stands behind the end of what is packed")
            try:
                unpacked = self._unpacker.decompress(piece, _PIECE_BYTES)
            except zlib.error as problem:
                raise BundleError(f"this is not packed with gzip, or damaged ({problem})") from None
            self._count(len(unpacked))
            self._inside.feed(unpacked)
            piece = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def end(self) -> None:
        if not self._unpacker.eof:
            raise BundleError("what is packed was cut short")
        self._inside.end()

    def _count(self, count: int) -> None:
        self._unpacked += count
        bounds = self._bounds
        if self._unpacked > bounds.unpacked_bytes:
            raise BundleError(f"unpacks to more than {bounds.unpacked_bytes} bytes")
        if self._unpacked > max(bounds.ratio * self._packed, bounds.free_ratio_bytes):
            raise BundleError(f"unpacks to more than {bounds.ratio} times its size")


def _tabs(bounds: Bounds) -> Check:
    return Table(bounds, b"\t")


_CHECKS: dict[str, Callable[[Bounds], Check]] = {
    ".jpg": lambda bounds: Whole(bounds, check_jpeg),
    ".tsv.gz": lambda bounds: Packed(bounds, _tabs(bounds)),
    ".tsv": _tabs,
    ".csv": lambda bounds: Table(bounds, b","),
    ".jsonl": JsonLines,
    ".json": lambda bounds: Whole(bounds, parse_json),
    ".md": Lines,
    ".txt": Lines,
    "CHANGES": Lines,
}
