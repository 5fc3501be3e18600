"""Figures of runs: made when a run ends, kept while they are true, and never longer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from femo_tui.model.events import Facts
from femo_tui.model.run_state import RunStatus
from femo_tui.model.study import Study
from femo_tui.stats import figures_cache
from femo_tui.stats.figures import RunFigures
from femo_tui.stats.figures_cache import CACHE, keep_figures, make_figures
from femo_tui.stats.recording import read_run
from femo_tui.stats.results import Asked, StudyResults, study_results
from femo_tui.store.amendments import amend
from femo_tui.store.layout import LOCK
from femo_tui.store.lock import HeldLock
from tests.support.femo import Femo, wait_until
from tests.support.gsr_store import people_of, register, write_run, write_study_file

STUDY = Study(protocol="study")
PROTOCOL = """
name = "short"
title = "One window"
languages = ["en"]
[[step]]
name = "smile"
kind = "acted"
emotion = "happy"
duration_s = 2
window = { start_s = 0.5, duration_s = 1 }
text.en = "Smile"
"""


def results(root: Path, lag_s: float | None = None) -> StudyResults:
    return study_results(root, STUDY, people_of("S01", "S02"), Asked(lag_s=lag_s))


def kept(root: Path) -> list[str]:
    """Return whose figures are kept, in the order of the lines."""
    path = root / CACHE
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line)["figures"]["participant"] for line in lines]


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the runs that are read from now on."""
    read: list[str] = []

    def counted(run_dir: Path, name: str, lag_s: float) -> RunFigures | None:
        read.append(name)
        return read_run(run_dir, name, lag_s)

    monkeypatch.setattr(figures_cache, "read_run", counted)
    return read


def test_a_recording_ends_with_its_figures_made(femo: Femo, tmp_path: Path) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    protocol = tmp_path / "short.toml"
    protocol.write_text(PROTOCOL, "utf-8")
    devices = ("--gsr", "sim:1", "--camera", "none", "--player", "sim", "--auto")
    femo.ok("record", "--participant", "S01", "--protocol", str(protocol), *devices)
    assert kept(femo.store) == ["S01"]
    assert (femo.store / CACHE).stat().st_mode & 0o777 == 0o600


def test_a_detached_recording_does_too(femo: Femo, tmp_path: Path) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    protocol = tmp_path / "short.toml"
    protocol.write_text(PROTOCOL, "utf-8")
    devices = ("--gsr", "sim:1", "--camera", "none", "--player", "sim", "--auto", "--detach")
    femo.ok("record", "--participant", "S01", "--protocol", str(protocol), *devices)
    wait_until(lambda: kept(femo.store) == ["S01"], "the figures of the run")


def test_results_read_no_run_whose_figures_were_made_at_its_end(
    tmp_path: Path, unread: list[str]
) -> None:
    second = write_run(tmp_path, "S02", {"happy": 7.0})
    keep_figures(tmp_path, second)
    first = write_run(tmp_path, "S01", {"happy": 6.0})
    keep_figures(tmp_path, first)
    assert kept(tmp_path) == ["S02", "S01"]
    unread.clear()
    before = (tmp_path / CACHE).stat().st_mtime_ns
    found = results(tmp_path)
    assert [p.values["Happy_S"].emotion_us for p in found.participants] == pytest.approx([6, 7])
    assert unread == []
    assert (tmp_path / CACHE).stat().st_mtime_ns == before


def test_a_run_that_changed_since_is_read_again_alone(tmp_path: Path, unread: list[str]) -> None:
    first, second = (write_run(tmp_path, code, {"happy": 6.0}) for code in ("S01", "S02"))
    make_figures(tmp_path)
    verdict: Facts = {"amends": "verdict", "step": "happy", "attempt": 1, "verdict": "failed"}
    amend(first, verdict)
    text = (second / "gsr.csv").read_text()
    unread.clear()
    assert [p.participant for p in results(tmp_path).participants if "Happy_S" in p.values] == [
        "S02"
    ]
    assert unread == [first.relative_to(tmp_path).as_posix()]
    (second / "gsr.csv").write_text(text.replace("6.060000", "9.060000"))
    changed = results(tmp_path).participants[1].values["Happy_S"]
    assert changed.emotion_us == pytest.approx((9.06 + 5.94) / 2)


def test_of_two_lines_of_a_run_the_last_one_counts_and_stays(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", {"happy": 6.0})
    keep_figures(tmp_path, run_dir)
    keep_figures(tmp_path, run_dir)
    assert kept(tmp_path) == ["S01", "S01"]
    results(tmp_path)
    assert kept(tmp_path) == ["S01"]


def test_a_line_that_was_torn_by_a_dying_recorder_costs_one_reading(
    tmp_path: Path, unread: list[str]
) -> None:
    for code in ("S01", "S02"):
        keep_figures(tmp_path, write_run(tmp_path, code, {"happy": 6.0}))
    lines = (tmp_path / CACHE).read_bytes()
    (tmp_path / CACHE).write_bytes(lines[:-40])
    unread.clear()
    assert results(tmp_path).n == 2
    assert [name.split("/")[1] for name in unread] == ["S02"]
    assert kept(tmp_path) == ["S01", "S02"]


def test_another_lag_is_tried_and_costs_nobody_what_was_kept(
    tmp_path: Path, unread: list[str]
) -> None:
    keep_figures(tmp_path, write_run(tmp_path, "S01", {"happy": 6.0, "acted-neutral": 8.0}))
    before = results(tmp_path)
    assert results(tmp_path, lag_s=2.0).participants[0].values != before.participants[0].values
    unread.clear()
    assert results(tmp_path).participants == before.participants
    assert unread == []


def test_a_run_that_goes_on_is_not_kept_since_it_may_be_lost(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", {"happy": 6.0})
    lines = (run_dir / "run.jsonl").read_text().splitlines(keepends=True)
    (run_dir / "run.jsonl").write_text("".join(lines[:-1]))
    lock = HeldLock.acquire(run_dir / LOCK, {})
    assert [one.reason for one in results(tmp_path).left_out][:1] == ["not complete: arming"]
    keep_figures(tmp_path, run_dir)
    assert kept(tmp_path) == []
    lock.release()
    assert [one.reason for one in results(tmp_path).left_out][:1] == ["not complete: lost"]


def test_whoever_withdraws_meanwhile_is_not_among_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir = write_run(tmp_path, "S01", {"happy": 6.0})
    write_run(tmp_path, "S02", {"happy": 7.0})

    def read_and_lose(path: Path, name: str, lag_s: float) -> RunFigures | None:
        found = read_run(path, name, lag_s)
        if path == run_dir:
            shutil.rmtree(path)
        return found

    monkeypatch.setattr(figures_cache, "read_run", read_and_lose)
    keep_figures(tmp_path, run_dir)
    assert kept(tmp_path) == []
    write_run(tmp_path, "S01", {"happy": 6.0})
    results(tmp_path)
    assert kept(tmp_path) == ["S02"]


def test_a_store_that_cannot_be_written_has_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path, "S01", {"happy": 6.0})
    (tmp_path / "derived").write_text("a file where a folder should be")
    assert results(tmp_path).n == 1


def test_frames_change_nothing_and_are_not_read(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", {"happy": 6.0}, status=RunStatus.STOPPED)
    before = read_run(run_dir, "run", 0.0)
    (run_dir / "frames.csv").write_bytes(b"no table \xff at all\n" * 3)
    assert read_run(run_dir, "run", 0.0) == before


def test_reindex_makes_figures_of_every_run(femo: Femo) -> None:
    write_study_file(femo.store)
    for code in ("S01", "S02"):
        write_run(femo.store, code, {"happy": 6.0})
    register(femo.store, "S01", "S02")
    assert kept(femo.store) == []
    femo.ok("reindex")
    assert kept(femo.store) == ["S01", "S02"]
