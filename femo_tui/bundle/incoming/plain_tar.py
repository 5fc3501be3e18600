"""Reads a plain tar from a stream, member by member, and refuses whatever else a tar can be.

`tarfile` takes a damaged header behind the first for the archive's end, reads extended headers of
any length, and believes what they say of the next member's name and size. A header of POSIX' plain
form is four fields; of members there are files and folders. Nothing is written anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from femo_tui.bundle.incoming.bounds import Bounds
from femo_tui.bundle.incoming.names import Names, shown
from femo_tui.errors import BundleError

_BLOCK = 512
_PIECE_BYTES = 1 << 18
_MAGICS = (b"ustar\x0000", b"ustar  \x00")  # POSIX's and GNU's
_FILE, _FOLDER = b"0", b"5"
_NAME, _SIZE_FIELD, _SUM, _KIND = slice(100), slice(124, 136), slice(148, 156), slice(156, 157)
_MAGIC, _PREFIX = slice(257, 265), slice(345, 500)
_SIZE = re.compile(rb"([0-7]{11})[ \0]")
_REMAKE = "ask for the bundle as `femo export` wrote it, or pack it with `tar --format=ustar`"
_NO_TAR = {
    b"PK": "a zip archive",
    b"\x1f\x8b": "a tar packed with gzip, or another gzip file",
    b"BZh": "a tar packed with bzip2, or another bzip2 file",
    b"\xfd7zXZ": "a tar packed with xz, or another xz file",
    b"\x28\xb5\x2f\xfd": "a tar packed with zstd, or another zstd file",
    b"\x04\x22\x4d\x18": "a tar packed with lz4, or another lz4 file",
    b"\x1f\x9d": "a tar packed with compress",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}
_OTHER_KINDS = {
    b"\0": "is of the form before POSIX",
    b"1": "is a hard link",
    b"2": "is a symbolic link",
    b"3": "is a character device",
    b"4": "is a block device",
    b"6": "is a FIFO",
    b"7": "is a contiguous file",
    b"S": "is a sparse file, larger than what is in the archive",
    b"D": "is an incremental backup's list",
    b"M": "is a file begun in another volume",
    b"V": "is a volume's label",
    b"L": "is an extended header (a GNU long name)",
    b"K": "is an extended header (a GNU long link)",
    b"g": "is an extended header for all that follows (PAX), which could rename or resize it",
    b"x": "is an extended header (PAX), which could rename, resize or make sparse what follows",
    b"X": "is an extended header (Solaris)",
}


class Member:
    """A file or a folder of an archive; its content can be read once, before the next member."""

    def __init__(self, name: str, size: int, *, is_folder: bool, tar: PlainTar) -> None:
        self.name, self.size, self.is_folder = name, size, is_folder
        self._left = size
        self._tar = tar

    def pieces(self) -> Iterator[bytes]:
        """Yield the content, piece by piece."""
        while self._left:
            piece = self._tar.take(min(self._left, _PIECE_BYTES))
            self._left -= len(piece)
            yield piece


class PlainTar:
    """An archive that is read from `stream`, once, from its beginning to its end.

    Iterating raises BundleError for whatever is no file and no folder, has a name that cannot be,
    goes beyond the bounds, or is cut short or followed by something.
    """

    def __init__(self, stream: BinaryIO, bounds: Bounds) -> None:
        self._stream, self._bounds = stream, bounds
        self._names = Names(bounds)
        self._where = ""  # the member that is being read, for messages
        self.bytes_read = 0
        self.count = 0

    def __iter__(self) -> Iterator[Member]:
        total_bytes = 0
        while (block := self.take(_BLOCK)).strip(b"\0"):
            member = self._header(block)
            self.count += 1
            total_bytes += member.size
            if self.count > self._bounds.files:
                raise BundleError(f"more than {self._bounds.files} files; a bundle has fewer")
            if total_bytes > self._bounds.total_bytes:
                raise BundleError(
                    f"{shown(member.name)}: with it the bundle holds {total_bytes} bytes;"
                    f" {self._bounds.total_bytes} are allowed"
                )
            self._where = member.name
            yield member
            for _ in member.pieces():  # what was not asked for
                pass
            if self.take(-member.size % _BLOCK).strip(b"\0"):
                raise BundleError(f"{shown(member.name)}: something stands behind its end")
        self._check_end()

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes.

        Raises:
            BundleError: there are fewer.
        """
        piece = self._stream.read(count) if count else b""
        if piece is None or len(piece) < count:
            where = f"in or behind {shown(self._where)}" if self._where else "at its beginning"
            raise BundleError(f"the archive is cut short {where}; copy or send it again")
        self.bytes_read += count
        return piece

    def _header(self, block: bytes) -> Member:
        """Return the member that a header tells of."""
        if block[_MAGIC] not in _MAGICS:
            known = None if self.count else next(filter(block.startswith, _NO_TAR), None)
            if known is not None:
                raise BundleError(f"this is {_NO_TAR[known]}; a bundle is a plain tar: {_REMAKE}")
            raise BundleError(
                f"no tar header stands {self._behind()}; a bundle is a plain tar: {_REMAKE}"
            )
        # The sum as all tar programs write it, so that no byte of it could be another.
        if block[_SUM] != b"%06o\0 " % (sum(block) - sum(block[_SUM]) + 8 * ord(" ")):
            raise BundleError(f"the header {self._behind()} is damaged: its sum does not fit")
        name, kind, size = self._name(block), block[_KIND], _SIZE.fullmatch(block[_SIZE_FIELD])
        if kind not in (_FILE, _FOLDER):
            what = _OTHER_KINDS.get(kind, f"is of an unknown kind ({kind!r})")
            raise BundleError(f"{shown(name)}: this {what}; {_REMAKE}")
        is_folder = kind == _FOLDER
        if is_folder:
            self._names.add_folder(name.removesuffix("/"))
        else:
            self._names.add_file(name)
        if size is None:
            raise BundleError(f"{shown(name)}: its header tells no size in plain digits; {_REMAKE}")
        count, allowed = int(size[1], 8), 0 if is_folder else self._bounds.file_bytes
        if count > allowed:
            raise BundleError(f"{shown(name)}: said to hold {count} bytes; {allowed} are allowed")
        return Member(name.removesuffix("/"), count, is_folder=is_folder, tar=self)

    def _name(self, block: bytes) -> str:
        """Return the name in a header; what its fields hold behind a NUL must be nothing."""
        fields = [block[_NAME]]
        if block[_MAGIC] == _MAGICS[0]:  # GNU keeps other things there
            fields.insert(0, block[_PREFIX])
        parts = [field.rstrip(b"\0") for field in fields]
        try:
            name = "/".join(part.decode() for part in parts if part)
        except UnicodeDecodeError:
            raise BundleError(f"the name in the header {self._behind()} is not UTF-8") from None
        return name

    def _behind(self) -> str:
        return f"behind {shown(self._where)}" if self._where else "at its beginning"

    def _check_end(self) -> None:
        """Check that a second block of zeros and nothing else but zeros follow."""
        if self.take(_BLOCK).strip(b"\0"):
            raise BundleError(f"the archive ends {self._behind()}, and something else follows")
        left = self._bounds.end_bytes
        while piece := self._stream.read(_PIECE_BYTES):
            self.bytes_read += len(piece)
            left -= len(piece)
            if piece.strip(b"\0"):
                raise BundleError(f"something stands behind the archive's end: {_REMAKE}")
            if left < 0:
                raise BundleError("zeros without an end follow the archive; it is not as written")
        if self.bytes_read % _BLOCK:
            raise BundleError("the archive's end was cut or added to: it is no whole block")
