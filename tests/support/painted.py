"""What a terminal shows of the bytes that a console sent it, as far as femo's own go.

Text, cursor positions and erasing the screen; colours and modes are passed over.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder

from rich.cells import cell_len

_PIECE = re.compile(
    r"\x1b\[(?P<row>\d*);?(?P<column>\d*)H"
    r"|\x1b\[(?P<erase>\d?)J"
    r"|\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[PX^_\]][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b[@-_=>]"
    r"|(?P<text>[^\x1b]+)"
)
_UNFINISHED = re.compile(r"\x1b[^A-Za-z~]*$")


class Painted:
    """A screen of cells."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._rows: dict[int, dict[int, str]] = {}
        self._row = self._column = 0
        self._left = ""

    def feed(self, sent: bytes) -> None:
        """Take in what was sent; a sequence may come in pieces."""
        text = self._left + self._decoder.decode(sent)
        unfinished = _UNFINISHED.search(text)
        self._left = unfinished[0] if unfinished else ""
        for piece in _PIECE.finditer(text[: len(text) - len(self._left)]):
            if piece["row"] is not None:
                self._row, self._column = int(piece["row"] or 1) - 1, int(piece["column"] or 1) - 1
            elif piece["erase"] is not None:
                self._rows.clear()
            elif piece["text"]:
                self._write(piece["text"])

    def _write(self, text: str) -> None:
        for character in text:
            if character == "\n":
                self._row += 1
            elif character == "\r":
                self._column = 0
            elif character >= " ":
                self._rows.setdefault(self._row, {})[self._column] = character
                self._column += cell_len(character)

    def text(self) -> str:
        """Return the screen, line by line."""
        lines = []
        for number in range(max(self._rows, default=-1) + 1):
            row = self._rows.get(number, {})
            lines.append("".join(row.get(x, " ") for x in range(max(row, default=-1) + 1)))
        return "\n".join(lines)

    def __contains__(self, text: str) -> bool:
        return text in self.text()
