"""What follows where the participant's screen or a film fails, at virtual time."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from femo_tui.model.protocol import OnFailure
from femo_tui.model.run_state import CommandName
from tests.support.engine_bench import PROTOCOL, Bench

# The film's first frame is at 1.04 s, its window from 2.04 to 4.04, its end at 5.04 s.
FAILURES: dict[str, tuple[Callable[[Bench], None], str, float]] = {
    "dies before the window": (lambda b: b.at(1.5, b.screen.die), "player_died", 1.5),
    "dies in the window": (lambda b: b.at(3.0, b.screen.die), "player_died", 3.0),
    "dies after the window": (lambda b: b.at(4.5, b.screen.die), "player_died", 4.5),
    "does not start": (lambda b: setattr(b.screen, "starts", False), "film_not_started", 11.0),
    "cannot be played": (lambda b: setattr(b.screen, "fail_at_s", 2.0), "film_failed", 3.04),
    "stands still for good": (
        lambda b: b.screen.__dict__.update(stall_at_s=2.0, stall_s=1000.0),
        "film_stalled",
        13.04,
    ),
}


def with_policy(bench: Bench, policy: OnFailure) -> None:
    steps = [dataclasses.replace(step, on_failure=policy) for step in PROTOCOL.steps]
    bench.protocol = dataclasses.replace(PROTOCOL, steps=tuple(steps))


def reasons(bench: Bench) -> dict[str, str]:
    return {stop["step"]: stop["reason"] for stop in bench.events("step_stop")}


def sensor_went_on(bench: Bench) -> bool:
    times = [float(row["t_s"]) for row in bench.rows("gsr.csv")]
    return max(b - a for a, b in itertools.pairwise(times)) < 0.11


def paused(bench: Bench) -> list[dict[str, Any]]:
    return [state for state in bench.events("state") if state["state"] == "paused"]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_pauses_the_run_until_somebody_decides(bench: Bench, failure: str) -> None:
    fail, reason, at_s = FAILURES[failure]
    fail(bench)
    bench.auto = False
    bench.ask(50.0, CommandName.RESUME)
    bench.ask(60.0, CommandName.SKIP)
    bench.ask(80.0, CommandName.VERDICT, verdict="accepted")
    stop = bench.run()
    assert reasons(bench)["stress"] == reason
    (pause,) = paused(bench)
    assert pause["t_s"] == pytest.approx(at_s, abs=0.11)
    assert pause["reason"].startswith("stress: the ")
    assert [reply.ok for reply in bench.replies] == [False, True, True]
    assert "redo it, skip it, or stop" in str(bench.replies[0].error)
    assert sensor_went_on(bench)
    verdicts = {v["step"]: v["verdict"] for v in bench.events("verdict")}
    assert verdicts.get("stress", "failed") == "failed"
    assert (stop.status.value, verdicts["happy"]) == ("complete", "accepted")
    assert bench.screen.shown.count("stress.mp4") == 1


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_skips_the_step_where_the_protocol_says_so(bench: Bench, failure: str) -> None:
    fail, reason, _ = FAILURES[failure]
    fail(bench)
    bench.auto = False
    with_policy(bench, OnFailure.SKIP)
    bench.ask(80.0, CommandName.VERDICT, verdict="accepted")
    stop = bench.run()
    assert reasons(bench)["stress"] == reason
    assert paused(bench) == []
    verdicts = {v["step"]: v["verdict"] for v in bench.events("verdict")}
    assert verdicts.get("stress", "failed") == "failed"
    assert (stop.status.value, verdicts["happy"]) == ("complete", "accepted")
    assert sensor_went_on(bench)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("auto", [False, True])
def test_a_failure_ends_the_run_where_the_protocol_says_so(
    bench: Bench, failure: str, auto: bool
) -> None:
    fail, reason, at_s = FAILURES[failure]
    fail(bench)
    bench.auto = auto
    with_policy(bench, OnFailure.STOP)
    stop = bench.run()
    assert stop.status.value == "failed"
    assert stop.reason.startswith("stress: the ")
    assert stop.t_s == pytest.approx(at_s + 0.3, abs=0.11)
    assert reasons(bench) == {"settle": "complete", "stress": reason}


def test_a_film_that_broke_off_after_its_window_may_be_accepted_with_a_reason(
    bench: Bench,
) -> None:
    bench.auto = False
    bench.at(4.5, bench.screen.die)
    bench.ask(10.0, CommandName.VERDICT, verdict="accepted")
    bench.ask(11.0, CommandName.VERDICT, verdict="accepted_with_reason", reason="only the credits")
    bench.ask(80.0, CommandName.VERDICT, verdict="accepted")
    bench.run()
    assert [reply.ok for reply in bench.replies] == [False, True, True]
    assert "media_played_s" in str(bench.replies[0].error)


@pytest.mark.parametrize(
    ("at_s", "page"), [(0.5, "page"), (6.0, "How stressed?"), (7.3, "Smile"), (9.8, "Smile")]
)
def test_a_page_is_shown_again_on_a_screen_that_was_opened_again(
    bench: Bench, at_s: float, page: str
) -> None:
    bench.at(at_s, bench.screen.die)
    stop = bench.run()
    assert bench.screen.shown.count(page) == 2
    assert set(reasons(bench).values()) == {"complete"}
    assert stop.counts["windows_accepted"] == 2


def test_an_acted_window_in_which_the_screen_died_is_lost_and_can_be_redone(bench: Bench) -> None:
    bench.auto = False
    bench.ask(6.0, CommandName.VERDICT, verdict="accepted")
    bench.at(9.5, bench.screen.die)
    bench.ask(20.0, CommandName.REDO)
    bench.ask(40.0, CommandName.VERDICT, verdict="accepted")
    stop = bench.run()
    verdicts = [(v["step"], v["attempt"], v["verdict"]) for v in bench.events("verdict")]
    assert verdicts == [("stress", 1, "accepted"), ("happy", 1, "redo"), ("happy", 2, "accepted")]
    assert bench.screen.shown.count("Smile") == 2
    assert stop.status.value == "complete"


def test_a_screen_that_is_gone_is_waited_for_and_the_page_shown_when_it_is_back(
    bench: Bench,
) -> None:
    bench.auto = False
    bench.screen.reopens = False
    bench.at(0.5, bench.screen.die)
    bench.ask(5.0, CommandName.RESUME)
    bench.at(6.0, lambda: setattr(bench.screen, "reopens", True))
    bench.ask(7.0, CommandName.RESUME)
    bench.ask(20.0, CommandName.VERDICT, verdict="accepted")
    bench.ask(40.0, CommandName.VERDICT, verdict="accepted")
    stop = bench.run()
    assert "the participant's screen is gone: the display is gone" in paused(bench)[0]["reason"]
    assert [reply.ok for reply in bench.replies] == [False, True, True, True]
    assert sensor_went_on(bench)
    assert bench.screen.shown.count("page") >= 2
    assert (stop.status.value, stop.counts["windows_accepted"]) == ("complete", 2)


def test_a_film_that_died_with_the_display_is_redone_once_the_display_is_back(
    bench: Bench,
) -> None:
    bench.auto = False
    bench.screen.reopens = False
    bench.at(3.0, bench.screen.die)
    bench.ask(5.0, CommandName.REDO, media="alternate")
    bench.at(6.0, lambda: setattr(bench.screen, "reopens", True))
    bench.ask(7.0, CommandName.REDO, media="alternate")
    bench.ask(20.0, CommandName.VERDICT, verdict="accepted")
    bench.ask(40.0, CommandName.VERDICT, verdict="accepted")
    stop = bench.run()
    assert [reply.ok for reply in bench.replies] == [False, True, True, True]
    assert reasons(bench)["stress"] == "complete"
    assert [s["reason"] for s in bench.events("step_stop") if s["step"] == "stress"] == [
        "player_died",
        "complete",
    ]
    assert stop.status.value == "complete"


def test_a_player_that_dies_in_a_pause_leaves_the_run_paused(bench: Bench) -> None:
    bench.ask(3.0, CommandName.PAUSE)
    bench.at(4.0, bench.screen.die)
    bench.ask(10.0, CommandName.SKIP)
    stop = bench.run()
    assert [state["reason"] for state in paused(bench)] == ["by ada", "stress: the player died"]
    assert bench.events("verdict")[0]["t_s"] == pytest.approx(10.0)
    assert stop.status.value == "complete"
