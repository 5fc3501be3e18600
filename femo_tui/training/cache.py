"""Features kept on disk by the hash of their image: only new images cost anything.

One file holds the features of one engine, whose name says all that they depend on. It is only ever
appended to, in whole records with a checksum each, so that a writer killed at any moment leaves
what was there before; a torn end is cut off by the next writer. The features can identify people:
they lie in the store, as private as the faces, and `store.feature_files.forget` removes them with
the faces.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.errors import StoreError
from femo_tui.store.feature_files import (
    CHECK_BYTES,
    ENDING,
    HASH_BYTES,
    HEADER_BYTES,
    MAGIC,
    records,
)
from femo_tui.store.files import explained, make_folder, open_private, write_all
from femo_tui.training.engines import Engine

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FeatureCache:
    """The features of one engine in one store."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        """Open the file, made if there is none; a torn end or a damaged record is passed over.

        Raises:
            StoreError: it cannot be opened, or is no such file.
        """
        self.path = folder / f"{engine.name}{ENDING}"
        self.dim = engine.dim
        self._payload = 4 * engine.dim
        self._record = HASH_BYTES + self._payload + CHECK_BYTES
        make_folder(folder)
        with explained(self.path):
            self._file = open_private(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            self._begin()
            self._places = {
                record[:HASH_BYTES]: place for place, record in records(self._file, self._record)
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
                    os.pread(self._file, self._payload, place + HASH_BYTES), np.float32
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
                end -= (end - HEADER_BYTES) % self._record
                os.ftruncate(self._file, end)  # what a killed writer left behind
                write_all(self._file, content)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        for number, key in enumerate(new):
            self._places[key] = end + number * self._record

    def close(self) -> None:
        os.close(self._file)

    def _begin(self) -> None:
        header = MAGIC + self.dim.to_bytes(4, "little")
        there = os.pread(self._file, HEADER_BYTES, 0)
        if len(there) < HEADER_BYTES:
            os.ftruncate(self._file, 0)
            write_all(self._file, header)
        elif there != header:
            raise StoreError(f"{self.path}: these are no features of femo's; move the file away")

    def _to_record(self, sha256: bytes, row: NDArray[np.float32]) -> bytes:
        content = sha256 + np.ascontiguousarray(row, np.float32).tobytes()
        return content + zlib.crc32(content).to_bytes(CHECK_BYTES, "little")
