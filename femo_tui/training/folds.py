"""Partitions into training and test, and what they promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows: TypeAlias = "NDArray[np.intp]"

STUDY_SHARE = 0.1  # of the images, for validation
PEOPLE_GROUPS = 5  # where leaving out one person after the other would take too long


@dataclass(frozen=True, slots=True)
class Fold:
    """Row numbers to train on and to test."""

    train: Rows
    test: Rows


def by_participant(participants: Sequence[str]) -> list[Fold]:
    """Return one fold for each participant: tested on them, trained on everybody else."""
    who = np.asarray(participants, dtype=object)
    return [_fold(who != one, who == one) for one in sorted(set(participants))]


def people_groups(participants: Sequence[str]) -> list[list[str]]:
    """Return the participants in groups of one size, as nearly as can be; fewer are one each."""
    people = sorted(set(participants))
    return [people[i::PEOPLE_GROUPS] for i in range(min(PEOPLE_GROUPS, len(people)))]


def by_group(participants: Sequence[str]) -> list[Fold]:
    """Return one fold for each group of participants: tested on them, trained on the others."""
    who = np.asarray(participants, object)
    inside = [np.isin(who, group) for group in people_groups(participants)]
    return [_fold(~tested, tested) for tested in inside]


def by_clip(
    participants: Sequence[str], classes: Sequence[str], clips: Sequence[str]
) -> list[Fold]:
    """Return folds that share neither people nor films; none where fewer than two classes have
    two films.

    Only classes with several films are tested; the films of the others serve in training.
    """
    films_of: dict[str, set[str]] = {}
    for class_name, clip in zip(classes, clips, strict=True):
        if clip:
            films_of.setdefault(class_name, set()).add(clip)
    testable = {class_name for class_name, films in films_of.items() if len(films) > 1}
    if len(testable) < 2:
        return []
    who, film = np.asarray(participants, object), np.asarray(clips, object)
    can_test = np.isin(np.asarray(classes, object), sorted(testable))
    groups = people_groups(participants)
    folds = []
    for group in groups if len(groups) > 1 else []:
        inside = np.isin(who, group)
        for clip in sorted(set().union(*(films_of[name] for name in testable))):
            fold = _fold(~inside & (film != clip), inside & (film == clip) & can_test)
            if len(fold.test) and len(fold.train):
                folds.append(fold)
    return folds


def at_random(count: int, seed: int, share: float = STUDY_SHARE) -> Fold:
    """Return the study's split: a random share of the images, whoever is on them."""
    order = np.random.default_rng(seed).permutation(count)
    tested = max(1, round(share * count))
    return Fold(np.sort(order[tested:]), np.sort(order[:tested]))


def _fold(train: NDArray[np.bool_], test: NDArray[np.bool_]) -> Fold:
    return Fold(np.flatnonzero(train), np.flatnonzero(test))
