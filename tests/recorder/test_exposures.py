"""No film is shown twice without a person's choice, and what is seen again is not primary data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from femo_tui.model.protocol import Clip, Window
from femo_tui.model.run_state import CommandName
from femo_tui.recorder.exposures import Exposures
from femo_tui.store.films_shown import Film, Showing, films_of_run, showings_of_run
from femo_tui.store.run_reader import RunReader
from tests.support.engine_bench import PROTOCOL, Bench

STRESS = PROTOCOL.steps[1]


def shown(media: str, run: str, step: str = "stress", sha256: str = "") -> Showing:
    return Showing(Film(media, sha256), Path(run), step, simulated=True)


def test_a_film_that_began_to_play_is_redone_by_choice_only(bench: Bench) -> None:
    bench.ask(3.0, CommandName.REDO)
    bench.ask(3.1, CommandName.REDO, media="another.mp4")
    bench.ask(3.2, CommandName.REDO, media="same")
    stop = bench.run()
    assert [reply.ok for reply in bench.replies] == [False, False, True]
    assert "stress.mp4 has begun to play" in str(bench.replies[0].error)
    assert "choose stress.mp4, other.mp4" in str(bench.replies[1].error)
    attempts = [s for s in bench.events("step_start") if s["step"] == "stress"]
    assert [(s["media"], s["exposure"]) for s in attempts] == [("stress.mp4", 1), ("stress.mp4", 2)]
    windows = [w for w in bench.events("window_start") if w["step"] == "stress"]
    assert [(w["media"], w["exposure"], w["primary"]) for w in windows] == [
        ("stress.mp4", 1, True),
        ("stress.mp4", 2, False),
    ]
    assert stop.counts["windows_accepted"] == 2


def test_an_alternate_is_another_film_with_its_own_window(bench: Bench) -> None:
    bench.ask(3.0, CommandName.REDO, media="alternate")
    bench.run()
    start = [s for s in bench.events("step_start") if s["step"] == "stress"][1]
    assert (start["media"], start["exposure"]) == ("other.mp4", 1)
    window = [w for w in bench.events("window_start") if w["step"] == "stress"][1]
    assert (window["media_s"], window["exposure"], window["primary"]) == (1.5, 1, True)
    assert bench.screen.shown.count("stress.mp4") == 1


def test_no_alternate_is_taken_that_was_shown_before(bench: Bench) -> None:
    bench.shown_before = [shown("other.mp4", "run-00")]
    bench.ask(3.0, CommandName.REDO, media="alternate")
    bench.ask(3.1, CommandName.REDO, media="other.mp4")
    bench.run()
    assert [reply.ok for reply in bench.replies] == [False, True]
    assert "no alternate that the participant has not been shown" in str(bench.replies[0].error)
    window = [w for w in bench.events("window_start") if w["step"] == "stress"][1]
    assert (window["exposure"], window["primary"]) == (2, False)


def test_a_film_that_never_began_and_acted_steps_are_redone_freely(bench: Bench) -> None:
    bench.screen.starts = False
    bench.ask(5.0, CommandName.REDO)
    bench.at(4.0, lambda: setattr(bench.screen, "starts", True))
    bench.ask(13.0, CommandName.REDO, reason="laughed")
    stop = bench.run()
    assert [reply.ok for reply in bench.replies] == [True, True]
    assert [(s["step"], s["attempt"]) for s in bench.events("step_start")][-2:] == [
        ("happy", 1),
        ("happy", 2),
    ]
    stress = [w for w in bench.events("window_start") if w["step"] == "stress"]
    assert [(w["attempt"], w["exposure"], w["primary"]) for w in stress] == [(2, 1, True)]
    assert stop.status.value == "complete"


def test_a_film_of_an_earlier_run_is_the_second_viewing(bench: Bench) -> None:
    bench.shown_before = [shown("stress.mp4", "run-00")]
    bench.run()
    window = next(w for w in bench.events("window_start") if w["step"] == "stress")
    assert (window["exposure"], window["primary"]) == (2, False)


def test_a_film_that_the_plan_shows_in_several_steps_stays_primary_in_each(bench: Bench) -> None:
    again = dataclasses.replace(STRESS, name="stress-2")
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(STRESS, again, *PROTOCOL.steps[3:]))
    bench.ask(3.0, CommandName.REDO, media="same")
    bench.run()
    films = [w for w in bench.events("window_start") if w["media"]]
    assert [(w["step"], w["attempt"], w["exposure"], w["primary"]) for w in films] == [
        ("stress", 1, 1, True),
        ("stress", 2, 2, False),
        ("stress-2", 1, 3, True),
    ]


def test_the_same_content_under_another_name_is_the_same_film(tmp_path: Path) -> None:
    before = [shown("a.mp4", "run-00", sha256="1" * 64), shown("b.mp4", "run-00", sha256="2" * 64)]
    hashes = {"stress.mp4": "1" * 64, "other.mp4": "3" * 64, "b.mp4": "4" * 64}
    exposures = Exposures(tmp_path, PROTOCOL.steps, before, hashes)
    assert exposures.next("stress", "stress.mp4").count == 2
    assert exposures.next("stress", "other.mp4").count == 1
    assert exposures.next("stress", "b.mp4").count == 1  # another film in the old one's place


def test_auto_shows_no_film_again_whatever_becomes_of_its_window(bench: Bench) -> None:
    bench.camera.face = False
    bench.run()
    assert [v["verdict"] for v in bench.events("verdict")] == ["failed", "failed"]
    assert bench.screen.shown.count("stress.mp4") == 1


def test_what_was_shown_is_read_back_from_the_run(bench: Bench) -> None:
    bench.ask(3.0, CommandName.REDO, media="alternate")
    bench.run()
    found = showings_of_run(bench.run_dir)
    assert [(s.film.media, s.step) for s in found] == [
        ("stress.mp4", "stress"),
        ("other.mp4", "stress"),
    ]
    assert [film.media for film in films_of_run(bench.run_dir)] == ["stress.mp4", "other.mp4"]
    step = next(s for s in RunReader(bench.run_dir).poll().steps if s.name == "stress")
    assert (step.media, step.exposure, step.began_to_play) == ("other.mp4", 1, True)


def test_an_alternate_without_a_window_gives_none(bench: Bench) -> None:
    step = dataclasses.replace(STRESS, alternates=(Clip("other.mp4", 4.0),))
    bench.protocol = dataclasses.replace(PROTOCOL, steps=(step, *PROTOCOL.steps[3:]))
    bench.ask(3.0, CommandName.REDO, media="alternate")
    stop = bench.run()
    assert [w["step"] for w in bench.events("window_start")] == ["stress", "happy"]
    assert stop.counts["windows_accepted"] == 1
    assert Window(1.0, 2.0) == STRESS.window
