"""The run engine at virtual time: every way a run can go, read back from its folder."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from pathlib import Path

import pytest

from femo_tui.model.protocol import Step, StepKind, Window
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.model.run_state import CommandName
from tests.support.engine_bench import PROTOCOL, Bench
from tests.support.scripted import ScriptedSensor


def test_a_run_goes_through_all_steps_and_is_complete(bench: Bench) -> None:
    stop = bench.run()
    assert stop.status.value == "complete"
    assert [step["step"] for step in bench.events("step_stop")] == [
        "settle",
        "stress",
        "felt",
        "happy",
    ]
    assert [step["reason"] for step in bench.events("step_stop")] == ["complete"] * 4
    assert stop.counts["windows_accepted"] == 2
    assert stop.counts["windows_failed"] == 0
    assert [state["state"] for state in bench.events("state")] == ["running", "stopping", "done"]


def test_a_film_window_lies_where_the_film_was_and_holds_what_was_stamped_in_it(
    bench: Bench,
) -> None:
    bench.run()
    began = next(s for s in bench.events("step_start") if s["step"] == "stress")
    onset, end = bench.events("window_start")[0], bench.events("window_stop")[0]
    # the film's first frame is on screen 0.04 s after the step began, its window 1 s into the film
    assert onset["t_s"] == pytest.approx(began["t_s"] + 0.04 + 1.0, abs=1e-6)
    assert end["t_s"] == pytest.approx(onset["t_s"] + 2.0, abs=1e-6)
    assert onset["media_s"] == 1.0
    assert 0 < onset["uncertainty_s"] < 0.1
    inside = [
        row for row in bench.rows("gsr.csv") if onset["t_s"] <= float(row["t_s"]) < end["t_s"]
    ]
    assert len(inside) == 20
    frames = bench.rows("frames.csv")
    saved = [row for row in frames if row["class"] == "Stress_S"]
    assert [row["frame"] for row in saved] == [
        row["frame"] for row in frames if onset["t_s"] <= float(row["t_s"]) < end["t_s"]
    ]
    assert len(saved) == 20
    for row in saved:
        assert row["face_file"].startswith("faces/Stress_S/stress-1/")
        assert (bench.run_dir / row["face_file"]).is_file()


def test_frames_outside_windows_leave_no_image(bench: Bench) -> None:
    bench.run()
    outside = [row for row in bench.rows("frames.csv") if not row["class"]]
    assert outside
    assert {row["face_file"] + row["eyes_file"] for row in outside} == {""}


def test_a_participants_key_answers_the_question(bench: Bench) -> None:
    bench.at(6.0, lambda: bench.screen.press("7"))
    bench.run()
    answer = bench.events("rating")[0]
    assert (answer["scale"], answer["value"], answer["about"]) == ("stress", 7, "stress")
    assert answer["source"] == "participant"


def test_a_question_nobody_answers_is_noted_as_such(bench: Bench) -> None:
    bench.at(6.0, lambda: bench.screen.press("9"))  # off the scale
    bench.run()
    answer = bench.events("rating")[0]
    assert (answer["value"], answer["source"]) == (None, "timeout")


def test_the_operator_can_answer_for_the_participant(bench: Bench) -> None:
    bench.ask(6.0, CommandName.RATING, scale="stress", value=3)
    bench.ask(6.5, CommandName.RATING, scale="stress", value=4)
    bench.run()
    assert [reply.ok for reply in bench.replies] == [True, False]
    assert [a["value"] for a in bench.events("rating")] == [3]


def test_a_pause_in_a_window_cuts_it_and_the_gate_says_so(bench: Bench) -> None:
    bench.ask(3.0, CommandName.PAUSE)
    bench.ask(13.0, CommandName.RESUME)
    stop = bench.run()
    assert [reply.ok for reply in bench.replies] == [True, True]
    window = bench.events("window_stop")[0]
    assert (window["reason"], window["t_s"]) == ("paused", 3.0)
    verdict = bench.events("verdict")[0]
    assert verdict["verdict"] == "failed"
    assert "window paused" in verdict["reason"]
    assert stop.t_s > 20  # the ten seconds of the pause are in the run
    gsr = [float(row["t_s"]) for row in bench.rows("gsr.csv")]
    assert len([t_s for t_s in gsr if 3 <= t_s < 13]) == 100  # the sensor went on


def test_a_pause_before_a_window_moves_it_with_the_film(bench: Bench) -> None:
    bench.ask(1.5, CommandName.PAUSE)
    bench.ask(11.5, CommandName.RESUME)
    stop = bench.run()
    onset = bench.events("window_start")[0]
    # paused at 0.4 s of film, which goes on one position report after the resume
    assert onset["t_s"] == pytest.approx(11.5 + (1.0 - 0.4), abs=0.15)
    assert stop.counts["windows_accepted"] == 2


def test_skip_leaves_the_step_and_its_window_is_no_data(bench: Bench) -> None:
    bench.ask(3.0, CommandName.SKIP)
    stop = bench.run()
    assert bench.events("window_stop")[0]["reason"] == "skipped"
    assert bench.events("verdict")[0]["verdict"] == "failed"
    assert stop.status.value == "complete"
    assert stop.counts["windows_accepted"] == 1


def test_a_film_that_ends_as_it_is_skipped_does_not_end_the_next_one(bench: Bench) -> None:
    """What the screen said of the film before waits in the inbox as the next one begins."""
    clip = PROTOCOL.steps[1]
    second = dataclasses.replace(clip, name="second", media="other.mp4", alternates=())
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(PROTOCOL.steps[0], clip, second))
    skipped_s = 1.5  # before its window, so that nothing is waited for
    bench.ask(skipped_s, CommandName.SKIP)
    for moment in (PlayerMoment.ENDED, PlayerMoment.FAILED):
        said = PlayerEvent(1000.0 + skipped_s - 0.001, moment, 2.0)
        bench.at(skipped_s, functools.partial(bench.inbox.put, said))
    stop = bench.run()
    ended = {s["step"]: (s["reason"], s["media_played_s"]) for s in bench.events("step_stop")}
    assert ended["second"] == ("complete", 4.0)
    assert stop.status.value == "complete"


def test_a_key_meant_for_the_page_before_answers_nothing(bench: Bench) -> None:
    bench.ask(2.0, CommandName.SKIP)
    key = PlayerEvent(1000.0 + 1.999, PlayerMoment.KEY, key="7")
    bench.at(2.0, lambda: bench.inbox.put(key))
    bench.run()
    answer = bench.events("rating")[0]
    assert (answer["value"], answer["source"]) == (None, "timeout")


def test_a_space_bar_that_is_pressed_twice_passes_over_no_page(bench: Bench) -> None:
    pages = [Step(name, StepKind.INSTRUCTION, None, text={"en": name}) for name in ("one", "two")]
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(*pages, *PROTOCOL.steps))
    for at_s in (3.0, 3.3, 6.0):
        bench.at(at_s, lambda: bench.screen.press("SPACE"))
    bench.run()
    stops = {stop["step"]: stop["t_s"] for stop in bench.events("step_stop")}
    assert (stops["one"], stops["two"]) == (pytest.approx(3.0), pytest.approx(6.0))


def test_a_pause_as_the_step_ends_leads_to_its_gate_all_the_same(bench: Bench) -> None:
    bench.auto = False
    to_its_end = dataclasses.replace(PROTOCOL.steps[1], window=Window(1.0, 3.0))
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(PROTOCOL.steps[0], to_its_end))
    step_end_s = 1.0 + 0.04 + 4.0  # settle, until the film's first frame, the film
    bench.ask(step_end_s + 0.01, CommandName.PAUSE)
    bench.ask(10.0, CommandName.RESUME)
    bench.ask(12.0, CommandName.VERDICT, verdict="accepted")
    bench.run()
    assert [reply.error for reply in bench.replies] == [None] * 3
    verdict = bench.events("verdict")[0]
    assert (verdict["step"], verdict["verdict"], verdict["by"]) == ("stress", "accepted", "ada")


def test_redo_begins_a_new_attempt_beside_the_old_one(bench: Bench) -> None:
    bench.ask(3.0, CommandName.REDO, reason="coughed", media="same")
    stop = bench.run()
    starts = [(s["step"], s["attempt"]) for s in bench.events("step_start")]
    assert starts[:3] == [("settle", 1), ("stress", 1), ("stress", 2)]
    verdicts = [(v["attempt"], v["verdict"], v["reason"]) for v in bench.events("verdict")]
    assert verdicts[:2] == [(1, "redo", "coughed"), (2, "accepted", "")]
    assert (bench.run_dir / "faces/Stress_S/stress-1").is_dir()
    assert (bench.run_dir / "faces/Stress_S/stress-2").is_dir()
    assert stop.counts["windows_accepted"] == 2


def test_stop_ends_in_order_and_abort_at_once(bench: Bench) -> None:
    bench.ask(3.0, CommandName.STOP)
    stop = bench.run()
    assert stop.status.value == "stopped"
    assert stop.t_s == pytest.approx(3.3)
    assert bench.events("window_stop")[0]["reason"] == "stopped"
    assert bench.screen.shown[-1] == "black"


def test_the_participant_can_break_off(bench: Bench) -> None:
    bench.at(3.0, lambda: bench.screen.press("ESC"))
    stop = bench.run()
    assert (stop.status.value, stop.reason) == ("aborted", "broken off by the participant")
    assert bench.screen.shown[-1] == "black"


def test_every_command_is_in_the_run_with_who_and_when_also_the_refused(bench: Bench) -> None:
    bench.ask(2.0, CommandName.MARK, text="coughs")
    bench.ask(2.5, CommandName.RESUME)
    bench.run()
    mark, resume = bench.events("marker")
    assert (mark["text"], mark["operator"], mark["pressed_s"], mark["ok"]) == (
        "coughs",
        "ada",
        2.0,
        True,
    )
    assert (resume["command"], resume["ok"]) == ("resume", False)
    assert "only while paused" in resume["error"]


def test_a_film_that_stalls_in_its_window_fails_the_gate(bench: Bench) -> None:
    bench.screen.stall_at_s = 2.0
    stop = bench.run()
    verdict = bench.events("verdict")[0]
    assert verdict["verdict"] == "failed"
    assert "film_stalls 1" in verdict["reason"]
    assert stop.status.value == "complete"


def test_a_film_that_never_starts_fails_its_step_and_the_run_goes_on(bench: Bench) -> None:
    bench.screen.starts = False
    stop = bench.run()
    reasons = {s["step"]: s["reason"] for s in bench.events("step_stop")}
    assert reasons["stress"] == "film_not_started"
    assert reasons["happy"] == "complete"
    assert stop.counts["windows_accepted"] == 1


def test_a_player_that_dies_is_opened_again_and_only_its_step_is_lost(bench: Bench) -> None:
    bench.screen.die_at_s = 2.0
    stop = bench.run()
    assert bench.events("window_stop")[0]["reason"] == "player_died"
    assert stop.status.value == "complete"
    assert stop.counts == {**stop.counts, "windows_accepted": 1, "windows_failed": 1}


def test_a_screen_that_stays_gone_ends_the_run_as_failed(bench: Bench) -> None:
    bench.screen.die_at_s = 2.0
    bench.screen.reopens = False
    stop = bench.run()
    assert stop.status.value == "failed"
    assert "the display is gone" in stop.reason


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_a_stepped_wall_clock_is_named_and_moves_no_time_in_the_data(
    bench: Bench, step_s: float
) -> None:
    long = dataclasses.replace(PROTOCOL.steps[0], duration_s=150.0)
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(long, *PROTOCOL.steps[1:]))
    bench.at(70.0, lambda: bench.clock.step_wall_clock(step_s))
    bench.run()
    stepped = [note for note in bench.events("clock") if note["step_s"] is not None]
    assert [note["step_s"] for note in stepped] == [pytest.approx(step_s)]
    assert stepped[0]["t_s"] == pytest.approx(70.0, abs=1.01)
    names = [note["name"] for note in bench.events("device") if note["stream"] == "clock"]
    assert names == ["wall_clock_stepped"]
    times = [float(row["t_s"]) for row in bench.rows("gsr.csv")]
    assert max(b - a for a, b in itertools.pairwise(times)) < 0.11


def test_a_computer_that_slept_is_named_with_the_gap(bench: Bench) -> None:
    bench.at(3.0, lambda: bench.clock.suspend(20.0))
    bench.run()
    slept = next(note for note in bench.events("device") if note["name"] == "host_slept")
    assert slept["severity"] == "loss"
    assert slept["detail"]["gap_s"] == pytest.approx(20.0)
    assert slept["t_s"] <= 23.0 + 1.01


def test_a_sensor_that_is_taken_off_is_named_within_a_second_and_when_it_is_back(
    tmp_path: Path,
) -> None:
    run_dir = tmp_path / "run-01"
    run_dir.mkdir()
    bench = Bench(run_dir, sensor=ScriptedSensor(unworn=(1002.0, 1005.0)))
    bench.run()
    named = [(note["name"], note["t_s"]) for note in bench.events("device")]
    (off, off_s), (back, back_s) = [entry for entry in named if entry[0] in ("not_worn", "gsr_ok")]
    assert (off, back) == ("not_worn", "gsr_ok")
    assert off_s == pytest.approx(3.0, abs=0.15)
    assert back_s == pytest.approx(6.0, abs=0.15)


def test_the_same_inputs_give_the_same_run_to_the_byte(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        run_dir = tmp_path / name
        run_dir.mkdir()
        Bench(run_dir).run()
        files = ("run.jsonl", "gsr.csv", "frames.csv")
        written.append([(run_dir / file).read_bytes() for file in files])
    assert written[0] == written[1]
