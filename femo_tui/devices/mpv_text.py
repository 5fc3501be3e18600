"""Text on the participant's screen as ASS events: escaped, broken into lines, as large as fits.

Lines are broken here, not by the renderer, so that the size can be chosen from their number. Widths
are those of DejaVu Sans, which is wider than the fonts that take its place where it is missing.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

LIGHT = r"\c&HF0F0F0&"
GREY = r"\c&HA8A8A8&"
BLACK = r"\c&H000000&"

_EM = 0.859  # of the font size: ASS counts ascent and descent, 2384 of DejaVu's 2048 to the em
_WIDE, _ROUND, _DEFAULT = 1.0, 0.80, 0.64  # of the em
_WIDTHS = {
    **dict.fromkeys("ijlI|'", 0.29),
    **dict.fromkeys(" .,:;!¡()[]ftrJí·", 0.40),
    **dict.fromkeys("csvxyzk¿?", 0.59),
    **dict.fromkeys("wGOQCDHNUÑÓÚ", _ROUND),
    **dict.fromkeys("mMW@%…—", _WIDE),
}


@dataclass(frozen=True, slots=True)
class Lines:
    """A text broken into lines at a font size."""

    lines: tuple[str, ...]
    size: int

    @property
    def height(self) -> int:
        return len(self.lines) * self.size


def escape_ass(text: str) -> str:
    """Return text that ASS shows as it is: no tag, no override, lines kept."""
    kept = "".join(c for c in text if c in "\n\t" or c.isprintable())
    # a word joiner after a backslash takes it its meaning and is not seen
    kept = kept.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")
    return kept.replace("\t", "    ").replace("\n", "\\N")


def text_event(tags: str, text: str) -> str:
    """Return one event; `tags` place and colour it."""
    return f"{{{tags}\\q2\\bord0\\shad0}}{escape_ass(text)}"


def text_width(text: str, size: float) -> float:
    """Return about how wide a line is at a font size, rather more than less."""
    return sum(_em_width(character) for character in text) * _EM * size


@functools.cache
def _em_width(character: str) -> float:
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    if unicodedata.combining(character):
        return 0.0
    return 0.72 if character.isupper() else _DEFAULT


def fit(text: str, width: float, height: float, sizes: tuple[int, ...]) -> Lines:
    """Break `text` at the largest of `sizes` at which it fits, the smallest if at none.

    Where a word would have to be broken it does not fit.
    """
    longest = max(text.split(), key=len, default="")
    for size in sizes:
        broken = Lines(break_lines(text, width, size), size)
        if broken.height <= height and text_width(longest, size) <= width:
            break
    return broken


def break_lines(text: str, width: float, size: float) -> tuple[str, ...]:
    """Break each paragraph into as few lines as it needs, of about the same length."""
    lines: list[str] = []
    for paragraph in text.replace("\t", "    ").split("\n"):
        greedy = _break(paragraph, width, size)
        narrow, wide = width / len(greedy) * 0.9, width
        while wide - narrow > size / 2:
            tried = (narrow + wide) / 2
            if len(_break(paragraph, tried, size)) == len(greedy):
                wide = tried
            else:
                narrow = tried
        lines += _break(paragraph, wide, size)
    return tuple(lines)


def _break(paragraph: str, width: float, size: float) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    space = text_width(" ", size)
    for word in paragraph.split(" "):
        wide = text_width(word, size)
        if line and used + space + wide <= width:
            line, used = f"{line} {word}", used + space + wide
            continue
        if line:
            lines.append(line)
        *full, line = [word] if wide <= width else _break_word(word, width, size)
        lines += full
        used = text_width(line, size)
    return [*lines, line]


def _break_word(word: str, width: float, size: float) -> list[str]:
    """Break what is wider than a line wherever a line ends; a character alone may be too wide."""
    pieces: list[str] = []
    begun, used = 0, 0.0
    for index, character in enumerate(word):
        wide = text_width(character, size)
        if used + wide > width and index > begun:
            pieces.append(word[begun:index])
            begun, used = index, 0.0
        used += wide
    return [*pieces, word[begun:]]
