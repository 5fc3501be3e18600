"""An abort acts on the participant's screen within a second, whatever the run is doing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import pytest

from femo_tui.model.protocol import Scale, Step, StepKind
from femo_tui.model.run_state import CommandName
from tests.support.engine_bench import PROTOCOL, Bench

BOOT_S = 1000.0


class Moment(NamedTuple):
    """A moment of a run: how to get there, when it is, and the step and state that it is in."""

    at_s: float
    step: str
    state: str = "running"
    prepare: Callable[[Bench], None] = lambda bench: None


def unattended(bench: Bench) -> None:
    bench.auto = False


def warned(bench: Bench) -> None:
    film = dataclasses.replace(PROTOCOL.steps[1], content_warning={"en": "Violence."})
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(film, *PROTOCOL.steps[2:]))


def screened(bench: Bench) -> None:
    bench.auto = False
    scale = Scale("trauma", {"en": "?"}, 0, 1, pause_at=(1,))
    asked = Step("screening", StepKind.QUESTIONNAIRE, None, scales=(scale,))
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(asked, *PROTOCOL.steps))
    bench.at(1.0, lambda: bench.screen.press("1"))


def failed(bench: Bench) -> None:
    bench.auto = False
    bench.at(3.0, bench.screen.die)


def gone(bench: Bench) -> None:
    failed(bench)
    bench.screen.reopens = False


MOMENTS = {
    "settling": Moment(0.5, "settle"),
    "the film loads": Moment(3.0, "stress", prepare=lambda b: setattr(b.screen, "starts", False)),
    "before the window": Moment(1.5, "stress"),
    "in the window": Moment(3.0, "stress"),
    "after the window": Moment(4.5, "stress"),
    "the film is paused": Moment(
        4.0, "stress", "paused", prepare=lambda b: b.ask(3.0, CommandName.PAUSE)
    ),
    "the film stands still": Moment(
        3.9, "stress", prepare=lambda b: setattr(b.screen, "stall_at_s", 2.0)
    ),
    "the screen hangs": Moment(4.5, "stress", prepare=lambda b: b.at(3.0, b.screen.hang)),
    "at the gate": Moment(20.0, "", "awaiting_verdict", prepare=unattended),
    "a question": Moment(6.0, "felt"),
    "the answer is shown": Moment(
        6.2, "felt", prepare=lambda b: b.at(6.0, lambda: b.screen.press("3"))
    ),
    "the acted page": Moment(8.0, "happy"),
    "the acted window": Moment(9.0, "happy"),
    "a content warning": Moment(9.0, "stress", prepare=warned),
    "a talk after screening": Moment(9.0, "", "paused", prepare=screened),
    "a pause after a failure": Moment(9.0, "", "paused", prepare=failed),
    "the screen is gone": Moment(9.0, "", "paused", prepare=gone),
}


@pytest.mark.parametrize("by", ["participant", "operator"])
@pytest.mark.parametrize("name", MOMENTS)
def test_the_screen_is_black_at_once_and_the_run_is_over(bench: Bench, name: str, by: str) -> None:
    moment = MOMENTS[name]
    moment.prepare(bench)
    if by == "participant":
        bench.at(moment.at_s, lambda: bench.screen.press("ESC"))
    else:
        bench.ask(moment.at_s, CommandName.ABORT)
    stop = bench.run()
    states = [s["state"] for s in bench.events("state")]
    assert states[-3:] == [moment.state, "aborting", "done"]
    assert bench.screen.black_since_s is not None
    assert bench.screen.black_since_s <= BOOT_S + moment.at_s + 1.0
    assert stop.t_s <= moment.at_s + 1.0
    assert (stop.status.value, stop.data.value) == ("aborted", "until_asked")
    cut = [s["step"] for s in bench.events("step_stop") if s["reason"] == "aborted"]
    assert cut == ([moment.step] if moment.step else [])
    who = {"participant": "broken off by the participant", "operator": "broken off by ada"}
    assert stop.reason == who[by]


@pytest.mark.parametrize(
    ("word", "data"),
    [
        ("keep", "keep"),
        ("discard", "discarded"),
        ("until-asked", "until_asked"),
        ("", "until_asked"),
    ],
)
def test_the_operator_may_say_at_once_what_becomes_of_the_data(
    bench: Bench, word: str, data: str
) -> None:
    bench.ask(3.0, CommandName.ABORT, data=word, reason="felt unwell")
    stop = bench.run()
    assert (stop.data.value, stop.reason) == (data, "felt unwell")
    assert bench.events("run_stop")[0]["data"] == data


def test_a_mistyped_word_aborts_nevertheless(bench: Bench) -> None:
    bench.ask(3.0, CommandName.ABORT, data="delete it")
    stop = bench.run()
    assert (stop.status.value, stop.data.value) == ("aborted", "until_asked")
    assert "use keep, discard or until-asked" in stop.reason


def test_what_was_accepted_before_an_abort_stays_accepted_and_an_open_window_is_not(
    bench: Bench,
) -> None:
    bench.ask(9.0, CommandName.ABORT)
    bench.run()
    verdicts = {v["step"]: (v["verdict"], v["reason"]) for v in bench.events("verdict")}
    assert verdicts == {
        "stress": ("accepted", ""),
        "happy": ("failed", "the run was aborted"),
    }
