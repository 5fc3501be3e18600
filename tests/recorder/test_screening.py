"""Answers that end a run or pause it, at virtual time."""

from __future__ import annotations

import dataclasses
from functools import partial

import pytest

from femo_tui.model.protocol import Scale, Step, StepKind
from femo_tui.model.run_state import CommandName
from tests.support.engine_bench import PROTOCOL, Bench

SCREENING = Step(
    "screening",
    StepKind.QUESTIONNAIRE,
    None,
    scales=(
        Scale("consent", {"en": "Do you take part?"}, 0, 1, stop_at=(0,)),
        Scale("trauma", {"en": "Did you live through violence?"}, 0, 1, pause_at=(1,)),
        Scale("medication", {"en": "Do you take medicine?"}, 0, 1),
    ),
)


@pytest.fixture
def screened(bench: Bench) -> Bench:
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(SCREENING, *PROTOCOL.steps))
    return bench


def test_an_answer_ends_the_run_in_order_and_nothing_more_is_asked(screened: Bench) -> None:
    screened.at(2.0, lambda: screened.screen.press("0"))
    stop = screened.run()
    assert stop.status.value == "stopped"
    assert stop.reason == "screening: consent was answered 0"
    assert stop.data.value == "keep"
    assert stop.t_s < 4.0
    asked = {r["scale"]: r["value"] for r in screened.events("rating")}
    assert asked == {"consent": 0, "trauma": None, "medication": None}
    assert screened.screen.shown[-1] == "black"


def test_an_answer_pauses_the_run_so_that_the_operator_talks(screened: Bench) -> None:
    screened.auto = False
    for at_s, key in ((2.0, "1"), (4.0, "1")):
        screened.at(at_s, partial(screened.screen.press, key))
    screened.ask(60.0, CommandName.RESUME)
    screened.at(62.0, lambda: screened.screen.press("0"))
    screened.ask(80.0, CommandName.VERDICT, verdict="accepted")
    screened.ask(90.0, CommandName.VERDICT, verdict="accepted")
    stop = screened.run()
    (pause,) = [s for s in screened.events("state") if s["state"] == "paused"]
    assert pause["reason"] == "screening: trauma was answered 1, talk to the participant"
    assert pause["t_s"] < 5.0
    assert stop.status.value == "complete"


def test_the_operator_may_stop_after_the_talk_and_may_have_typed_the_answer(
    screened: Bench,
) -> None:
    screened.auto = False
    screened.ask(2.0, CommandName.RATING, scale="consent", value=1)
    screened.ask(4.0, CommandName.RATING, scale="trauma", value=1)
    screened.ask(60.0, CommandName.STOP)
    stop = screened.run()
    assert [reply.ok for reply in screened.replies] == [True, True, True]
    assert (stop.status.value, stop.reason) == ("stopped", "stopped by ada")


def test_where_nobody_is_there_to_talk_the_run_ends(screened: Bench) -> None:
    for at_s, key in ((2.0, "1"), (4.0, "1")):
        screened.at(at_s, partial(screened.screen.press, key))
    stop = screened.run()
    assert stop.status.value == "stopped"
    assert "trauma was answered 1, and with --auto nobody is there to talk" in stop.reason


def test_an_answer_to_the_last_question_pauses_before_the_next_step(screened: Bench) -> None:
    screened.auto = False
    last = dataclasses.replace(SCREENING, scales=SCREENING.scales[1:2])
    screened.protocol = dataclasses.replace(PROTOCOL, steps=(last, PROTOCOL.steps[0]))
    screened.at(2.0, lambda: screened.screen.press("1"))
    screened.ask(30.0, CommandName.RESUME)
    stop = screened.run()
    starts = {s["step"]: s["t_s"] for s in screened.events("step_start")}
    assert starts["settle"] == pytest.approx(30.0)
    assert stop.status.value == "complete"
