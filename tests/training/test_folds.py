"""No participant stands on both sides, whatever the data set looks like."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.training.folds import at_random, by_clip, by_participant

ROWS = st.lists(
    st.tuples(st.sampled_from("PQRSTUV"), st.sampled_from("abc"), st.sampled_from("1234")),
    min_size=1,
    max_size=60,
)


@given(ROWS)
def test_by_participant_holds_out_each_person_once(rows: list[tuple[str, str, str]]) -> None:
    people = [person for person, _, _ in rows]
    folds = by_participant(people)
    assert len(folds) == len(set(people))
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested) == list(range(len(rows)))
    for fold in folds:
        assert not {people[i] for i in fold.train} & {people[i] for i in fold.test}
        assert len(fold.train) + len(fold.test) == len(rows)


@given(ROWS)
def test_by_clip_shares_neither_people_nor_films(rows: list[tuple[str, str, str]]) -> None:
    people, classes = [row[0] for row in rows], [row[1] for row in rows]
    clips = [row[1] + row[2] for row in rows]  # a film belongs to one class
    folds = by_clip(people, classes, clips)
    seen: list[int] = []
    for fold in folds:
        assert not {people[i] for i in fold.train} & {people[i] for i in fold.test}
        assert not {clips[i] for i in fold.train} & {clips[i] for i in fold.test}
        seen += fold.test.tolist()
    assert len(seen) == len(set(seen))


def test_by_clip_needs_two_classes_with_two_films() -> None:
    people = ["P", "Q"] * 3
    assert by_clip(people, ["a", "a", "b", "b", "b", "b"], ["x", "x", "y", "y", "z", "z"]) == []
    assert by_clip(people, ["a"] * 6, ["x", "x", "y", "y", "z", "z"]) == []


def test_the_studys_split_is_a_tenth_and_the_same_for_a_seed() -> None:
    fold = at_random(1840, seed=3)
    assert (len(fold.train), len(fold.test)) == (1656, 184)
    assert sorted([*fold.train, *fold.test]) == list(range(1840))
    again, other = at_random(1840, seed=3), at_random(1840, seed=4)
    assert fold.test.tolist() == again.test.tolist() != other.test.tolist()
