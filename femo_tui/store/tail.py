"""Reads the whole lines that were added to a growing file; a torn last line waits for its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from femo_tui.store.files import explain, explained

_BLOCK_BYTES = 200_000  # lines held as objects at once: a long run is read lean


class LineTail:
    """Follows one file from its beginning; a file that is absent has no lines yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0  # bytes of the whole lines read so far
        self.line_number = 0  # of the line read last, from 1
        self.torn_bytes = 0  # behind the last whole line
        self.size = 0  # of the file at the last look

    def read(self) -> Iterator[tuple[int, bytes]]:
        """Yield (line number, line without its end) of every line added since the last call."""
        for first, lines in self.blocks():
            yield from enumerate(lines, start=first)

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the added lines many at a time, each block with the number of its first line.

        A caller may leave off after any block; the next call goes on behind it.
        """
        try:
            opened = self.path.open("rb")
        except FileNotFoundError:
            return
        except OSError as problem:
            raise explain(problem, self.path) from problem
        with explained(self.path), opened as file:
            self.torn_bytes = 0
            self.size = os.fstat(file.fileno()).st_size
            if self.size <= self.offset:
                return
            file.seek(self.offset)
            while lines := file.readlines(_BLOCK_BYTES):
                if not lines[-1].endswith(b"\n"):
                    self.torn_bytes = len(lines.pop())
                if not lines:
                    return
                first = self.line_number + 1
                self.offset += sum(map(len, lines))
                self.line_number += len(lines)
                yield first, [line[:-1] for line in lines]

    @property
    def unread_bytes(self) -> int:
        """Return how much there was beyond what has been read, at the last look."""
        return max(self.size - self.offset - self.torn_bytes, 0)

    @property
    def torn(self) -> str | None:
        """Return one sentence about a last line without its end, None if there is none."""
        if not self.torn_bytes:
            return None
        return (
            f"{self.path.name} line {self.line_number + 1}: torn after {self.torn_bytes} bytes,"
            " skipped"
        )
