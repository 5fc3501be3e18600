"""A film that is warned of: the participant, or the operator for them, chooses; at virtual time."""

from __future__ import annotations

import dataclasses
from functools import partial

import pytest

from femo_tui.model.run_state import CONTENT_WARNING, CommandName
from femo_tui.store.run_reader import RunReader
from tests.support.engine_bench import PROTOCOL, Bench

WARNED = dataclasses.replace(PROTOCOL.steps[1], content_warning={"en": "It shows an assault."})
AT_S = 1.0  # the warning is shown when settling ends


@pytest.fixture
def warned(bench: Bench) -> Bench:
    bench.protocol = dataclasses.replace(
        PROTOCOL, steps=(PROTOCOL.steps[0], WARNED, *PROTOCOL.steps[2:])
    )
    return bench


def answers(bench: Bench) -> list[tuple[object, ...]]:
    found = [r for r in bench.events("rating") if r["scale"] == CONTENT_WARNING]
    return [(r["step"], r["attempt"], r["about"], r["value"], r["source"]) for r in found]


def test_the_film_waits_until_the_participant_wants_to_see_it(warned: Bench) -> None:
    warned.at(31.0, lambda: warned.screen.press("SPACE"))
    stop = warned.run()
    assert any("It shows an assault." in page for page in warned.screen.shown)
    assert answers(warned) == [("stress", 1, "stress", 1, "participant")]
    onset = next(w for w in warned.events("window_start") if w["step"] == "stress")
    assert onset["t_s"] == pytest.approx(31.0 + 0.04 + 1.0)
    assert stop.counts["windows_accepted"] == 2


@pytest.mark.parametrize("key", ["N", "BACKSPACE"])
def test_a_film_that_is_left_out_is_no_data_and_nothing_is_asked_about_it(
    warned: Bench, key: str
) -> None:
    warned.at(3.0, lambda: warned.screen.press(key))
    stop = warned.run()
    assert answers(warned) == [("stress", 1, "stress", 0, "participant")]
    stops = {s["step"]: (s["reason"], s["media_played_s"]) for s in warned.events("step_stop")}
    assert stops["stress"] == ("declined", None)
    assert stops["felt"] == ("not_asked", None)
    assert [w["step"] for w in warned.events("window_start")] == ["happy"]
    assert [r["scale"] for r in warned.events("rating")] == [CONTENT_WARNING]
    assert "stress.mp4" not in warned.screen.shown
    assert stop.status.value == "complete"


def test_the_operator_can_answer_for_the_participant(warned: Bench) -> None:
    warned.ask(2.0, CommandName.RATING, scale="valence", value=1)
    warned.ask(2.1, CommandName.RATING, scale=CONTENT_WARNING, value=5)
    warned.ask(2.2, CommandName.RATING, scale=CONTENT_WARNING, value=0)
    warned.run()
    assert [reply.ok for reply in warned.replies] == [False, False, True]
    assert answers(warned) == [("stress", 1, "stress", 0, "operator")]


def test_a_redo_asks_again_and_needs_no_choice_of_film_before_it_began(warned: Bench) -> None:
    warned.ask(3.0, CommandName.REDO)
    warned.at(5.0, lambda: warned.screen.press("SPACE"))
    warned.ask(7.0, CommandName.REDO, media="same")
    warned.at(10.0, lambda: warned.screen.press("N"))
    warned.run()
    assert [reply.ok for reply in warned.replies] == [True, True]
    assert [(attempt, value) for _, attempt, _, value, _ in answers(warned)] == [
        (1, None),
        (2, 1),
        (3, 0),
    ]


def test_a_film_that_was_seen_and_then_left_out_is_still_asked_about(warned: Bench) -> None:
    warned.at(3.0, lambda: warned.screen.press("SPACE"))
    warned.ask(5.0, CommandName.REDO, media="same")
    warned.at(7.0, lambda: warned.screen.press("N"))
    warned.run()
    assert {s["step"]: s["reason"] for s in warned.events("step_stop")}["felt"] == "complete"


def test_a_key_meant_for_the_page_before_shows_no_film(warned: Bench) -> None:
    warned.at(AT_S + 0.5, lambda: warned.screen.press("SPACE"))
    warned.at(AT_S + 5.0, lambda: warned.screen.press("N"))
    warned.run()
    assert [value for _, _, _, value, _ in answers(warned)] == [0]


def test_keys_do_nothing_in_a_pause_and_the_warning_is_shown_again_on_a_new_screen(
    warned: Bench,
) -> None:
    warned.ask(3.0, CommandName.PAUSE)
    warned.at(4.0, lambda: warned.screen.press("SPACE"))
    warned.at(5.0, warned.screen.die)
    warned.ask(6.0, CommandName.RESUME)
    warned.at(8.0, lambda: warned.screen.press("SPACE"))
    stop = warned.run()
    assert len([page for page in warned.screen.shown if "assault" in page]) == 2
    started = [d for d in warned.events("device") if d["name"] == "film_started"]
    assert [d["t_s"] for d in started] == [pytest.approx(8.04)]
    assert stop.counts["windows_accepted"] == 2


def test_a_reader_is_told_what_is_asked(warned: Bench) -> None:
    asked: dict[float, tuple[str, ...]] = {}

    def read(at_s: float) -> None:
        asked[at_s] = RunReader(warned.run_dir).poll().asks

    for at_s in (2.0, 4.0, 9.0, 12.0):
        warned.at(at_s, partial(read, at_s))
    warned.at(3.0, lambda: warned.screen.press("SPACE"))
    warned.run()
    assert asked == {2.0: (CONTENT_WARNING,), 4.0: (), 9.0: ("stress",), 12.0: ()}
