"""The catalog: participants with the history of their consent, runs from their folders."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from femo_tui.errors import StoreError, UnknownName, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.events import RunStop, Verdict, WindowStart, WindowStop
from femo_tui.model.given_out import Backup, Export
from femo_tui.model.participants import Consent, Scope, Sex, parse_expiry
from femo_tui.model.run_state import RunStatus
from femo_tui.store import audit
from femo_tui.store.catalog import Catalog, RunRow
from femo_tui.store.judging import judge_window
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from femo_tui.store.verify import verify_run
from tests.support.catalogs import on_file, person, query
from tests.support.runs import ORIGIN_S, golden_in, run_start, sample

# what the newest schema has more than the one before it
BACK_TO_0003 = """
    DROP TABLE export_participants; DROP TABLE exports;
    DROP TABLE backup_participants; DROP TABLE backups;
    DROP TABLE withdrawals_done; DROP TABLE withdrawals; DROP TABLE stores;
    ALTER TABLE runs DROP COLUMN store;
    ALTER TABLE consents DROP COLUMN expires_utc;
    CREATE TABLE audit (id INTEGER PRIMARY KEY, utc, operator, action, detail);
    UPDATE alembic_version SET version_num = '0003';
"""


pytestmark = pytest.mark.usefixtures("each_catalog")


def alter(root: Path, script: str) -> None:
    connection = sqlite3.connect(root / "catalog.db")
    connection.executescript(script)
    connection.close()


# --- participants ----------------------------------------------------------------------------


def test_who_was_registered_is_found_again(catalog: Catalog, root: Path) -> None:
    catalog.add_participant(person("S02"), "ana")
    catalog.add_participant(replace(person("S01"), age=None, sex=None), "ana")
    with Catalog.open(root) as another:
        assert another.participant("S02") == person("S02")
        assert [p.code for p in another.participants()] == ["S01", "S02"]


def test_a_code_is_given_once(catalog: Catalog) -> None:
    catalog.add_participant(person(), "ana")
    with pytest.raises(UsageError, match="participant S01 is registered already"):
        catalog.add_participant(replace(person(), age=20), "ben")
    assert catalog.participants() == [person()]


def test_a_participant_whom_nobody_can_be_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="participant code"):
        catalog.add_participant(person("../S01"), "ana")
    with pytest.raises(UsageError, match="age 0"):
        catalog.add_participant(replace(person(), age=0), "ana")
    assert catalog.participants() == []


def test_a_name_that_nobody_has_says_where_to_look(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match=r"S09 is not registered.*femo participant list"):
        catalog.participant("S09")
    with pytest.raises(UnknownName, match="S09 is not registered"):
        catalog.edit_participant("S09", "ana", age=3)


def test_numbers_go_by_registration_and_never_move(catalog: Catalog) -> None:
    for code in ("S02", "S01", "K7"):
        catalog.add_participant(person(code), "ana")
    with pytest.raises(UsageError):
        catalog.add_participant(person("S01"), "ana")
    catalog.add_participant(person("A1"), "ana")
    catalog.edit_participant("S01", "ana", age=40)
    numbers = {code: catalog.participant_number(code) for code in ("S02", "S01", "K7", "A1")}
    assert numbers == {"S02": 1, "S01": 2, "K7": 3, "A1": 4}
    with pytest.raises(UnknownName):
        catalog.participant_number("S99")


@on_file
def test_a_catalog_from_before_there_were_numbers_gets_them(catalog: Catalog, root: Path) -> None:
    for code in ("S02", "S01"):
        catalog.add_participant(replace(person(code), registered_utc=f"2026-01-0{code[2]}"), "ana")
    catalog.close()
    alter(root, BACK_TO_0003)
    alter(
        root,
        """
        DROP INDEX ix_participants_number;
        ALTER TABLE participants DROP COLUMN number;
        ALTER TABLE runs DROP COLUMN data;
        ALTER TABLE attempts DROP COLUMN media;
        ALTER TABLE attempts DROP COLUMN exposure;
        ALTER TABLE attempts DROP COLUMN "primary";
        UPDATE alembic_version SET version_num = '0001';
        """,
    )
    with Catalog.open(root) as opened:
        assert [opened.participant_number(code) for code in ("S01", "S02")] == [1, 2]


def test_only_what_is_given_is_changed(catalog: Catalog) -> None:
    catalog.add_participant(person(), "ana")
    catalog.edit_participant("S01", "ben", age=35)
    assert catalog.participant("S01") == replace(person(), age=35)
    catalog.edit_participant("S01", "ben", sex=Sex.X, notes="")
    assert catalog.participant("S01") == replace(person(), age=35, sex=Sex.X, notes="")


def test_the_newest_consent_counts_and_the_earlier_ones_are_kept(
    catalog: Catalog, root: Path
) -> None:
    catalog.add_participant(person(), "ana")
    catalog.edit_participant("S01", "ben", scopes=frozenset({Scope.GSR}))
    now = catalog.participant("S01").consent
    assert now == Consent(frozenset({Scope.GSR}), "1", "2026-11-22T10:15:30Z")
    catalog.edit_participant("S01", "ben", scopes=frozenset())
    assert catalog.participant("S01").consent.scopes == frozenset()
    catalog.edit_participant("S01", "ben", scopes=frozenset(), form_version="1")  # no news
    history = query(root, "SELECT scopes, form_version, recorded_by FROM consents ORDER BY id")
    assert history == [("gsr,share-gsr", "1", "ana"), ("gsr", "1", "ben"), ("", "1", "ben")]


def test_an_edit_that_is_refused_changes_nothing(catalog: Catalog) -> None:
    catalog.add_participant(person(), "ana")
    with pytest.raises(UsageError, match="age 400"):
        catalog.edit_participant("S01", "ben", sex=Sex.M, age=400)
    assert catalog.participant("S01") == person()


def test_who_did_what_is_noted(catalog: Catalog, root: Path) -> None:
    catalog.add_participant(person(), "ana")
    catalog.edit_participant("S01", "ben", age=35, scopes=frozenset())
    (added, edited) = audit.read(root)
    name = audit.pseudonym(root, "S01")
    assert (added.utc, added.operator, added.action, added.participants, added.facts) == (
        *("2026-11-22T10:15:30Z", "ana", "participant_add", (name,), {}),
    )
    assert (edited.operator, edited.action, edited.participants) == (
        *("ben", "participant_edit", (name,)),
    )
    assert edited.facts["age"] == {"from": 34, "to": 35}
    assert audit.verify(root).holds


@on_file
def test_what_the_catalog_noted_before_goes_over_into_the_audit_log(root: Path) -> None:
    Catalog.open(root).close()
    alter(root, BACK_TO_0003)
    alter(
        root,
        """
        INSERT INTO participants (code, notes, registered_utc, number)
            VALUES ('S01', '', '2026-11-20T09:00:00Z', 1);
        INSERT INTO audit (utc, operator, action, detail) VALUES
            ('2026-11-20T09:00:00Z', 'ana', 'participant_add', 'S01'),
            ('2026-11-21T09:00:00Z', 'ben', 'run_data', 'S01/2026-11-20T090000/run-01: keep');
        """,
    )
    Catalog.open(root).close()
    name = audit.pseudonym(root, "S01")
    assert [(line.utc, line.operator, line.action, line.facts) for line in audit.read(root)] == [
        ("2026-11-20T09:00:00Z", "ana", "participant_add", {"detail": name}),
        (
            *("2026-11-21T09:00:00Z", "ben", "run_data"),
            {"detail": f"{name}/2026-11-20T090000/run-01: keep"},
        ),
    ]
    assert b"S01" not in (root / "audit.jsonl").read_bytes()


def test_an_expired_consent_is_none_and_says_what_it_was(root: Path) -> None:
    clock = VirtualClock()  # 2026-11-22T10:15:30Z
    with Catalog.open(root, clock) as catalog:
        for code, until in (("S01", "2026-11-21"), ("S02", "2026-11-22"), ("S03", "never")):
            agreed = replace(person().consent, expires_utc=parse_expiry(until))
            catalog.add_participant(replace(person(code), consent=agreed), "ana")
        assert [p.allows(Scope.GSR) for p in catalog.participants()] == [False, True, True]
        expired = catalog.participant("S01")
        assert expired.consent.scopes == frozenset()
        assert expired.refusal(Scope.GSR) == "consent to gsr expired on 2026-11-21"
        assert expired.refusal(Scope.TRAIN) == "no consent to train"
        # an edit of something else renews nothing
        catalog.edit_participant("S01", "ben", age=35, scopes=frozenset())
        assert len(catalog.consents("S01")) == 1
        # another date renews it, and the history keeps both
        catalog.edit_participant("S01", "ben", expires_utc=parse_expiry("2027-12-31"))
        assert catalog.participant("S01").allows(Scope.GSR)
        kept = [entry.consent.expires_utc for entry in catalog.consents("S01")]
        assert kept == ["2026-11-21T23:59:59Z", "2027-12-31T23:59:59Z"]
        catalog.edit_participant("S01", "ben", expires_utc=None)
        assert catalog.participant("S01").consent.expires_utc is None


def test_what_is_no_date_is_no_expiry() -> None:
    assert parse_expiry(" Never ") is None
    with pytest.raises(UsageError, match=r"expiry '31\.12\.2027': give the last day"):
        parse_expiry("31.12.2027")


def test_a_correction_of_age_or_sex_is_told_by_sealed_runs(catalog: Catalog, root: Path) -> None:
    catalog.add_participant(person(), "ana")
    run_dir = golden_in(root)
    recorded = (run_dir / "run.jsonl").read_bytes()
    catalog.edit_participant("S01", "ben", age=43)
    catalog.edit_participant("S01", "ben", age=43)  # nothing new
    snapshot = RunReader(run_dir).poll()
    assert snapshot.start is not None
    assert (snapshot.start.age, snapshot.start.sex) == (43, "F")
    told = [(a.about, a.decided, a.operator, a.reason) for a in snapshot.amendments]
    assert told == [("age", "43", "ben", "corrected, was 34")]
    assert (run_dir / "run.jsonl").read_bytes() == recorded
    assert verify_run(run_dir) == []


def test_what_was_given_out_and_backed_up_is_known(catalog: Catalog) -> None:
    export = Export(
        *("2026-11-22T10:15:30Z", "ana", "films.tar.age", "0" * 64, "full"),
        recipients=("age1aaa", "age1bbb"),
        note="the lab in Colima",
        participants=("S01", "S02"),
    )
    backup = Backup("2026-11-22T10:15:30Z", "ana", "/mnt/disk", "b-01", ("S02",))
    catalog.note_export(export)
    catalog.note_backup(backup)
    assert (catalog.exports(), catalog.backups()) == ([export], [backup])
    assert (catalog.exports("S01"), catalog.backups("S01")) == ([export], [])


# --- runs ------------------------------------------------------------------------------------


GOLDEN_ROW = RunRow(
    participant="S01",
    session="2026-11-22T101530",
    run="run-01",
    run_dir="sessions/S01/2026-11-22T101530/run-01",
    protocol="golden",
    started_utc="2026-11-22T10:15:30Z",
    duration_s=8.1,
    status="complete",
    windows_accepted=2,
    windows_planned=2,
    gsr_samples=40,
    frames=16,
    simulated=True,
)


def test_a_run_is_entered_as_its_folder_tells_it(catalog: Catalog, root: Path) -> None:
    catalog.add_participant(person(), "ana")
    catalog.index_run(golden_in(root))
    assert catalog.runs() == [GOLDEN_ROW]
    assert catalog.runs("S01") == [GOLDEN_ROW]
    assert catalog.runs("S02") == []
    assert query(root, "SELECT step, gsr_samples, gsr_valid, verdict FROM attempts") == [
        ("happy", 10, 9, "accepted"),
        ("neutral-face", 9, 9, "accepted_with_reason"),
    ]
    assert query(root, "SELECT about, scale, value, source FROM ratings") == [
        ("happy", "happy", 7, "participant")
    ]


def test_entering_a_run_again_changes_nothing(catalog: Catalog, root: Path) -> None:
    run_dir = golden_in(root)
    catalog.index_run(run_dir)
    before = query(root, "SELECT * FROM runs")
    catalog.index_run(run_dir)
    catalog.index_run(run_dir)
    assert query(root, "SELECT * FROM runs") == before
    assert query(root, "SELECT (SELECT count(*) FROM attempts), (SELECT count(*) FROM ratings)"
                       ", (SELECT count(*) FROM sessions)") == [(2, 1, 1)]  # fmt: skip


def test_a_run_is_brought_up_to_date(catalog: Catalog, root: Path) -> None:
    run_dir = root / "sessions" / "S01" / "2026-11-22T101530" / "run-01"
    run_dir.mkdir(parents=True)
    writer = RunWriter(run_dir, ORIGIN_S)
    writer.event(run_start())
    catalog.index_run(run_dir)
    (row,) = catalog.runs()
    assert (row.status, row.gsr_samples, row.windows_planned) == ("arming", 0, 1)
    writer.sample(sample(3.0))
    writer.close()
    catalog.index_run(run_dir)
    (row,) = catalog.runs()
    assert (row.status, row.gsr_samples, row.duration_s) == ("lost", 1, 3.0)


@pytest.mark.parametrize(
    ("attempts", "status", "undecided"),
    [
        ([("failed", "auto", "complete")], RunStatus.COMPLETE, 1),
        ([("failed", "auto", "complete"), ("accepted", "auto", "complete")], RunStatus.COMPLETE, 0),
        ([("redo", "ana", "complete"), ("failed", "auto", "complete")], RunStatus.COMPLETE, 1),
        ([("failed", "ana", "complete")], RunStatus.COMPLETE, 0),
        ([("failed", "auto", "skipped")], RunStatus.COMPLETE, 0),  # whoever skipped was told
        ([("failed", "auto", "complete")], RunStatus.ABORTED, 0),
        ([("accepted", "auto", "complete")], RunStatus.COMPLETE, 0),
    ],
)
def test_a_window_that_the_rules_failed_is_undecided_until_somebody_has_judged_it(
    catalog: Catalog,
    root: Path,
    attempts: list[tuple[str, str, str]],
    status: RunStatus,
    undecided: int,
) -> None:
    run_dir = root / "sessions" / "S01" / "2026-11-22T101530" / "run-01"
    run_dir.mkdir(parents=True)
    writer = RunWriter(run_dir, ORIGIN_S)
    writer.event(run_start())
    for number, (verdict, by, reason) in enumerate(attempts, start=1):
        writer.event(WindowStart(number, "happy", number, "Happy_A", None, 0.0))
        writer.event(WindowStop(number + 0.5, "happy", number, "Happy_A", reason))
        writer.event(Verdict(number + 0.6, "happy", number, "Happy_A", verdict, by, "", {}))
    writer.event(RunStop(9.0, status, "", "2026-11-22T10:15:39Z", {}))
    writer.seal()
    catalog.index_run(run_dir)
    name = "sessions/S01/2026-11-22T101530/run-01"
    assert catalog.undecided_windows() == ({name: undecided} if undecided else {})
    if undecided:
        judge_window(*(run_dir, "happy", len(attempts), "failed", "ana", "a yawn"), VirtualClock())
        catalog.index_run(run_dir)
        assert catalog.undecided_windows() == {}


def test_a_run_brings_along_a_participant_who_is_not_known(catalog: Catalog, root: Path) -> None:
    catalog.index_run(golden_in(root))
    found = catalog.participant("S01")
    assert (found.age, found.sex, found.notes) == (34, Sex.F, "")
    assert found.consent.scopes == frozenset({Scope.GSR, Scope.FACE, Scope.KEEP})


def test_a_run_never_changes_a_participant_who_is_known(catalog: Catalog, root: Path) -> None:
    catalog.add_participant(replace(person(), age=60), "ana")
    catalog.index_run(golden_in(root))
    assert catalog.participant("S01") == replace(person(), age=60)


def test_a_folder_without_a_run_start_is_not_entered(catalog: Catalog, root: Path) -> None:
    with pytest.raises(StoreError, match=r"run\.jsonl: no run_start"):
        catalog.index_run(root)
    assert catalog.runs() == []


def test_runs_are_built_anew_from_their_folders(catalog: Catalog, root: Path) -> None:
    run_dir = golden_in(root)
    gone = run_dir.with_name("run-02")
    shutil.copytree(run_dir, gone)
    empty = run_dir.with_name("run-03")
    empty.mkdir()
    assert (catalog.reindex().runs, len(catalog.runs())) == (2, 2)
    shutil.rmtree(gone)
    done = catalog.reindex()
    assert (done.runs, done.removed) == (1, 1)
    assert [problem.split(": ")[1] for problem in done.problems] == [
        "no run_start, so it is no run to enter; restore the folder from a backup, or remove it"
    ]
    assert catalog.runs() == [GOLDEN_ROW]


def test_a_lost_catalog_comes_back_from_the_folders(root: Path) -> None:
    golden_in(root)
    with Catalog.open(root) as catalog:
        catalog.reindex()
        assert catalog.runs() == [GOLDEN_ROW]
