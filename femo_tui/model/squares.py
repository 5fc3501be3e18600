"""Who gets which row: Williams' squares, and factors crossed with their rows."""

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


def crossed(number: int, rows: int, below: int, levels: int) -> int:
    """Return the level, from 0, that a participant gets of a factor beside the square's rows.

    `below` is the product of the levels of the factors that were crossed before. Row
    (number − 1) mod rows meets each level equally often in every rows × below × levels
    participants, in each combination with those factors; and where `levels` divides `rows`, each
    level comes equally often in every `rows` participants already.
    """
    index = number - 1
    return (index % rows + index // (rows * below)) % levels
