"""A small trace of the newest readings, in braille: is the sensor alive, and does it answer?"""

from __future__ import annotations

from collections.abc import Sequence

LEAST_SPAN_US = 0.2  # below this the ripple of a resting hand would look like a storm
_DOTS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))  # from the bottom: left, right


def spark(values: Sequence[float], width: int, height: int) -> list[str]:
    """Return the newest `2 * width` values as `height` lines of braille, the top line first."""
    shown = list(values)[-2 * width :]
    if not shown:
        return [" " * width] * height
    middle = (max(shown) + min(shown)) / 2
    span = max(max(shown) - min(shown), LEAST_SPAN_US)
    cells = [[0x2800] * width for _ in range(height)]
    levels = 4 * height
    for place, value in enumerate(shown, start=2 * width - len(shown)):
        # the middle of a dot, so that a steady value does not flicker between two
        level = int((value - middle) / span * (levels - 2) + levels / 2 + 0.5)
        row, dot = divmod(level, 4)
        cells[height - 1 - row][place // 2] |= _DOTS[dot][place % 2]
    return ["".join(map(chr, line)) for line in cells]
