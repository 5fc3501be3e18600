"""Reads a plain tar from a stream, member by member, and refuses whatever else a tar can be.

`tarfile` takes a damaged header behind the first for the archive's end, reads extended headers of
any length and believes what they say of the next member's size; so only its parsing of one header
block is used here. Of members there are files and folders. Nothing is written anywhere.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import BinaryIO

from femo_tui.bundle.bounds import Bounds
from femo_tui.bundle.names import Names, shown
from femo_tui.errors import BundleError

_BLOCK = tarfile.BLOCKSIZE
_PIECE_BYTES = 1 << 18
_MAGICS = (b"ustar\x0000", b"ustar  \x00")  # POSIX's and GNU's
_FILE, _FOLDER = b"0", b"5"
_NAME, _PREFIX, _SUM = slice(0, 100), slice(345, 500), slice(148, 156)
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
            header = self._header(block)
            member = self._member(header)
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

    def _header(self, block: bytes) -> tarfile.TarInfo:
        behind = f"behind {shown(self._where)}" if self._where else "at its beginning"
        if not self.count:
            for beginning, what in _NO_TAR.items():
                if block.startswith(beginning) and block[257:265] not in _MAGICS:
                    raise BundleError(f"this is {what}; a bundle is a plain tar: {_REMAKE}")
        if block[257:265] not in _MAGICS:
            raise BundleError(f"no tar header stands {behind}; a bundle is a plain tar: {_REMAKE}")
        # The sum as all tar programs write it, so that no byte of it could be another.
        if block[_SUM] != b"%06o\0 " % (256 + sum(block[:148]) + sum(block[156:])):
            raise BundleError(f"the header {behind} is damaged: its sum does not fit")
        kind = block[156:157]
        if kind not in (_FILE, _FOLDER):
            name = shown(block[_NAME].partition(b"\0")[0].decode("ascii", "backslashreplace"))
            raise BundleError(
                f"{name}: this {_OTHER_KINDS.get(kind, f'is of an unknown kind ({kind!r})')};"
                f" {_REMAKE}"
            )
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except UnicodeDecodeError:
            raise BundleError(f"the name in the header {behind} is not UTF-8") from None
        except (tarfile.HeaderError, ValueError) as problem:
            raise BundleError(f"the header {behind} is damaged: {problem}") from None
        for field in (block[_NAME], block[_PREFIX]):
            if field.rstrip(b"\0").count(b"\0"):
                raise BundleError(f"{shown(header.name)}: the name holds a NUL byte")
        return header

    def _member(self, header: tarfile.TarInfo) -> Member:
        name = header.name
        is_folder = header.type == tarfile.DIRTYPE
        if is_folder:
            self._names.add_folder(name)
        else:
            self._names.add_file(name)
        if not 0 <= header.size <= (0 if is_folder else self._bounds.file_bytes):
            raise BundleError(
                f"{shown(name)}: said to hold {header.size} bytes;"
                f" {0 if is_folder else self._bounds.file_bytes} are allowed"
            )
        return Member(name, header.size, is_folder=is_folder, tar=self)

    def _check_end(self) -> None:
        """Check that a second block of zeros and nothing else but zeros follow."""
        behind = f"behind {shown(self._where)}" if self._where else "in it"
        if self.take(_BLOCK).strip(b"\0"):
            raise BundleError(f"the archive ends {behind}, and something else follows")
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
