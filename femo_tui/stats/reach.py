"""Which comparisons have too few pairs to reach p < .05, said once, with a mark for each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import count

from femo_tui.model.counting import plural
from femo_tui.stats.comparisons import ALPHA, Comparison, Family

NAMED = 6  # comparisons that a sentence names; more are counted, and found by their marks


class Reach(StrEnum):
    """What a comparison's pairs allow: the mark of its row."""

    ENOUGH = ""
    NEVER = "†"  # p < .05 whatever the data
    NOT_FIRST = "‡"  # p < .05 alone, but not as the first of its family under Holm


def reach(comparison: Comparison, family: Family) -> Reach:
    """Return what the pairs of a comparison allow in its family; one without pairs has no mark."""
    smallest = comparison.test.p_smallest_possible
    if not comparison.test.n_pairs:
        return Reach.ENOUGH
    if smallest >= ALPHA:
        return Reach.NEVER
    return Reach.NOT_FIRST if _holm_size(family) * smallest >= ALPHA else Reach.ENOUGH


def marks(comparison: Comparison, family: Family, *, p_shown: bool) -> str:
    """Return what marks a comparison's row: too few pairs, another answer of the log ratio."""
    disagrees = "! log ratio disagrees" if comparison.disagrees and p_shown else ""
    return " ".join(filter(None, (reach(comparison, family).value, disagrees)))


def pairs_needed(size: int = 1) -> int:
    """Return how many pairs have to differ for p < .05, first in a family of `size` under Holm.

    The smallest two-sided p of n pairs that differ is 2/2ⁿ, with ties among them, too.
    """
    return next(n for n in count(1) if size * 2 / 2**n < ALPHA)


def reach_sentences(families: Sequence[Family]) -> Iterator[str]:
    """Yield one sentence for all comparisons with too few pairs, and one for those under Holm."""
    found = [
        (mark, family, one)
        for family in families
        for one in family.comparisons
        if (mark := reach(one, family))
    ]
    for mark in (Reach.NEVER, Reach.NOT_FIRST):
        those = [(family, one) for at, family, one in found if at is mark]
        if not those:
            continue
        labels = [one.label for _, one in those]
        counts = [one.test.n_ranked for _, one in those]
        who = ", ".join(labels) if len(labels) <= NAMED else f"{len(labels)} comparisons so marked"
        least, most = min(counts), max(counts)
        pairs = plural(most, "pair") if least == most else f"{least} to {plural(most, 'pair')}"
        that = f"{mark} {who}: {pairs} that differ"
        if mark is Reach.NEVER:
            smallest = min(one.test.p_smallest_possible for _, one in those)
            yield (
                f"{that} cannot reach p < .05; the smallest possible p is {smallest:.4g}, and it"
                f" takes {pairs_needed()}."
            )
        else:  # Holm runs over one family
            size = _holm_size(those[0][0])
            yield (
                f"{that} can reach p < .05 alone, but not first in a family of {size} under Holm;"
                f" that takes {pairs_needed(size)}."
            )


def _holm_size(family: Family) -> int:
    """Return over how many comparisons Holm's correction runs, 1 where it does not."""
    return sum(bool(one.test.n_pairs) for one in family.comparisons) if family.confirmatory else 1
