"""Who gets which row: Williams' squares, and other factors crossed with their rows."""

from __future__ import annotations

from functools import cache


@cache
def williams_rows(k: int) -> tuple[tuple[int, ...], ...]:
    """Return the orders of `k` treatments, balanced for which directly follows which.

    Every treatment stands at every place equally often, and directly after every other one equally
    often: k rows where k is even, 2k (a square and its mirror image) where it is odd (Williams
    1949, Australian Journal of Scientific Research A 2, 149–168).
    """
    first = [0] if k else []
    low, high = 1, k - 1
    while low <= high:
        first += [low, high] if low < high else [low]
        low, high = low + 1, high - 1
    square = [tuple((place + shift) % k for place in first) for shift in range(max(k, 1))]
    mirrored = [row[::-1] for row in square] if k % 2 and k > 1 else []
    return (*square, *mirrored)


class Crossing:
    """Gives one participant a level of each factor, crossed with the square's rows.

    The participant's number, from 0, is written with a digit for the row, then one for each factor
    in the order of asking; a factor's level is the sum of its digit and all digits before it. So
    every combination of row and levels comes once in as many participants as there are, and each
    factor alone takes turns from one participant to the next.
    """

    def __init__(self, number: int, rows: int) -> None:
        self.row, self._rest = (number - 1) % rows, (number - 1) // rows
        self._sum = self.row
        self.combinations = rows

    def level(self, levels: int) -> int:
        """Return the level of the next factor, from 0."""
        self._sum += self._rest % levels
        self._rest //= levels
        self.combinations *= levels
        return self._sum % levels
