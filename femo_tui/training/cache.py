"""Features kept on disk by the hash of their image: only new images cost anything.

One file holds the features of one engine, whose name says all that they depend on. It is only ever
appended to, in whole records with a checksum each, so that a writer killed at any moment leaves
what was there before; a torn end is cut off by the next writer. The features can identify people:
they lie in the store, as private as the faces, and `forget` removes them with the faces.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.errors import StoreError
from femo_tui.store.files import explained, make_folder, open_private, write_all
from femo_tui.training.engines import Engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENDING = ".features"
_MAGIC = b"femofeature1"
_HEADER_BYTES = len(_MAGIC) + 4  # and the number of features of a record
_HASH_BYTES, _CHECK_BYTES = 32, 4
_READ_AT_ONCE = 1 << 20  # read in pieces: what is cached need not fit in memory


class FeatureCache:
    """The features of one engine in one store."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        """Open the file, made if there is none; a torn end or a damaged record is passed over.

        Raises:
            StoreError: it cannot be opened, or is no such file.
        """
        self.path = folder / f"{engine.name}{_ENDING}"
        self.dim = engine.dim
        self._payload = 4 * engine.dim
        self._record = _HASH_BYTES + self._payload + _CHECK_BYTES
        make_folder(folder)
        with explained(self.path):
            self._file = open_private(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            self._begin()
            self._places = {
                record[:_HASH_BYTES]: place for place, record in _records(self._file, self._record)
            }

    def __contains__(self, sha256: bytes) -> bool:
        return sha256 in self._places

    def __len__(self) -> int:
        return len(self._places)

    def rows(self, hashes: Iterable[bytes]) -> NDArray[np.float32]:
        """Return the features of images by their SHA-256, in that order: n × dim.

        Raises:
            KeyError: an image is not cached.
        """
        wanted = [self._places[sha256] for sha256 in hashes]
        found = np.empty((len(wanted), self.dim), np.float32)
        with explained(self.path):
            for row, place in zip(found, wanted, strict=True):
                row[:] = np.frombuffer(
                    os.pread(self._file, self._payload, place + _HASH_BYTES), np.float32
                )
        return found

    def add(self, features: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Append the features of images, but for those that are cached already."""
        new = {key: row for key, row in features.items() if key not in self._places}
        content = b"".join(self._to_record(key, row) for key, row in new.items())
        with explained(self.path):
            fcntl.flock(self._file, fcntl.LOCK_EX)  # an import may write beside a training
            try:
                end = os.fstat(self._file).st_size
                end -= (end - _HEADER_BYTES) % self._record
                os.ftruncate(self._file, end)  # what a killed writer left behind
                write_all(self._file, content)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        for number, key in enumerate(new):
            self._places[key] = end + number * self._record

    def close(self) -> None:
        os.close(self._file)

    def _begin(self) -> None:
        header = _MAGIC + self.dim.to_bytes(4, "little")
        there = os.pread(self._file, _HEADER_BYTES, 0)
        if len(there) < _HEADER_BYTES:
            os.ftruncate(self._file, 0)
            write_all(self._file, header)
        elif there != header:
            raise StoreError(f"{self.path}: these are no features of femo's; move the file away")

    def _to_record(self, sha256: bytes, row: NDArray[np.float32]) -> bytes:
        content = sha256 + np.ascontiguousarray(row, np.float32).tobytes()
        return content + zlib.crc32(content).to_bytes(_CHECK_BYTES, "little")


def forget(folder: Path, hashes: Container[bytes]) -> int:
    """Remove images from every file of a cache; return how many records went.

    Each file is written anew beside its place, so that none is ever half there. Not while a
    training runs on the store.
    """
    removed = 0
    for path in sorted(folder.glob(f"*{_ENDING}")):
        unfinished = path.with_suffix(".part")
        with explained(path), path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            size = _HASH_BYTES + 4 * int.from_bytes(header[len(_MAGIC) :], "little") + _CHECK_BYTES
            descriptor = open_private(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            try:
                write_all(descriptor, header)
                for _, record in _records(file.fileno(), size):
                    if record[:_HASH_BYTES] in hashes:
                        removed += 1
                    else:
                        write_all(descriptor, record)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            unfinished.replace(path)
    return removed


def _records(file: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield (place, record) of every whole record whose checksum holds."""
    at_once = max(1, _READ_AT_ONCE // size) * size
    place = _HEADER_BYTES
    while piece := os.pread(file, at_once, place):
        for start in range(0, len(piece) - size + 1, size):
            record = piece[start : start + size]
            check = int.from_bytes(record[-_CHECK_BYTES:], "little")
            if zlib.crc32(record[:-_CHECK_BYTES]) == check:
                yield place + start, record
        place += len(piece)
