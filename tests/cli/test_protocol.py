"""`femo protocol`: every mistake of every file, and a timeline for each participant."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from femo_tui import paths
from femo_tui.cli import femo
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant
from femo_tui.model.protocol import StepKind
from femo_tui.store.catalog import Catalog
from femo_tui.store.library import load_protocol

BROKEN = Path(__file__).parents[1] / "data" / "broken-protocols"
SEVERAL = """
name = "several"
title = "Several clips"
languages = ["en"]

[order]
kind = "shuffled"
seed = 7
clips = "latin_square"
acted = "counterbalanced"
no_two_alike = true
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a store with three participants, not registered in the order of their codes."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "store"
    with Catalog.open(root, VirtualClock()) as catalog:
        for code in ("S02", "S03", "S01"):
            consent = Consent(frozenset(), "1", "2026-11-20T09:00:00Z")
            catalog.add_participant(
                Participant(code, None, None, "", consent, "2026-11-20T09:00:00Z"), "ana"
            )
    (root / "stimuli").mkdir()
    return root


def run(store: Path, *args: str) -> Result:
    return CliRunner().invoke(femo, ["--store", str(store), "protocol", *args])


def ok(store: Path, *args: str) -> str:
    done = run(store, *args)
    assert done.exit_code == 0, done.output
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    return done.stdout


def test_what_is_shown_for_a_participant_is_their_order(store: Path) -> None:
    """S01 was registered third: row 3 of the square begins with the film about … happiness."""
    shown = ok(store, "show", "wile2018-balanced", "--participant", "S01")
    assert "S01 · number 3 in order of registration" in shown
    assert "row 3 of 6 of the Latin square of stress, boredom, happy" in shown
    places = [shown.index(f"┌ {block}\n") for block in ("happy", "stress", "boredom", "acted")]
    assert places == sorted(places)
    facts = json.loads(run(store, "show", "wile2018-balanced", "--number", "3", "--json").stdout)
    assert facts["arranged"] == {
        **{"participant": "", "number": 3, "seed": 0, "row": 3},
        **{"acted_row": None, "acted_first": False},
    }
    assert facts["rules"][0].startswith("row 3 of 6 of the Latin square")
    names = [step["name"] for step in facts["steps"]]
    assert names[4:6] == ["neutral-3", "rating-neutral-3"]
    assert [shown.index(f" {name} ") for name in names] == sorted(
        shown.index(f" {name} ") for name in names
    )


def test_windows_clips_alternates_and_the_total_are_drawn(store: Path) -> None:
    steps = ""
    for block, emotion in (("a", "happy"), ("b", "stress"), ("c", "happy")):
        clips = "".join(
            f'[[step.clip]]\nmedia = "films/{block}{i}.mp4"\nduration_s = 60\n'
            "window = { start_s = 15, duration_s = 30 }\n"
            for i in (1, 2)
        )
        steps += f'[[step]]\nname = "{block}"\nkind = "clip"\nblock = "{block}"\n'
        steps += f'emotion = "{emotion}"\n{clips}'
    steps += '[[step]]\nname = "smile"\nkind = "acted"\nblock = "acted"\nemotion = "happy"\n'
    steps += 'duration_s = 20\ntext.en = "Smile."\n'
    (store / "stimuli" / "several.toml").write_text(SEVERAL + steps)
    shown = ok(store, "show", "several", "--number", "2", "--language", "en")
    assert "4 steps, 3 windows, 3:20 min" in shown
    assert "one of 2 orders, by seed 7 and number 2; no emotion twice in a row" in shown
    assert "acted part before the films, by turns" in shown
    assert "films/a2.mp4 in a, films/b2.mp4 in b" in shown
    lines = shown.splitlines()
    smile = next(line for line in lines if " smile " in line)
    assert smile.startswith("  0:00 │ smile")
    assert smile.endswith("  ──")  # 20 of 200 s on 21 cells
    film = next(i for i, line in enumerate(lines) if " b  " in line)
    assert "Stress_S" in lines[film]
    assert "15–45" in lines[film]
    assert lines[film].rstrip().endswith(("█", "─"))
    assert [line.split()[-1] for line in lines[film + 1 : film + 3]] == [
        "films/b2.mp4",
        "films/b1.mp4",
    ]
    assert "› Smile." in shown


def test_texts_are_shown_in_the_language_that_is_asked_for(store: Path) -> None:
    assert "La próxima película muestra" in ok(store, "show", "wile2018", "--language", "es")
    facts = json.loads(
        run(store, "show", "wile2018", "--language", "es", "--json").stdout.splitlines()[-1]
    )
    assert facts["texts"]["stress"]["content_warning"].startswith("La próxima")
    assert facts["texts"]["rating-stress"]["questions"]["seen-before"].startswith("¿Había visto")
    refused = run(store, "show", "wile2018", "--language", "de")
    assert "no texts in 'de': use en or es" in str(refused.exception)


def test_who_is_not_registered_has_no_number(store: Path) -> None:
    refused = run(store, "show", "quick", "--participant", "S09")
    assert "S09 is not registered" in str(refused.exception)
    refused = run(store, "show", "quick", "--participant", "S01", "--number", "1")
    assert "give one of them" in str(refused.exception)


def test_all_mistakes_of_all_files_are_told(store: Path) -> None:
    files = [str(BROKEN / f"{name}.toml") for name in ("names", "film-length")]
    good = str(paths.stimuli_dir() / "quick.toml")
    done = run(store, "check", files[0], good, files[1], "nowhere.toml")
    assert done.exit_code == 2
    told = done.stderr.splitlines()
    assert [line.partition(": ")[0].rpartition("/")[2] for line in told] == [
        *("names.toml:4", "names.toml:9", "names.toml:14"),
        *("film-length.toml:8", "film-length.toml:9"),
        "nowhere.toml",
    ]
    assert done.stdout.splitlines() == [
        f"{good}: 17 steps, 11 windows, no mistakes",
        f"  sha256 {load_protocol('quick', store).sha256}",
    ]


def test_a_check_in_json(store: Path) -> None:
    broken, good = str(BROKEN / "film-length.toml"), str(paths.stimuli_dir() / "quick.toml")
    done = run(store, "check", broken, good, "--json")
    assert done.exit_code == 2
    assert done.stderr == ""
    first, second = json.loads(done.stdout)
    assert (first["ok"], [m["line"] for m in first["mistakes"]]) == (False, [8, 9])
    assert first["mistakes"][1]["what"].startswith("film_length: action 'ignore' is unknown")
    quick = load_protocol("quick", store)
    assert (second["ok"], second["sha256"]) == (True, quick.sha256)
    assert second["missing_media"] == []


def test_a_broken_protocol_of_the_store_does_not_hide_the_others(store: Path) -> None:
    shutil.copy(BROKEN / "names.toml", store / "stimuli" / "own.toml")
    lines = ok(store, "list").splitlines()
    assert [line.split()[0] for line in lines[1:]] == [
        *("own", "quick", "wile2018", "wile2018-balanced"),
    ]
    assert "has mistakes: femo protocol check own" in lines[1]
    found = json.loads(run(store, "list", "--json").stdout)
    assert ["error" in one for one in found] == [True, False, False, False]


def test_a_lab_says_its_own_cuts_in_a_few_lines(store: Path) -> None:
    """The lab's file has the shipped one's name, and extends it."""
    (store / "stimuli" / "wile2018.toml").write_text(
        'extends = "wile2018"\nname = "wile2018"\n'
        '[[step]]\nname = "stress"\nduration_s = 290\nwindow = { peak_s = 240, half_s = 15 }\n'
    )
    own = load_protocol("wile2018", store)
    shipped = load_protocol(str(paths.stimuli_dir() / "wile2018.toml"), store)
    assert own.steps[own.step_index("stress")].duration_s == 290
    assert own.sha256 != shipped.sha256
    assert len(own.steps) == len(shipped.steps)
    assert sum(step.kind is StepKind.CLIP for step in own.steps) == 6
    balanced = load_protocol("wile2018-balanced", store)  # extends what the lab has
    assert balanced.steps[balanced.step_index("stress")].duration_s == 290
