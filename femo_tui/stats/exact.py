"""The exact null distribution of a rank sum, counted sign by sign without enumerating them.

The shift algorithm (Streitberg and Röhmel 1986, Statistical Software Newsletter 12, 10–17): with
ranks w₁ … wₙ, the number of sign assignments whose positive ranks add up to s is the coefficient of
xˢ in ∏(1 + x^wᵢ). Mid-ranks are doubled to be whole, so ties are no approximation. The coefficients
stand side by side in one big integer, where multiplying by (1 + x^w) is a shift and an addition.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache


def counts_up_to(ranks: Sequence[int], most: int) -> list[int]:
    """Return how many of the 2ⁿ sign assignments have a positive rank sum of 0, 1, … `most`."""
    field_bytes = len(ranks) // 8 + 1  # a coefficient is at most 2ⁿ
    kept = (1 << 8 * field_bytes * (most + 1)) - 1
    packed = 1
    for rank in sorted(ranks):
        packed = (packed + (packed << 8 * field_bytes * rank)) & kept
    cells = packed.to_bytes(field_bytes * (most + 1), "little")
    return [
        int.from_bytes(cells[at : at + field_bytes], "little")
        for at in range(0, len(cells), field_bytes)
    ]


@lru_cache(maxsize=64)
def untied_quantile(n: int, share: float) -> tuple[int, float]:
    """Return (k, P(T < k)) for ranks 1 … n: the largest k ≥ 1 with P(T < k) ≤ `share`.

    k is 1 also where even that is above `share`: n is too small for it.
    """
    whole = 1 << n
    below = 0
    counts = counts_up_to(range(1, n + 1), n * (n + 1) // 4)
    for rank_sum, count in enumerate(counts):
        if rank_sum > 0 and (below + count) / whole > share:
            return rank_sum, below / whole
        below += count
    return 1, below / whole  # n is 1: there is no other rank sum
