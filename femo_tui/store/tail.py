"""Reads the whole lines that were added to a growing file; a torn last line waits for its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from femo_tui.store.files import explain, explained


class LineTail:
    """Follows one file from its beginning; a file that is absent has no lines yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0  # bytes of the whole lines read so far
        self.line_number = 0  # of the line read last, from 1
        self.torn_bytes = 0  # behind the last whole line

    def read(self) -> Iterator[tuple[int, bytes]]:
        """Yield (line number, line without its end) of every line added since the last call."""
        try:
            opened = self.path.open("rb")
        except FileNotFoundError:
            return
        except OSError as problem:
            raise explain(problem, self.path) from problem
        with explained(self.path), opened as file:
            self.torn_bytes = 0
            if os.fstat(file.fileno()).st_size <= self.offset:
                return
            file.seek(self.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    self.torn_bytes = len(line)
                    return
                self.offset += len(line)
                self.line_number += 1
                yield self.line_number, line[:-1]

    @property
    def torn(self) -> str | None:
        """Return one sentence about a last line without its end, None if there is none."""
        if not self.torn_bytes:
            return None
        return (
            f"{self.path.name} line {self.line_number + 1}: torn after {self.torn_bytes} bytes,"
            " skipped"
        )
