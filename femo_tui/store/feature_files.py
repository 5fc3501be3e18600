"""The files that hold features of faces, as bytes: so that a withdrawal can remove a person's.

A file is a header, then records of one length: the SHA-256 of an image, its features, a checksum.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Container, Iterator
from pathlib import Path

from femo_tui.store.files import explained, open_private, write_all

ENDING = ".features"
MAGIC = b"femofeature1"
HEADER_BYTES = len(MAGIC) + 4  # and the number of features of a record
HASH_BYTES, CHECK_BYTES = 32, 4
_READ_AT_ONCE = 1 << 20  # read in pieces: what is cached need not fit in memory


def records(file: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield (place, record) of every whole record whose checksum holds."""
    at_once = max(1, _READ_AT_ONCE // size) * size
    place = HEADER_BYTES
    while piece := os.pread(file, at_once, place):
        for start in range(0, len(piece) - size + 1, size):
            record = piece[start : start + size]
            check = int.from_bytes(record[-CHECK_BYTES:], "little")
            if zlib.crc32(record[:-CHECK_BYTES]) == check:
                yield place + start, record
        place += len(piece)


def count(folder: Path, hashes: Container[bytes]) -> int:
    """Return how many records of images there are in all files of a cache."""
    found = 0
    for path in sorted(folder.glob(f"*{ENDING}")):
        with explained(path), path.open("rb") as file:
            size = _record_bytes(file.read(HEADER_BYTES))
            found += sum(r[:HASH_BYTES] in hashes for _, r in records(file.fileno(), size))
    return found


def forget(folder: Path, hashes: Container[bytes]) -> int:
    """Remove images from every file of a cache; return how many records went.

    Each file is written anew beside its place, so that none is ever half there. Not while a
    training runs on the store.
    """
    removed = 0
    for path in sorted(folder.glob(f"*{ENDING}")):
        unfinished = path.with_suffix(".part")
        with explained(path), path.open("rb") as file:
            header = file.read(HEADER_BYTES)
            size = _record_bytes(header)
            descriptor = open_private(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            try:
                write_all(descriptor, header)
                for _, record in records(file.fileno(), size):
                    if record[:HASH_BYTES] in hashes:
                        removed += 1
                    else:
                        write_all(descriptor, record)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            unfinished.replace(path)
    return removed


def _record_bytes(header: bytes) -> int:
    return HASH_BYTES + 4 * int.from_bytes(header[len(MAGIC) :], "little") + CHECK_BYTES
