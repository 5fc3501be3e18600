"""The comparisons of a study, gathered in its primary family and the exploratory ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from femo_tui.model.conditions import STUDY_EMOTIONS, Condition, Elicitation
from femo_tui.model.contrasts import Contrast
from femo_tui.model.study import Study
from femo_tui.stats.comparisons import (
    Comparison,
    Family,
    all_contrasts,
    compare,
    corrected,
    elicitation_contrasts,
    primary_contrasts,
    without,
)
from femo_tui.stats.measures import class_of
from femo_tui.stats.pairing import Pairing
from femo_tui.stats.selection import Counted

if TYPE_CHECKING:
    from femo_tui.stats.results import Asked


def conditions_of(counted: Sequence[Counted]) -> tuple[Condition, ...]:
    """Return the classes that occur: spontaneous before acted, the study's emotions first."""
    found = {c for person in counted for w in person.windows if (c := class_of(w)) is not None}
    known = list(STUDY_EMOTIONS)

    def place(condition: Condition) -> tuple[bool, int, str]:
        emotion = condition.emotion
        at = known.index(emotion) if emotion in known else len(known)
        return condition.elicitation is not Elicitation.SPONTANEOUS, at, emotion

    return tuple(sorted(found, key=place))


def families_of(
    study: Study, conditions: Sequence[Condition], asked: Asked, pairing: Pairing
) -> tuple[Family, ...]:
    """Return the primary family and the exploratory ones that have comparisons."""

    def tested(contrasts: Sequence[Contrast]) -> tuple[Comparison, ...]:
        return tuple(
            compare(one, pairing.pairs(one), pairing.measure, pairing.equal_s(one))
            for one in contrasts
        )

    primary = primary_contrasts(study, conditions)
    confused = [] if asked.confused is None else [one for one, _ in asked.confused.pairs]
    confused = without(confused, primary)
    elicitation = without(elicitation_contrasts(conditions), [*primary, *confused])
    every = without(all_contrasts(conditions), [*primary, *confused])
    more = without(asked.pairs, [*primary, *confused, *elicitation, *every])
    declared = "declared in study.toml" if study.primary else "each emotion against neutral"
    exploratory = (
        ("confused", "" if asked.confused is None else asked.confused.title, confused),
        ("elicitation", "spontaneous against acted", elicitation),
        ("pairs", "all other pairs", every),
        ("asked", "pairs asked for", more),
    )
    return (
        Family("primary", f"primary family, {declared}", True, corrected(tested(primary))),
        *(Family(name, title, False, tested(those)) for name, title, those in exploratory if those),
    )
