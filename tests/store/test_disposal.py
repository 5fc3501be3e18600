"""What becomes of a run's data: kept, kept until asked, or gone but for a tombstone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from femo_tui.errors import MalformedRecord, StoreError, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.events import (
    FILM_STARTED,
    DeviceNote,
    Facts,
    Rating,
    RunStop,
    StepStart,
    StepStop,
    WindowStart,
    WindowStop,
)
from femo_tui.model.records import Severity, Stream
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.store.amendments import amend, read_amendments
from femo_tui.store.catalog import Catalog
from femo_tui.store.disposal import decide_data, wanted_data
from femo_tui.store.films_shown import showings_to
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from femo_tui.store.verify import verify_run
from tests.support.runs import ORIGIN_S, frame, run_start, sample

SECRET = "coughed and said 4711"

pytestmark = pytest.mark.usefixtures("each_catalog")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "store", VirtualClock()) as catalog:
        yield catalog


@pytest.fixture
def run_dir(catalog: Catalog) -> Path:
    """Return an aborted run with samples, a face, a film and an answer, which is in the catalog."""
    run_dir = catalog.root / "sessions/S01/2026-11-22T101530/run-01"
    run_dir.mkdir(parents=True)
    writer = RunWriter(run_dir, ORIGIN_S)
    writer.event(run_start())
    writer.event(StepStart(0.0, "happy", 1, "clip", "Happy_A", "happy.mp4", "the film"))
    shown: Facts = {"step": "happy", "attempt": 1, "media": "happy.mp4", "sha256": "7" * 64}
    writer.event(DeviceNote(0.1, Stream.PLAYER, FILM_STARTED, Severity.INFO, "begins", shown))
    writer.event(WindowStart(0.2, "happy", 1, "Happy_A", 0.0, 0.01, "happy.mp4", 1))
    for tenth in range(30):
        writer.sample(sample(tenth / 10, 5.0))
    writer.frame(frame(1.0), "happy", 1, "Happy_A", save=True)
    writer.event(WindowStop(2.0, "happy", 1, "Happy_A", "aborted"))
    writer.event(StepStop(2.0, "happy", 1, "aborted", 1.9, 3.0))
    writer.event(Rating(2.5, "happy", 1, "happy", SECRET, 4, "participant"))
    utc = "2026-11-22T10:15:33Z"
    writer.event(RunStop(3.0, RunStatus.ABORTED, "by ada", utc, {"frames": 1}, RunData.UNTIL_ASKED))
    writer.seal()
    (run_dir / "recorder.log").write_text("recording\n")
    catalog.index_run(run_dir)
    return run_dir


def decide(catalog: Catalog, run_dir: Path, word: str, reason: str = "") -> None:
    decide_data(catalog, run_dir, wanted_data(word), "ada", reason, VirtualClock())


def whole_store(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_an_aborted_run_waits_for_a_decision(catalog: Catalog, run_dir: Path) -> None:
    assert RunReader(run_dir).poll().data is RunData.UNTIL_ASKED
    assert [(run.status, run.data) for run in catalog.runs()] == [("aborted", "until_asked")]


def test_what_is_decided_last_holds_and_the_seal_too(catalog: Catalog, run_dir: Path) -> None:
    decide(catalog, run_dir, "keep", "she agreed")
    assert RunReader(run_dir).poll().data is RunData.KEEP
    assert [run.data for run in catalog.runs()] == ["keep"]
    decide(catalog, run_dir, "until-asked")
    assert RunReader(run_dir).poll().data is RunData.UNTIL_ASKED
    assert [(a["data"], a["operator"], a["reason"]) for a in read_amendments(run_dir)] == [
        ("keep", "ada", "she agreed"),
        ("until_asked", "ada", ""),
    ]
    assert verify_run(run_dir) == []


def test_discarding_leaves_a_tombstone_and_nothing_else(catalog: Catalog, run_dir: Path) -> None:
    root = catalog.root
    assert SECRET.encode() in whole_store(root)
    decide(catalog, run_dir, "discard", "asked to")
    assert [path.name for path in run_dir.rglob("*")] == ["tombstone.json"]
    assert (run_dir / "tombstone.json").stat().st_mode & 0o777 == 0o400
    told = json.loads((run_dir / "tombstone.json").read_text("utf-8"))
    assert told == {
        "run": "run-01",
        "session": "2026-11-22T101530",
        "participant": "S01",
        "protocol": "quick",
        "discarded_utc": told["discarded_utc"],
        "operator": "ada",
        "reason": "asked to",
        "films": [{"media": "happy.mp4", "sha256": "7" * 64}],
        "started_utc": "2026-11-22T10:15:30Z",
    }
    # nothing of what was answered is left in the store, the catalog's journal included
    assert SECRET.encode() not in whole_store(root)
    (row,) = catalog.runs()
    assert (row.status, row.data, row.protocol) == ("discarded", "discarded", "quick")
    assert (row.gsr_samples, row.frames, row.windows_accepted) == (0, 0, 0)


def test_a_discarded_run_is_known_as_such_from_its_folder_alone(
    catalog: Catalog, run_dir: Path
) -> None:
    decide(catalog, run_dir, "discard", "asked to")
    before = catalog.runs()
    done = catalog.reindex()
    assert (done.problems, done.removed) == ((), 0)
    assert catalog.runs() == before
    snapshot = RunReader(run_dir).poll()
    assert (snapshot.data, snapshot.state.value) == (RunData.DISCARDED, "done")
    assert snapshot.state_reason == "discarded by ada: asked to"
    assert verify_run(run_dir) == []


def test_a_discarded_run_is_listed_at_its_own_time(catalog: Catalog, run_dir: Path) -> None:
    """A session may last an hour before its second run begins."""
    later = run_dir.parent / "run-02"
    later.mkdir()
    writer = RunWriter(later, ORIGIN_S)
    writer.event(replace(run_start(), run="run-02", utc="2026-11-22T11:40:00Z"))
    writer.event(RunStop(1.0, RunStatus.ABORTED, "", "u", {}, RunData.UNTIL_ASKED))
    writer.seal()
    catalog.index_run(later)
    decide(catalog, later, "discard")
    began = [("run-01", "2026-11-22T10:15:30Z"), ("run-02", "2026-11-22T11:40:00Z")]
    assert [(run.run, run.started_utc) for run in catalog.runs()] == began
    catalog.reindex()
    assert [(run.run, run.started_utc) for run in catalog.runs()] == began


def test_a_tombstone_from_before_they_told_the_time_is_listed_at_its_sessions(
    catalog: Catalog, run_dir: Path
) -> None:
    decide(catalog, run_dir, "discard")
    stone = run_dir / "tombstone.json"
    told = json.loads(stone.read_text("utf-8"))
    del told["started_utc"]
    stone.chmod(0o600)
    stone.write_text(json.dumps(told), "utf-8")
    catalog.reindex()
    assert [run.started_utc for run in catalog.runs()] == ["2026-11-22T10:15:30Z"]


def test_a_film_of_a_discarded_run_has_still_been_seen(catalog: Catalog, run_dir: Path) -> None:
    decide(catalog, run_dir, "discard")
    (showing,) = showings_to(catalog.root, "S01")
    assert (showing.film.media, showing.film.sha256) == ("happy.mp4", "7" * 64)


def test_discarding_that_was_cut_short_is_named_and_finished(
    catalog: Catalog, run_dir: Path, tmp_path: Path
) -> None:
    decide(catalog, run_dir, "discard", "asked to")
    (run_dir / "gsr.csv").write_text("left over")
    assert verify_run(run_dir) == ["gsr.csv: left over from a run that was discarded"]
    decide(catalog, run_dir, "discard")
    assert [path.name for path in run_dir.rglob("*")] == ["tombstone.json"]
    assert RunReader(run_dir).poll().state_reason == "discarded by ada: asked to"


def test_there_is_no_way_back(catalog: Catalog, run_dir: Path) -> None:
    decide(catalog, run_dir, "discard")
    with pytest.raises(UsageError, match="run-01: this run was discarded"):
        decide(catalog, run_dir, "keep")
    with pytest.raises(UsageError, match="'burn' is unknown: use keep, discard or until-asked"):
        wanted_data("burn")


def test_nothing_is_decided_about_a_run_that_goes_on(catalog: Catalog) -> None:
    run_dir = catalog.root / "sessions/S01/2026-11-22T101530/run-02"
    run_dir.mkdir(parents=True)
    writer = RunWriter(run_dir, ORIGIN_S)
    writer.event(run_start())
    with pytest.raises(UsageError, match="this run is arming; end it first"):
        decide(catalog, run_dir, "discard")
    writer.close()
    with pytest.raises(UsageError, match="this run is lost; close it with `femo recover` first"):
        decide(catalog, run_dir, "keep")
    decide(catalog, run_dir, "discard")
    assert [path.name for path in run_dir.rglob("*")] == ["tombstone.json"]


def test_the_next_run_does_not_take_a_discarded_ones_number(
    catalog: Catalog, run_dir: Path
) -> None:
    from datetime import datetime

    from femo_tui.store.layout import open_session_and_run

    decide(catalog, run_dir, "discard")
    utc = datetime.fromisoformat("2026-11-22T10:15:30+00:00")
    assert open_session_and_run(catalog.root, "S01", utc)[1].name == "run-02"


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: lines[::-1],
        lambda lines: [lines[0].replace(b"keep", b"sell"), lines[1]],
        lambda lines: [*lines, b"{}"],
        lambda lines: [b"not json", *lines],
    ],
)
def test_a_changed_chain_of_amendments_is_named_and_decides_nothing(
    catalog: Catalog, run_dir: Path, change: object
) -> None:
    decide(catalog, run_dir, "keep")
    decide(catalog, run_dir, "keep", "again")
    path = run_dir / "amendments.jsonl"
    assert callable(change)
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())) + b"\n")
    snapshot = RunReader(run_dir).poll()
    assert snapshot.data is RunData.UNTIL_ASKED
    assert "amendments.jsonl line" in snapshot.problems[0]
    with pytest.raises(MalformedRecord):
        amend(run_dir, {"amends": "data", "data": "keep"})


def test_an_amendment_of_another_run_does_not_fit(catalog: Catalog, run_dir: Path) -> None:
    decide(catalog, run_dir, "keep")
    amendments = (run_dir / "amendments.jsonl").read_bytes()
    other = run_dir.parent / "run-02"
    other.mkdir()
    writer = RunWriter(other, ORIGIN_S)
    writer.event(run_start())
    writer.event(RunStop(1.0, RunStatus.ABORTED, "", "u", {}, RunData.UNTIL_ASKED))
    writer.seal()
    (other / "amendments.jsonl").write_bytes(amendments)
    assert RunReader(other).poll().data is RunData.UNTIL_ASKED


def test_a_run_that_a_recorder_holds_is_not_discarded(catalog: Catalog, run_dir: Path) -> None:
    from femo_tui.store.lock import HeldLock

    with (
        HeldLock.acquire(run_dir / "lock", {"what": "run-01"}),
        pytest.raises(StoreError, match="holds run-01"),
    ):
        decide(catalog, run_dir, "discard")
    assert (run_dir / "gsr.csv").exists()


def test_a_damaged_tombstone_is_named_and_keeps_no_other_run_from_the_catalog(
    catalog: Catalog, run_dir: Path
) -> None:
    other = run_dir.with_name("run-02")
    shutil.copytree(run_dir, other)
    decide(catalog, run_dir, "discard")
    stone = run_dir / "tombstone.json"
    stone.chmod(0o600)
    stone.write_text("{", "utf-8")
    (fault,) = verify_run(run_dir)
    assert "tombstone.json: this is no tombstone" in fault
    assert "restore it from a backup" in fault
    assert RunReader(run_dir).poll().data is RunData.DISCARDED
    done = catalog.reindex()
    assert done.runs == 1
    assert done.problems == (fault,)
