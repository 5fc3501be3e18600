"""What a virtual display shows, read from its X server's own memory (`Xvfb -fbdir DIR`)."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class Framebuffer:
    """The first screen: an xwd file (X11/XWDFile.h: 25 words, big endian, then the colours)."""

    def __init__(self, folder: Path) -> None:
        with open(folder / "Xvfb_screen0", "rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = struct.unpack(">25I", self._memory[:100])
        header_bytes, self.width, self.height, self._row_bytes, colours = (
            header[word] for word in (0, 4, 5, 12, 19)
        )
        self._begin = header_bytes + colours * 12

    def row(self, y: int) -> NDArray[np.uint8]:
        """Return a row: width × 4, blue, green, red and nothing."""
        begin = self._begin + y * self._row_bytes
        pixels = np.frombuffer(self._memory[begin : begin + self.width * 4], np.uint8)
        return pixels.reshape(self.width, 4)

    def picture(self) -> NDArray[np.uint8]:
        """Return all of it: height × width × 3, blue, green, red."""
        content = self._memory[self._begin : self._begin + self.height * self._row_bytes]
        rows = np.frombuffer(content, np.uint8).reshape(self.height, self._row_bytes)
        return rows[:, : self.width * 4].reshape(self.height, self.width, 4)[:, :, :3].copy()
