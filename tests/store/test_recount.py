"""After a run went to whose it is, each film is counted as seen by whoever saw it.

The counts below are told by hand from who sat there when: the nth showing of happy.mp4 to a person,
and primary data if it was the first.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
from femo_tui.store.amendments import read_amendments
from femo_tui.store.catalog import Catalog
from femo_tui.store.decided import read_events
from femo_tui.store.disposal import discard
from femo_tui.store.reassign import reassign
from femo_tui.store.run_reader import RunReader
from femo_tui.store.seal import seal_run
from femo_tui.store.verify import verify_run
from tests.support.catalogs import kills, query
from tests.support.femo import Femo
from tests.support.gsr_store import register, write_study_file
from tests.support.killed import killed_after
from tests.support.opened import unpack
from tests.support.runs import golden_at

FILM = "happy.mp4"
AGAIN = "the film had been shown before"


@pytest.fixture
def lab(femo: Femo) -> Femo:
    write_study_file(femo.store, protocol="golden")
    register(femo.store, "S01", "S02")
    return femo


def entered(lab: Femo, *runs: Path) -> None:
    with Catalog.open(lab.store, VirtualClock()) as catalog:
        for run_dir in runs:
            catalog.index_run(run_dir)


def happy(lab: Femo, run: str) -> tuple[int, bool]:
    (window,) = [w for w in lab.json("show", run)["windows"] if w["step"] == "happy"]
    return window["exposure"], window["primary"]


def in_catalog(lab: Femo) -> list[tuple[object, ...]]:
    sql = (
        'select r.run_dir, a.exposure, a."primary" from attempts a join runs r on r.id = a.run_id'
        " where a.step = 'happy' order by r.run_dir"
    )
    return [(str(place).split("/")[1:3], n, bool(p)) for place, n, p in query(lab.store, sql)]


def left_out_again(lab: Femo) -> set[str]:
    """Return of whom the results leave the film's window out because it was a repeat."""
    text = lab.ok("results").partition("Left out")[2].partition("Methods")[0]
    return {line.split()[0] for line in text.splitlines() if AGAIN in line}


def test_who_had_seen_the_film_gives_no_primary_data_by_the_run_that_comes(lab: Femo) -> None:
    first = golden_at(lab.store, "S02", 20, 1, primary=True)
    wrong = golden_at(lab.store, "S01", 22, 1, primary=True)  # S02 sat there, for the second time
    theirs = golden_at(lab.store, "S01", 23, 2, primary=False)  # S01 saw it for the first time
    later = golden_at(lab.store, "S02", 24, 2, primary=False)  # S02 for the third time
    entered(lab, first, wrong, theirs, later)
    assert left_out_again(lab) == {"S01", "S02"}
    said = lab.ok("reassign", "S01/2026-11-22T101530", "S02")
    assert f"showing 2 of {FILM} is no primary data in S02/2026-11-22T101530/run-01" in said
    assert f"showing 1 of {FILM} is primary data in S01/2026-11-23T101530/run-01" in said
    assert f"showing 3 of {FILM} is no primary data in S02/2026-11-24T101530/run-01" in said
    assert "2026-11-20" not in said  # before it, nothing has changed
    assert happy(lab, "S02/2026-11-20T101530") == (1, True)
    assert happy(lab, "S02/2026-11-22T101530") == (2, False)
    assert happy(lab, "S01/2026-11-23T101530") == (1, True)
    assert happy(lab, "S02/2026-11-24T101530") == (3, False)
    assert in_catalog(lab) == [
        (["S01", "2026-11-23T101530"], 1, True),
        (["S02", "2026-11-20T101530"], 1, True),
        (["S02", "2026-11-22T101530"], 2, False),
        (["S02", "2026-11-24T101530"], 3, False),
    ]
    assert left_out_again(lab) == {"S02"}
    assert "verified: the seal holds" in lab.ok("show", "S01", "--verify")
    assert "amended: happy-1: showing 1, primary data" in lab.ok("show", "S01")
    # as recorded it stays in the lines below
    assert '"exposure": 2, "primary": false' in (theirs / "run.jsonl").read_text()
    assert not (first / "amendments.jsonl").exists()


def test_who_had_not_seen_the_film_gives_primary_data_by_the_run_that_comes(lab: Femo) -> None:
    seen = golden_at(lab.store, "S01", 20, 1, primary=True)
    wrong = golden_at(lab.store, "S01", 22, 2, primary=False)  # S02 sat there, for the first time
    theirs = golden_at(lab.store, "S01", 23, 3, primary=False)  # S01's second time
    entered(lab, seen, wrong, theirs)
    lab.ok("reassign", "S01/2026-11-22T101530", "S02")
    assert happy(lab, "S02") == (1, True)
    assert happy(lab, "S01/2026-11-23T101530") == (2, False)
    assert left_out_again(lab) == {"S01"}
    # back again, all is counted as it was
    lab.ok("reassign", "S02", "S01")
    assert happy(lab, "S01/2026-11-22T101530") == (2, False)
    assert happy(lab, "S01/2026-11-23T101530") == (3, False)


def test_the_recorder_and_the_recount_count_alike(lab: Femo, short_protocol: Path) -> None:
    """What a recorder counted in two runs of S01 comes back, once the second went and returned."""
    asked = ("record", "--participant", "S01", "--protocol", str(short_protocol), "--auto")
    devices = ("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim")
    lab.ok(*asked, *devices)
    lab.ok(*asked, *devices)
    counted = lab.json("show", "S01/run-02")["windows"]
    films = [w for w in counted if w["media"]]
    assert [(w["exposure"], w["primary"]) for w in films] == [(2, False)]
    there = lab.json("reassign", "S01/run-02", "S02")["recounted"]
    assert [(one["media"], one["exposure"], one["primary"]) for one in there] == [
        (films[0]["media"], 1, True),
    ]
    assert lab.json("reassign", "S02", "S01")["recounted"] != []
    assert lab.json("show", "S01/run-02")["windows"] == counted
    first = lab.json("reassign", "S01/run-01", "S02")["recounted"]
    assert [(one["run"].split("/")[-1], one["exposure"]) for one in first] == [("run-02", 1)]


def test_what_leaves_the_lab_counts_anew_too(lab: Femo, tmp_path: Path) -> None:
    wrong = golden_at(lab.store, "S01", 22, 1, primary=True)  # of S02, whom nobody showed it before
    theirs = golden_at(lab.store, "S01", 23, 2, primary=False)
    entered(lab, wrong, theirs)
    lab.ok("participant", "edit", "S01", "--consent", "gsr,share-gsr")
    lab.ok("reassign", "S01/2026-11-22T101530", "S02")
    lab.ok("export", str(tmp_path / "out.tar"), "--participants", "S01", "--no-encryption")
    (table,) = unpack(tmp_path / "out.tar", tmp_path / "out").rglob("*_events.tsv")
    header, *rows = [line.split("\t") for line in table.read_text("utf-8").splitlines()]
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    (window,) = [c for c in cells if c["trial_type"] == "Happy_S"]
    assert (window["exposure"], window["primary"]) == ("1", "yes")
    page = tmp_path / "page.html"
    lab.ok("report", "S01", "--out", str(page))
    assert "no primary data" not in page.read_text("utf-8")


def test_a_discarded_run_has_shown_its_film(lab: Femo) -> None:
    gone = golden_at(lab.store, "S02", 20, 1, primary=True)
    path = gone / "run.jsonl"
    path.chmod(0o600)  # on a screen that somebody looked at
    path.write_text(path.read_text().replace(', "player"]', "]"), "utf-8")
    wrong = golden_at(lab.store, "S01", 22, 1, primary=True)
    path = wrong / "run.jsonl"
    path.chmod(0o600)
    path.write_text(path.read_text().replace(', "player"]', "]"), "utf-8")
    seal_run(wrong)
    snapshot = RunReader(gone).poll()
    discard(gone, "ana", "it hurt", "2026-11-25T10:00:00Z", snapshot=snapshot)
    entered(lab, wrong)
    lab.ok("reassign", "S01", "S02")
    assert happy(lab, "S02/2026-11-22T101530") == (2, False)


def test_a_later_run_that_is_not_closed_is_closed_first(lab: Femo) -> None:
    wrong = golden_at(lab.store, "S01", 22, 1, primary=True)
    cut = golden_at(lab.store, "S02", 24, 1, primary=True)
    (cut / "manifest-sha256.txt").unlink()
    entered(lab, wrong, cut)
    done = lab.run("reassign", "S01", "S02")
    assert done.returncode == 2
    assert "S02/2026-11-24T101530/run-01: this run is not closed" in done.stderr
    assert wrong.is_dir()


@pytest.mark.usefixtures("each_catalog")
@kills(range(0, 140, 12))
def test_a_count_that_was_killed_is_finished_at_the_next_start(tmp_path: Path, steps: int) -> None:
    root = tmp_path / "store"
    register(root, "S01", "S02")
    wrong = golden_at(root, "S01", 22, 1, primary=True)
    theirs = golden_at(root, "S01", 23, 2, primary=False)
    later = golden_at(root, "S02", 24, 1, primary=True)

    def work() -> None:
        with Catalog.open(root, VirtualClock()) as catalog:
            reassign(catalog, wrong, "S02", "ben", VirtualClock())

    killed_after(steps, work)
    Catalog.open(root, VirtualClock()).close()
    moved = not wrong.exists()
    for run_dir, count in ((theirs, 1 if moved else 2), (later, 2 if moved else 1)):
        (window,) = [w for w in RunReader(run_dir).poll().windows if w.step == "happy"]
        assert (window.exposure, window.primary) == (count, count == 1)
        assert len(read_amendments(run_dir)) == moved
        assert verify_run(run_dir) == []
        told = [e for e in read_events(run_dir) if getattr(e, "name", "") == "film_started"]
        assert [e.detail["exposure"] for e in told] == [count]  # type: ignore[union-attr]
