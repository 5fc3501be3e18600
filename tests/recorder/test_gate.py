"""The acceptance gate at virtual time: what it looks at, who decides, and what needs a reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from femo_tui.model.protocol import FilmLength, Thresholds
from femo_tui.model.run_state import CommandName
from femo_tui.store.run_reader import RunReader
from tests.support.engine_bench import PROTOCOL, Bench

ALL = {
    *("window", "onset_uncertainty_s", "media_played_s", "gsr_valid_share", "longest_gap_s"),
    *("gsr_rate_share", "frames", "face_yield", "sharpness"),
}


def with_thresholds(bench: Bench, **thresholds: float) -> None:
    bench.protocol = dataclasses.replace(PROTOCOL, thresholds=Thresholds(**thresholds))


def paused_in_the_window(bench: Bench) -> None:
    bench.ask(3.0, CommandName.PAUSE)
    bench.ask(4.0, CommandName.RESUME)


# The film's window lies from 2.04 to 4.04 s. Each fault fails the criterion of its name.
FAULTS: dict[str, Callable[[Bench], None]] = {
    "window": paused_in_the_window,
    "film_stalls": lambda b: setattr(b.screen, "stall_at_s", 2.0),
    "onset_uncertainty_s": lambda b: with_thresholds(b, onset_uncertainty_s=0.03),
    "media_played_s": lambda b: setattr(b.screen, "film_s", 3.2),
    "gsr_valid_share": lambda b: setattr(b.sensor, "unworn", (1002.0, 1004.5)),
    "longest_gap_s": lambda b: setattr(b.sensor, "silent", (1002.5, 1003.7)),
    "gsr_rate_share": lambda b: setattr(b.sensor, "silent", (1003.0, 1003.5)),
    "frames": lambda b: setattr(b.camera, "every_s", 0.3),
    "face_yield": lambda b: setattr(b.camera, "face", False),
    "sharpness": lambda b: with_thresholds(b, sharpness=301.0),
}


@pytest.mark.parametrize("criterion", FAULTS)
def test_a_window_that_misses_a_criterion_is_failed_by_auto_with_its_name(
    bench: Bench, criterion: str
) -> None:
    FAULTS[criterion](bench)
    stop = bench.run()
    verdict = bench.events("verdict")[0]
    assert (verdict["step"], verdict["verdict"], verdict["by"]) == ("stress", "failed", "auto")
    assert verdict["criteria"][criterion]["ok"] is False
    assert f"{criterion} {verdict['criteria'][criterion]['value']}" in verdict["reason"]
    assert stop.status.value == "complete"


def test_a_window_that_meets_all_criteria_is_accepted_and_lists_them(bench: Bench) -> None:
    bench.run()
    film, acted = bench.events("verdict")
    assert (film["verdict"], acted["verdict"]) == ("accepted", "accepted")
    assert set(film["criteria"]) == ALL
    assert set(acted["criteria"]) == ALL - {"media_played_s"}
    figures = {name: film["criteria"][name]["value"] for name in ALL}
    # counted by hand: 20 samples and 20 frames of 2 s at 10 a second, all with one same face
    assert figures["media_played_s"] == 4.0
    assert (figures["gsr_rate_share"], figures["gsr_valid_share"]) == (1.0, 1.0)
    assert (figures["frames"], figures["face_yield"], figures["sharpness"]) == (20, 1.0, 300.0)
    assert figures["longest_gap_s"] == pytest.approx(0.1, abs=0.01)
    assert figures["onset_uncertainty_s"] == pytest.approx(1 / 24, abs=0.01)


def test_a_film_of_another_length_is_listed_and_passes_where_the_protocol_only_warns(
    bench: Bench,
) -> None:
    bench.protocol = dataclasses.replace(PROTOCOL, film_length=FilmLength(0.5, refuse=False))
    bench.screen.film_s = 3.2
    bench.run()
    verdict = bench.events("verdict")[0]
    played = verdict["criteria"]["media_played_s"]
    assert (verdict["verdict"], played["value"], played["need"]) == ("accepted", 3.2, 4.0)
    assert played["note"] == "the protocol allows it"


def test_a_rating_that_does_not_match_the_film_fails_nothing(bench: Bench) -> None:
    bench.at(6.0, lambda: bench.screen.press("0"))
    stop = bench.run()
    assert bench.events("rating")[0]["value"] == 0
    assert stop.counts["windows_accepted"] == 2


def test_no_verdict_is_taken_while_the_step_still_runs(bench: Bench) -> None:
    bench.auto = False
    bench.ask(3.0, CommandName.PAUSE)
    bench.ask(4.0, CommandName.VERDICT, verdict="accepted_with_reason", reason="fine")
    bench.ask(5.0, CommandName.STOP)
    bench.run()
    assert [reply.ok for reply in bench.replies] == [True, False, True]
    assert "the step still runs" in str(bench.replies[1].error)


def test_the_figures_of_the_gate_are_those_of_the_reader(bench: Bench) -> None:
    bench.run()
    window = RunReader(bench.run_dir).poll().windows[0]
    assert (window.sharpness, window.frames, window.gsr_samples) == (300.0, 20, 20)


def test_without_auto_the_gate_waits_for_a_person(bench: Bench) -> None:
    bench.auto = False
    bench.ask(30.0, CommandName.VERDICT, verdict="accepted")
    bench.ask(60.0, CommandName.VERDICT, verdict="accepted")
    stop = bench.run()
    assert [v["by"] for v in bench.events("verdict")] == ["ada", "ada"]
    assert stop.t_s > 60
    assert "awaiting_verdict" in [s["state"] for s in bench.events("state")]


def test_a_window_that_misses_a_criterion_needs_a_reason_to_be_accepted(bench: Bench) -> None:
    bench.auto = False
    bench.camera.face = False
    bench.ask(30.0, CommandName.VERDICT, verdict="accepted")
    bench.ask(31.0, CommandName.VERDICT, verdict="accepted_with_reason", reason=" ")
    bench.ask(32.0, CommandName.VERDICT, verdict="accepted_with_reason", reason="beard")
    bench.ask(60.0, CommandName.VERDICT, verdict="failed")
    bench.run()
    assert [reply.ok for reply in bench.replies] == [False, False, True, True]
    assert [(v["verdict"], v["reason"]) for v in bench.events("verdict")] == [
        ("accepted_with_reason", "beard"),
        ("failed", ""),
    ]


def test_a_window_can_be_redone_from_the_gate(bench: Bench) -> None:
    bench.auto = False
    bench.ask(20.0, CommandName.VERDICT, verdict="redo", reason="looked away", media="same")
    bench.ask(40.0, CommandName.VERDICT, verdict="accepted")
    bench.ask(60.0, CommandName.VERDICT, verdict="accepted")
    stop = bench.run()
    assert [(v["step"], v["attempt"], v["verdict"]) for v in bench.events("verdict")] == [
        ("stress", 1, "redo"),
        ("stress", 2, "accepted"),
        ("happy", 1, "accepted"),
    ]
    assert stop.counts["windows_accepted"] == 2
