"""Who takes back consent is gone from the whole store; only the tombstone and the audit remain."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from femo_tui.errors import Cancelled, StoreError, UnknownName, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.progress import Progress
from femo_tui.store import audit
from femo_tui.store.catalog import Catalog
from femo_tui.store.layout import LOCK, iter_runs
from femo_tui.store.lock import HeldLock
from femo_tui.store.run_reader import RunReader
from femo_tui.store.study import load_study
from femo_tui.store.verify import verify_run
from femo_tui.store.withdrawal import Withdrawn, plan_withdrawal, withdraw
from femo_tui.store.withdrawn import withdrawn_people
from femo_tui.training.models import list_models
from tests.support.catalogs import bring_to_server, kills
from tests.support.killed import killed_after
from tests.support.traced_store import (
    BACKUP,
    EXPORT,
    GONE,
    STAYS,
    files_with,
    make_traced_store,
    needles,
)

on_file = pytest.mark.parametrize("each_catalog", ["file"], indirect=True)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that is copied and never changed."""
    return make_traced_store(tmp_path_factory.mktemp("traced") / "store")


@pytest.fixture
def root(traced: Path, tmp_path: Path, each_catalog: str | None) -> Path:
    store = Path(shutil.copytree(traced, tmp_path / "store"))
    if each_catalog is not None:
        bring_to_server(store)
    return store


def take_back(root: Path, *scopes: Scope) -> Withdrawn:
    with Catalog.open(root, VirtualClock()) as catalog:
        return withdraw(catalog, GONE, scopes, "ben", VirtualClock())


def check_gone(root: Path, contents: list[bytes], pseudonym: str) -> None:
    """Check that nothing of S02 is left, and nothing of the others went."""
    (tombstone,) = withdrawn_people(root)
    where = f"withdrawn/{tombstone.id}.json"
    assert (tombstone.code, tombstone.number, tombstone.operator) == (GONE, 2, "ben")
    assert files_with(root, GONE.encode()) == [where]
    for needle in contents:
        assert files_with(root, needle) == []
    withdrawals = [line for line in audit.read(root) if line.action == "withdraw"]
    assert [(line.operator, line.participants) for line in withdrawals] == [("ben", (pseudonym,))]
    assert withdrawals[0].facts["given_out"] == [EXPORT.file_name]
    assert withdrawals[0].facts["backups"] == [BACKUP.backup_id]
    assert pseudonym not in audit.known_pseudonyms(root)
    assert audit.verify(root).holds
    with Catalog.open(root, VirtualClock()) as catalog:
        assert tuple(person.code for person in catalog.participants()) == STAYS
        assert catalog.reindex().problems == ()
        assert {run.participant for run in catalog.runs()} == set(STAYS)
        assert catalog.exports()[0].participants == ("S01", tombstone.id)
        assert catalog.exports()[0].note == EXPORT.note
        assert catalog.backups()[0].participants == ("S01", tombstone.id)
        (model,) = list_models(root, catalog.participants()).models
    assert model.stale == (f"{tombstone.id} is withdrawn",)
    assert not [path.name for path in (root / "pending").iterdir() if path.name != "lock"]
    for run_dir in iter_runs(root):
        assert verify_run(run_dir) == []


def test_a_byte_search_finds_the_tombstone_only(root: Path) -> None:
    contents, name = needles(root), audit.pseudonym(root, GONE)
    assert name is not None
    done = take_back(root)
    assert done.still_named_in == ()
    check_gone(root, contents, name)
    # what is others' is there
    assert load_study(root).pilots == ("S09",)
    assert (root / "exports/results.txt").exists()
    assert f"{done.id} withdrew" in (root / "exports/STALE.txt").read_text()
    assert json.loads((root / "imported/0123abcd/import.json").read_bytes())["participants"] == {
        "Y02": "S03"
    }
    features = (root / "training/features/hog324-p1.features").read_bytes()
    images = len(list((root / "sessions").rglob("*_face.jpg")))
    assert len(features) == 16 + images * (32 + 8 + 4)


@on_file
def test_the_catalog_holds_nothing_of_them_in_free_pages_or_journal(root: Path) -> None:
    with sqlite3.connect(root / "catalog.db") as reader:  # a console that is open meanwhile
        reader.execute("SELECT * FROM participants").fetchall()
        take_back(root)
        for name in ("catalog.db", "catalog.db-wal"):
            path = root / name
            assert not path.exists() or GONE.encode() not in path.read_bytes()
    reader.close()


def test_what_will_go_is_told_before_and_changes_nothing(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with Catalog.open(root, VirtualClock()) as catalog:
        plan = plan_withdrawal(catalog, GONE)
    theirs = [path for path in (root / "sessions" / GONE).rglob("*") if path.is_file()]
    faces = {path.read_bytes() for path in theirs if path.name.endswith("_face.jpg")}
    assert len(plan.runs) == 3
    assert plan.files == len(theirs)
    assert plan.bytes == sum(path.stat().st_size for path in theirs)
    assert plan.features >= len(faces)
    assert (plan.models, plan.originals) == (("m-01",), ("0123abcd",))
    assert plan.results == ("exports/films.tar", "exports/secret.tar.age", "exports/values.csv")
    assert (plan.exports, plan.backups, plan.blocked) == ((EXPORT,), (BACKUP,), ())
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    changing = re.compile(r"catalog\.db-(wal|shm)")
    assert {p: c for p, c in after.items() if not changing.search(p.name)} == {
        p: c for p, c in before.items() if not changing.search(p.name)
    }


def test_neither_code_nor_number_is_ever_given_again(root: Path) -> None:
    with Catalog.open(root, VirtualClock()) as catalog:
        kept = catalog.participant("S01")
        newest = withdraw(catalog, "S03", (), "ben", VirtualClock())
        assert newest.id
        with pytest.raises(UsageError, match="participant S03 withdrew: the code is never given"):
            catalog.add_participant(
                Participant("S03", None, None, "", kept.consent, kept.registered_utc), "ana"
            )
        added = Participant("S04", None, None, "", kept.consent, kept.registered_utc)
        catalog.add_participant(added, "ana")
        assert catalog.participant_number("S04") == 4  # 3 was S03's


def test_a_run_of_theirs_that_comes_back_is_not_entered(root: Path, traced: Path) -> None:
    take_back(root)
    shutil.copytree(traced / "sessions" / GONE, root / "sessions" / GONE)
    with Catalog.open(root, VirtualClock()) as catalog:
        problems = catalog.reindex().problems
        assert len(problems) == 2  # the third was discarded: its tombstone enters nobody
        assert all("its participant withdrew; remove the folder" in text for text in problems)
        with pytest.raises(UnknownName):
            catalog.participant(GONE)


def test_what_a_dead_trainer_had_learnt_goes(root: Path) -> None:
    """A model that was not whole yet: nobody lists it, so nobody would see that it is stale."""
    (training,) = (root / "training" / "runs").iterdir()
    begun = training / "model"
    begun.mkdir()
    (begun / "images.txt").write_text(f"0 Happy_S {GONE} sessions/{GONE}/a.jpg\n", "utf-8")
    (begun / "head.npz").write_bytes(b"weights")
    take_back(root)
    assert not begun.exists()
    assert (training / "journal.jsonl").exists()


def test_who_is_being_recorded_is_not_withdrawn_now(root: Path) -> None:
    run_dir = next(run for run in iter_runs(root) if run.parts[-3] == GONE)
    contents = needles(root)
    with (
        HeldLock.acquire(run_dir / LOCK, {"operator": "ana"}),
        pytest.raises(UsageError, match="is being recorded: end it, then take back consent"),
    ):
        take_back(root)
    with (
        HeldLock.acquire(root / "training" / "lock", {"operator": "ana"}),
        pytest.raises(UsageError, match=r"a training runs on this store.*femo train --cancel"),
    ):
        take_back(root)
    assert needles(root) == contents


def test_it_can_be_cancelled_before_anything_is_removed(root: Path) -> None:
    def enough(progress: Progress) -> None:
        if progress.unit == "images" and progress.done:
            raise Cancelled("no more")

    contents = needles(root)
    with Catalog.open(root, VirtualClock()) as catalog:
        with pytest.raises(Cancelled):
            withdraw(catalog, GONE, (), "ben", VirtualClock(), enough)
        assert needles(root) == contents
        told: list[Progress] = []

        def too_late(progress: Progress) -> None:
            told.append(progress)
            if progress.unit == "steps":
                raise Cancelled("no more")

        withdraw(catalog, GONE, (), "ben", VirtualClock(), too_late)
    assert [(p.done, p.total) for p in told if p.unit == "steps"] == [(n, 6) for n in range(1, 7)]
    assert files_with(root, b"sessions/S02") == []


def test_what_others_wrote_of_them_is_named(root: Path) -> None:
    note = root / "sessions/S01/notes.txt"
    note.write_text("sister of S02\n")
    assert take_back(root).still_named_in == ("sessions/S01/notes.txt",)


@kills([*range(0, 60, 12), *range(60, 460, 33)])
def test_a_withdrawal_that_was_killed_is_finished_at_the_next_start(root: Path, steps: int) -> None:
    contents, name = needles(root), audit.pseudonym(root, GONE)
    assert name is not None
    killed_after(steps, lambda: take_back(root))
    begun = (root / "pending").is_dir() and [*(root / "pending").glob("*.json")]
    with Catalog.open(root, VirtualClock()) as catalog:
        there = [person.code for person in catalog.participants()]
    if GONE in there:
        assert not begun
        assert needles(root) == contents
    else:
        check_gone(root, contents, name)


# --- by scope --------------------------------------------------------------------------------


def test_faces_can_be_taken_back_alone(root: Path) -> None:
    sealed = root / "sessions" / GONE / "2026-11-20T101530" / "run-01"
    shutil.rmtree(root / "sessions" / GONE / "2026-11-22T143000")  # the lost one
    faces = {path.read_bytes() for path in sealed.rglob("*.jpg")} - {
        path.read_bytes() for path in (root / "sessions/S01").rglob("*.jpg")
    }
    before = RunReader(sealed).poll()
    done = take_back(root, Scope.FACE)
    assert (done.id, done.plan.scopes) == ("", (Scope.FACE,))
    for face in faces:
        assert files_with(root, face) == []
    assert not (sealed / "faces").exists()
    assert verify_run(sealed) == []
    after = RunReader(sealed).poll()
    assert (after.faces.frames, after.faces.with_face) == (
        *(before.faces.frames, before.faces.with_face),
    )
    assert after.faces.saved == 0
    assert [w.gsr_mean_us for w in after.windows] == [w.gsr_mean_us for w in before.windows]
    assert all(w.sharpness is None for w in after.windows)
    newest = after.amendments[-1]
    assert (newest.amends, newest.decided, newest.operator) == ("withdrawn", "face", "ben")
    with Catalog.open(root, VirtualClock()) as catalog:
        person = catalog.participant(GONE)
        assert person.consent.scopes == frozenset(Scope) - {Scope.FACE}
        (model,) = list_models(root, catalog.participants()).models
    assert model.stale == (f"{GONE} no longer consents to face",)
    (line,) = [line for line in audit.read(root) if line.action == "withdraw_scopes"]
    assert line.facts["scopes"] == ["face"]
    assert audit.verify(root).holds
    assert not withdrawn_people(root)


def test_skin_conductance_can_be_taken_back_alone(root: Path) -> None:
    sealed = root / "sessions" / GONE / "2026-11-20T101530" / "run-01"
    shutil.rmtree(root / "sessions" / GONE / "2026-11-22T143000")
    rows = [needle for needle in needles(root) if re.fullmatch(rb"[\d.]+,[\d.]+", needle)]
    take_back(root, Scope.GSR)
    for row in rows:
        assert files_with(root, row) == []
    assert verify_run(sealed) == []
    after = RunReader(sealed).poll()
    assert (after.gsr.length, after.faces.saved > 0) == (0, True)
    with Catalog.open(root, VirtualClock()) as catalog:
        (run,) = [r for r in catalog.runs(GONE) if r.status == "complete"]
        assert (run.gsr_samples, catalog.participant(GONE).allows(Scope.FACE)) == (0, True)
    assert not (root / "exports/values.csv").exists()


def test_sharing_is_taken_back_without_touching_what_was_recorded(root: Path) -> None:
    before = {
        path: path.read_bytes() for path in (root / "sessions").rglob("*.*") if path.is_file()
    }
    done = take_back(root, Scope.SHARE_GSR, Scope.SHARE_FACE)
    assert (done.plan.files, done.plan.exports) == (0, (EXPORT,))
    assert {path: path.read_bytes() for path in before} == before
    with Catalog.open(root, VirtualClock()) as catalog:
        left = catalog.participant(GONE).consent.scopes
    assert left == frozenset(Scope) - {Scope.SHARE_GSR, Scope.SHARE_FACE}


def test_a_run_that_is_not_closed_stands_against_a_part_of_it(root: Path) -> None:
    with pytest.raises(UsageError, match="is not closed: close it with `femo recover"):
        take_back(root, Scope.FACE)


@kills(range(0, 240, 24))
def test_a_part_that_was_killed_is_finished_at_the_next_start(root: Path, steps: int) -> None:
    sealed = root / "sessions" / GONE / "2026-11-20T101530" / "run-01"
    shutil.rmtree(root / "sessions" / GONE / "2026-11-22T143000")
    killed_after(steps, lambda: take_back(root, Scope.FACE, Scope.GSR))
    with Catalog.open(root, VirtualClock()) as catalog:
        scopes = catalog.participant(GONE).consent.scopes
        assert len(catalog.consents(GONE)) == (1 if Scope.FACE in scopes else 2)
    assert verify_run(sealed) == []
    told = [a for a in RunReader(sealed).poll().amendments if a.amends == "withdrawn"]
    if Scope.FACE in scopes:
        assert (sealed / "faces").exists()
        assert not told
    else:
        assert not (sealed / "faces").exists()
        assert (sealed / "gsr.csv").read_bytes().count(b"\n") == 1
        assert [a.decided for a in told] == ["gsr face"]


def test_a_journal_that_cannot_be_read_is_named(root: Path) -> None:
    (root / "pending").mkdir()
    (root / "pending" / "w-1.json").write_text("{")
    with pytest.raises(StoreError, match=r"w-1\.json: this journal of unfinished work cannot be"):
        Catalog.open(root)
    (root / "pending" / "w-1.json").write_text('{"kind": "dance", "id": "w-1"}')
    with pytest.raises(StoreError, match=r"w-1\.json: a newer femo began something here"):
        Catalog.open(root)
