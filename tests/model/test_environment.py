"""Facts of the room and the electrodes: which numbers make sense, what is missing says so."""

from __future__ import annotations

import pytest

from femo_tui.errors import UsageError
from femo_tui.model.environment import (
    USUAL,
    asked_facts,
    describe_environment,
    environment_fact,
    read_fact,
)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("room_c", "21.5", 21.5),
        ("room_c", " 21,5 ", 21.5),
        ("humidity_percent", "45", 45.0),
        ("electrode_metal", "nickel", "nickel"),
        ("lamp", "left, dimmed", "left, dimmed"),
    ],
)
def test_a_fact_is_read_as_what_it_is(name: str, text: str, value: object) -> None:
    assert read_fact(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("room_c", "215", "room temperature, °C lies between 5 and 45"),
        ("room_c", "nan", "lies between 5 and 45"),
        ("room_c", "warm", "is no number, such as 21.5"),
        ("humidity_percent", "0.45", "lies between 1 and 100"),
        ("settled_min", "-1", "lies between 0 and 240"),
        ("electrode_site", " ", "is empty: leave it out if it was not recorded"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(name: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=name) as problem:
        read_fact(name, text)
    assert said in str(problem.value)


def test_a_protocol_asks_the_usual_facts_or_its_own() -> None:
    assert [fact.name for fact in asked_facts(())] == list(USUAL)
    own = asked_facts(["room_c", "lamp_side"])
    assert [(fact.title, fact.low is not None) for fact in own] == [
        ("room temperature, °C", True),
        ("lamp side", False),
    ]
    assert not environment_fact("settled_min").lasts


def test_what_is_missing_is_said_to_be_missing() -> None:
    assert describe_environment(
        ("room_c", "electrode_metal"), {"room_c": 21.5, "lamp": "left"}
    ) == {
        "room temperature, °C": "21.5",
        "electrode metal": "not recorded",
        "lamp": "left",
    }
