"""What is found out about the films of a protocol before a run, on films made by ffmpeg."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from femo_tui.errors import UsageError
from femo_tui.model.events import RunStart, from_line
from femo_tui.model.media import Finding, FindingLevel
from femo_tui.model.protocol import Clip, FilmLength, Step, StepKind, StudyProtocol, Window
from femo_tui.recorder.films import Films, check_films, find_films, refuse_other_films
from femo_tui.recorder.films_check import films_verdict
from femo_tui.recorder.preflight_client import CheckState
from tests.support.femo import Femo, run_events
from tests.support.films import copy_with, cut, make_film, make_languages, make_variable_film

OK, WARN, REFUSE = FindingLevel.OK, FindingLevel.WARN, FindingLevel.REFUSE
GOLDEN = Path(__file__).parents[1] / "data/golden-run/run.jsonl"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films of 1 s, whole, cut off, of a variable rate; a drawing beside them."""
    folder = tmp_path_factory.mktemp("films")
    make_film(folder / "one.mp4", 1.0, options=("-movflags", "+faststart"))
    make_film(folder / "other.mp4", 1.0, fps=20)
    cut(folder / "one.mp4", folder / "cut.mp4", 0.4)
    make_variable_film(folder / "variable.mp4")
    return folder


@pytest.fixture
def lab(tmp_path: Path, shelf: Path, femo: Femo) -> Path:
    """A store in which one.mp4 is registered; the others only lie there."""
    shutil.copytree(shelf, femo.store / "stimuli/films")
    one = femo.store / "stimuli/films/one.mp4"
    femo.ok("stimuli", "add", str(one), "--peak", "0.5")
    return femo.store


def shows(
    media: str, *, duration_s: float | None = 1.0, window: Window | None = None, **more: object
) -> StudyProtocol:
    step = Step("film", StepKind.CLIP, duration_s, window=window, media=media)
    return StudyProtocol("p", "P", "0", ("en",), (replace(step, **more),))  # type: ignore[arg-type]


def levels(findings: list[Finding]) -> list[FindingLevel]:
    return [found.level for found in findings]


def only(protocol: StudyProtocol, root: Path) -> Finding:
    (found,) = check_films(protocol, root, None)
    return found


def test_a_registered_film_of_the_declared_length_is_ok(lab: Path) -> None:
    found = only(shows("films/one.mp4", window=Window(0.2, 0.8)), lab)
    assert (found.level, found.media) == (OK, "films/one.mp4")
    assert found.sentence == "films/one.mp4: 1.0 s, 160×90, 25 frames/s, aac"
    assert found.facts["registered"] is True
    assert found.facts["frame_s"] == 0.04
    assert len(str(found.facts["sha256"])) == 64


Change = Callable[[Path], None]


def swap(films: Path) -> None:
    shutil.copy(films / "other.mp4", films / "one.mp4")


def nothing(films: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("protocol", "change", "level", "says"),
    [
        (shows("films/none.mp4"), nothing, REFUSE, "run `femo stimuli add FILE --as films/none"),
        (shows("films/one.mp4"), swap, REFUSE, "is not the film that was registered"),
        (shows("films/cut.mp4"), nothing, REFUSE, "is cut off: its header promises 1.0 s"),
        (shows("films/media.json"), nothing, REFUSE, "cannot be read"),
        (shows("quick/face-happy.png"), nothing, REFUSE, "is a drawing and no film"),
        (shows("films/one.mp4", duration_s=2.0), nothing, REFUSE, "lasts 1.00 s and film declares"),
        (shows("films/one.mp4", duration_s=0.3), nothing, REFUSE, "declares 0.30 s"),
        (
            shows("films/one.mp4", duration_s=1.4, window=Window(0.5, 0.8)),
            nothing,
            REFUSE,
            "ends at 1.00 s and the window of film at 1.30 s",
        ),
        (shows("films/one.mp4", window=Window(0.6, 0.3)), nothing, WARN, "has its peak at 0.50 s"),
        (shows("films/other.mp4"), nothing, WARN, "is not registered"),
    ],
)
def test_each_thing_that_is_wrong_is_named(
    lab: Path, protocol: StudyProtocol, change: Change, level: FindingLevel, says: str
) -> None:
    (lab / "stimuli/films/media.json").write_text("no film")
    change(lab / "stimuli/films")
    found = only(protocol, lab)
    assert found.level is level
    assert says in found.sentence


def test_a_length_is_refused_or_warned_of_as_the_protocol_says(lab: Path) -> None:
    protocol = shows("films/one.mp4", duration_s=2.0)
    lenient = replace(protocol, film_length=FilmLength(tolerance_s=0.5, refuse=False))
    wide = replace(protocol, film_length=FilmLength(tolerance_s=1.5))
    assert only(lenient, lab).level is WARN
    assert only(wide, lab).level is OK


def test_a_frame_that_stands_too_long_is_warned_of(lab: Path) -> None:
    findings = check_films(shows("films/variable.mp4", duration_s=2.0), lab, None)
    assert levels(findings) == [WARN, WARN]  # it is not registered, either
    assert "a frame that stands for 0.48 s" in findings[1].sentence


def test_a_film_that_counts_from_elsewhere_is_refused(lab: Path) -> None:
    films = lab / "stimuli/films"
    copy_with(films / "other.mp4", films / "late.mp4", "-output_ts_offset", "3")
    found = only(shows("films/late.mp4"), lab)
    assert found.level is REFUSE
    assert re.search(r"counts its time from (2\.9|3\.0)\d s on", found.sentence)
    copy_with(films / "late.mp4", films / "mended.mp4")  # as the sentence says
    assert "is not registered" in only(shows("films/mended.mp4"), lab).sentence


def test_what_a_film_holds_and_nobody_gets_is_warned_of(lab: Path) -> None:
    make_languages(lab / "stimuli/films/languages.mkv", 1.0)
    findings = check_films(shows("films/languages.mkv"), lab, None)
    assert set(levels(findings)) == {WARN}
    told = " ".join(found.sentence for found in findings)
    assert "has 2 sound tracks (eng, spa) and the first one is played" in told
    assert "has subtitles (spa), which are not shown" in told


def test_a_film_that_begins_with_sound_alone_is_warned_of(lab: Path, tmp_path: Path) -> None:
    whole = make_film(tmp_path / "whole.mp4", 3.0, options=("-g", "50"))
    copy_with(whole, lab / "stimuli/films/late.mp4", "-ss", "1.5")
    told = [f.sentence for f in check_films(shows("films/late.mp4", duration_s=1.5), lab, None)]
    assert any("has no picture in its first 0." in sentence for sentence in told)


def test_alternates_are_checked_too_and_each_step_that_shows_a_film(lab: Path) -> None:
    alternates = (Clip("films/none.mp4", 1.0), Clip("films/one.mp4", 2.0))
    protocol = shows("films/one.mp4", alternates=alternates)
    findings = check_films(protocol, lab, None)
    assert [(f.media, f.level) for f in findings] == [
        ("films/one.mp4", REFUSE),
        ("films/none.mp4", REFUSE),
    ]


def test_a_run_is_refused_with_every_reason(lab: Path) -> None:
    protocol = shows("films/cut.mp4", alternates=(Clip("films/none.mp4", 1.0),))
    with pytest.raises(UsageError) as refused:
        find_films(protocol, lab, None)
    assert "films/cut.mp4 is cut off" in str(refused.value)
    assert "films/none.mp4 is missing" in str(refused.value)


def test_shipped_films_and_drawings_need_no_registration(tmp_path: Path) -> None:
    protocol = shows("quick/stress.mp4", duration_s=3.2)
    drawing = Step("face", StepKind.ACTED, 10.0, media="quick/face-happy.png")
    films = find_films(replace(protocol, steps=(*protocol.steps, drawing)), tmp_path, None)
    assert set(films.paths) == {"quick/stress.mp4", "quick/face-happy.png"}
    assert films.warnings == ()
    assert films.frame_s == {"quick/stress.mp4": 0.04}


def test_the_preflight_says_how_many_are_fit(lab: Path) -> None:
    fit = films_verdict(check_films(shows("films/one.mp4"), lab, None))
    assert (fit.state, fit.text) == (CheckState.OK, "1 of 1 found, hashes match")
    doubtful = films_verdict(check_films(shows("films/other.mp4"), lab, None))
    assert (doubtful.state, doubtful.text) == (CheckState.WARNING, "1 of 1 found")
    alternates = (Clip("films/none.mp4", 1.0),)
    unfit = films_verdict(check_films(shows("films/one.mp4", alternates=alternates), lab, None))
    assert (unfit.state, unfit.text) == (CheckState.MISSING, "1 of 2 can be shown")
    assert "films/none.mp4 is missing" in unfit.remedy


def test_reading_a_film_for_the_first_time_is_told(lab: Path) -> None:
    told: list[tuple[str, int, int]] = []
    protocol = shows("films/other.mp4")
    size = (lab / "stimuli/films/other.mp4").stat().st_size
    for _ in range(2):
        check_films(protocol, lab, None, tell=lambda *how_far: told.append(how_far))
    assert told == [("films/other.mp4", size, size)]


def test_a_lost_run_goes_on_with_the_films_it_began_with(lab: Path) -> None:
    before = find_films(shows("films/one.mp4"), lab, None)
    start = from_line(GOLDEN.read_text("utf-8").splitlines()[0])
    assert isinstance(start, RunStart)
    start = replace(start, protocol={**start.protocol, "media": dict(before.facts)})
    refuse_other_films(start, before)
    other = {"films/one.mp4": {**before.facts["films/one.mp4"], "sha256": "0" * 64}}
    with pytest.raises(UsageError, match=r"films/one\.mp4 is another film than when this run be"):
        refuse_other_films(start, Films(before.paths, other, ()))


SLOW = """
name = "slow"
title = "A film of five frames a second"
languages = ["en"]

[[step]]
name = "film"
kind = "clip"
emotion = "happy"
duration_s = 2
media = "films/slow.mp4"
window = { start_s = 0.5, duration_s = 1 }
"""


def test_a_run_carries_its_films_and_the_warnings_of_them(femo: Femo, tmp_path: Path) -> None:
    """The least uncertainty of an onset is one frame of this film: 0.2 s, not a cinema's 0.04 s."""
    femo.ok("participant", "add", "S01", "--consent", "all")
    film = femo.store / "stimuli/films/slow.mp4"
    film.parent.mkdir(parents=True)
    make_film(film, 2.0, fps=5)
    protocol = femo.store / "stimuli/slow.toml"
    protocol.write_text(SLOW)
    args = ("--gsr", "sim:1", "--camera", "none", "--player", "sim", "--auto")
    ended = femo.json("record", "--participant", "S01", "--protocol", "slow", *args)
    run_dir = Path(ended["run_dir"])
    (start,) = run_events(run_dir, "run_start")
    facts = start["protocol"]["media"]["films/slow.mp4"]
    assert (facts["fps"], facts["frame_s"], facts["registered"]) == (5.0, 0.2, False)
    (window,) = run_events(run_dir, "window_start")
    assert 0.2 <= window["uncertainty_s"] < 0.3
    notes = {e["text"] for e in run_events(run_dir, "device") if e["name"] == "film_check"}
    assert any("is not registered" in text for text in notes)
    assert any("a frame that stands for 0.20 s" in text for text in notes)
    assert json.loads((femo.store / "stimuli/media-cache.json").read_text())["files"]
