"""Comparisons of two classes over all participants, gathered in families."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

from femo_tui.model.conditions import NEUTRAL, Condition, Elicitation
from femo_tui.model.contrasts import Contrast, parse_contrast
from femo_tui.model.study import Measure, Study
from femo_tui.stats.holm import holm
from femo_tui.stats.omnibus import Normality, normality
from femo_tui.stats.signed_rank import SignedRank, signed_rank

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """What one participant (or one register of theirs) puts into a comparison."""

    participant: str
    first: float
    second: float
    log_first: float
    log_second: float
    uncertainty: float | None  # of the percentage, in points; None: not known, or no percentage
    one_sided: bool  # the baseline is one neutral where two were asked for


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison, tested; values are in the study's measure, differences second − first."""

    contrast: Contrast
    pairs: tuple[Pair, ...]
    test: SignedRank
    p_holm: float | None  # None outside the primary family
    log_test: SignedRank | None  # the same on the log ratio; None where that is the measure
    log_p_holm: float | None  # Holm over the same family of those
    disagrees: bool  # the two come to different answers, after Holm where it runs
    normality: Normality | None  # of the differences
    uncertainty: float | None  # median over the participants, in percentage points
    equal_s: float | None  # what windows were cut to

    @property
    def label(self) -> str:
        return self.contrast.label

    @property
    def participants(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pair.participant for pair in self.pairs))

    @property
    def one_sided(self) -> int:
        """Return for how many pairs one neutral is missing."""
        return sum(pair.one_sided for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class Family:
    """Comparisons that belong together; Holm runs over a confirmatory one."""

    name: str
    title: str
    confirmatory: bool
    comparisons: tuple[Comparison, ...]


def compare(
    contrast: Contrast, pairs: Sequence[Pair], measure: Measure, equal_s: float | None
) -> Comparison:
    """Test one comparison."""
    test = signed_rank([pair.first for pair in pairs], [pair.second for pair in pairs])
    log_test = None
    if measure is not Measure.LOG_RATIO:
        log_test = signed_rank(
            [pair.log_first for pair in pairs], [pair.log_second for pair in pairs]
        )
    known = [pair.uncertainty for pair in pairs if pair.uncertainty is not None]
    return Comparison(
        contrast=contrast,
        pairs=tuple(pairs),
        test=test,
        p_holm=None,
        log_test=log_test,
        log_p_holm=None,
        disagrees=log_test is not None and _disagree(test, log_test, test.p_best, log_test.p_best),
        normality=normality([round(pair.second - pair.first, 9) for pair in pairs]),
        uncertainty=median(known) if known and len(known) == len(pairs) else None,
        equal_s=equal_s,
    )


def corrected(comparisons: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Return the comparisons with Holm's p over those that have any pair, log ratios likewise."""
    family = list(comparisons)
    tested = [i for i, comparison in enumerate(family) if comparison.test.n_pairs]
    for i, p_holm in zip(tested, holm([family[i].test.p_best for i in tested]), strict=True):
        family[i] = replace(family[i], p_holm=p_holm)
    logs = [(i, log_test) for i in tested if (log_test := family[i].log_test) is not None]
    log_holm = holm([log_test.p_best for _, log_test in logs])
    for (i, log_test), log_p_holm in zip(logs, log_holm, strict=True):
        one = family[i]
        disagrees = _disagree(one.test, log_test, one.p_holm or 0.0, log_p_holm)
        family[i] = replace(one, log_p_holm=log_p_holm, disagrees=disagrees)
    return tuple(family)


def primary_contrasts(study: Study, conditions: Sequence[Condition]) -> list[Contrast]:
    """Return the study's primary family: declared, or each spontaneous emotion against neutral."""
    if study.primary:
        return [parse_contrast(text) for text in study.primary]
    neutral = Condition(NEUTRAL, Elicitation.SPONTANEOUS)
    return [
        Contrast(condition, neutral)
        for condition in conditions
        if condition.elicitation is Elicitation.SPONTANEOUS and condition.emotion != NEUTRAL
    ]


def elicitation_contrasts(conditions: Sequence[Condition]) -> list[Contrast]:
    """Return spontaneous against acted, each emotion; neutral is what they are measured by."""
    acted = {c.emotion for c in conditions if c.elicitation is Elicitation.ACTED}
    return [
        Contrast(condition, Condition(condition.emotion, Elicitation.ACTED))
        for condition in conditions
        if condition.elicitation is Elicitation.SPONTANEOUS
        and condition.emotion in acted - {NEUTRAL}
    ]


def all_contrasts(conditions: Sequence[Condition]) -> list[Contrast]:
    """Return every pair within an elicitation, neutral as the first of its pairs."""
    found = []
    for elicitation in Elicitation:
        ours = [c for c in conditions if c.elicitation is elicitation]
        ours.sort(key=lambda condition: condition.emotion != NEUTRAL)
        found += [Contrast(second, first) for first, second in combinations(ours, 2)]
    return found


def without(contrasts: Iterable[Contrast], taken: Iterable[Contrast]) -> list[Contrast]:
    """Return those contrasts that are not among `taken`, in either direction."""
    known = {frozenset((one.first, one.second)) for one in taken}
    return [one for one in contrasts if frozenset((one.first, one.second)) not in known]


def _disagree(test: SignedRank, other: SignedRank, p: float, other_p: float) -> bool:
    """Return whether two tests of the same pairs come to different answers."""
    if (p < ALPHA) != (other_p < ALPHA):
        return True
    return (test.hodges_lehmann or 0.0) * (other.hodges_lehmann or 0.0) < 0
