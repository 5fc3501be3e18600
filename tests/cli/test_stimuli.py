"""`femo stimuli`: a film is registered, listed, and checked against what a protocol declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.femo import Femo
from tests.support.films import cut, make_film

PROTOCOL = """
name = "lab"
title = "One film"
languages = ["en"]

[[step]]
name = "film"
kind = "clip"
emotion = "happy"
duration_s = 1
media = "films/one.mp4"
window = { start_s = 0.2, duration_s = 0.6 }
"""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "one.mp4", 1.0)


@pytest.fixture
def lab(femo: Femo) -> Femo:
    """A store with a protocol of its own that shows one film."""
    (femo.store / "stimuli").mkdir(parents=True)
    (femo.store / "stimuli/lab.toml").write_text(PROTOCOL)
    return femo


def test_a_film_is_missing_then_registered_then_another_one(lab: Femo, one: Path) -> None:
    missing = lab.run("stimuli", "check", "lab")
    assert missing.returncode == 1
    assert missing.stdout.startswith("refused films/one.mp4 is missing (shown in film): run `femo")

    said = lab.ok("stimuli", "add", str(one), "--peak", "0.5", "--title", "Uno")
    assert said.startswith("films/one.mp4: 1.0 s, 160×90, 25 frames/s, aac, SHA-256 ")
    assert lab.ok("stimuli", "check", "lab").startswith("ok      films/one.mp4: 1.0 s")
    (found,) = lab.json("stimuli", "check", "lab", "--fresh")
    assert (found["level"], found["facts"]["peak_s"]) == ("ok", 0.5)

    make_film(lab.store / "stimuli/films/one.mp4", 1.0, fps=20)
    changed = lab.run("stimuli", "check", "lab")
    assert changed.returncode == 1
    assert "is not the film that was registered" in changed.stdout
    (film,) = (f for f in lab.json("stimuli", "list") if f["media"] == "films/one.mp4")
    assert (film["state"], film["title"], film["protocols"]) == ("another film", "Uno", ["lab"])


def test_the_list_tells_registered_shipped_and_missing_films_apart(lab: Femo, one: Path) -> None:
    lab.ok("stimuli", "add", str(one), "--as", "films/spare.mp4")
    films = {film["media"]: film for film in lab.json("stimuli", "list")}
    assert films["films/spare.mp4"]["state"] == "registered"
    assert films["films/spare.mp4"]["protocols"] == []
    assert films["films/one.mp4"]["state"] == "missing"
    assert films["quick/stress.mp4"]["state"] == "shipped"
    assert films["quick/stress.mp4"]["protocols"] == ["quick"]
    table = lab.ok("stimuli", "list").splitlines()
    assert table[0].split() == ["film", "s", "size", "frames/s", "sound", "peak", "s", "state",
                                "shown", "by"]  # fmt: skip
    (row,) = (line for line in table if line.startswith("films/spare.mp4"))
    assert row.split() == ["films/spare.mp4", "1.00", "160×90", "25", "aac", "registered"]


def test_a_protocol_that_cannot_be_read_hides_no_film(lab: Femo) -> None:
    (lab.store / "stimuli/broken.toml").write_text("name = 3")
    done = lab.run("stimuli", "list", "--json")
    assert done.returncode == 0
    assert "protocol broken is passed over" in done.stderr
    assert "films/one.mp4" in done.stdout


def test_what_cannot_be_played_is_not_registered(lab: Femo, one: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    cut_off = cut(make_film(tmp_path / "whole.mkv", 1.0), tmp_path / "cut.mkv", 0.4)
    for status, says, args in (
        (1, "cannot be read", (str(tmp_path / "text.mp4"),)),
        (1, "No such file", (str(tmp_path / "nowhere.mp4"),)),
        (2, "is cut off", (str(cut_off),)),
        (2, "is a drawing", ("stimuli/quick/face-happy.png",)),
        (2, "its peak is not at 7", (str(one), "--peak", "7")),
        (2, "inside stimuli/", (str(one), "--as", "../one.mp4")),
    ):
        done = lab.run("stimuli", "add", *args)
        assert done.returncode == status, done.stderr
        assert says in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (lab.store / "stimuli/films").exists()


def test_without_a_protocol_the_studys_is_checked(lab: Femo, one: Path) -> None:
    lab.ok("study", "init")
    study = lab.store / "study.toml"
    study.write_text(study.read_text().replace('protocol = "wile2018"', 'protocol = "lab"'))
    assert "films/one.mp4 is missing" in lab.run("stimuli", "check").stdout


def test_the_test_card_on_no_screen_is_wrong_use(lab: Femo) -> None:
    assert "simulated" in lab.ok("stimuli", "testcard", "--player", "sim")
    done = lab.run("stimuli", "testcard", "--player", "none")
    assert done.returncode == 2
    assert "name one, such as mpv" in done.stderr
