"""A run that was recorded under a wrong code goes to its participant, with a trace."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from femo_tui.errors import UnknownName, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.events import Facts
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.store import audit
from femo_tui.store.amendments import amend, read_amendments
from femo_tui.store.catalog import Catalog
from femo_tui.store.layout import LOCK
from femo_tui.store.lock import HeldLock
from femo_tui.store.reassign import Reassigned, reassign
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_start import read_run_start
from femo_tui.store.tombstone import Tombstone, bury
from femo_tui.store.verify import verify_run
from tests.support.catalogs import kills
from tests.support.killed import killed_after
from tests.support.runs import golden_in, lose

WRONG, RIGHT = "S01", "S08"
SESSION = "2026-11-22T101530"

pytestmark = pytest.mark.usefixtures("each_catalog")


def person(code: str, scopes: frozenset[Scope] = frozenset(Scope)) -> Participant:
    consent = Consent(scopes, "2", "2026-11-20T09:00:00Z", "2027-12-31T23:59:59Z")
    return Participant(code, 51, Sex.M, "", consent, "2026-11-20T09:00:00Z")


def make_store(root: Path) -> Path:
    """Make a store with a run of S01 that is really of S08; return the run."""
    with Catalog.open(root, VirtualClock()) as catalog:
        for code in (WRONG, RIGHT):
            catalog.add_participant(person(code), "ana")
        run_dir = golden_in(root, WRONG)
        for path in run_dir.rglob("*"):
            path.chmod(0o700)
        (run_dir / "recorder.json").write_text(json.dumps({"what": f"the recording of {WRONG}"}))
        (run_dir / "recorder.log").write_text(f"recording {WRONG}\n")
        (run_dir / LOCK).write_text(json.dumps({"what": f"the recording of {WRONG}"}))
        start, _, rest = (run_dir / "run.jsonl").read_text("utf-8").partition("\n")
        told = json.loads(start)
        told["protocol"]["arranged"] = {"participant": WRONG, "number": 1, "seed": 7, "row": 2}
        note = {"t_s": 1.0, "event": "marker", "text": f"is this {WRONG}?", "operator": "ana"}
        lines = [json.dumps(told), json.dumps(note), rest]
        (run_dir / "run.jsonl").write_text("\n".join(lines), "utf-8")
        from femo_tui.store.seal import seal_run

        seal_run(run_dir)
        facts: Facts = {"utc": "2026-11-22T11:00:00Z", "operator": "ana", "amends": "verdict"}
        why = f"{WRONG} spoke"
        about: Facts = {"step": "happy", "attempt": 1, "class": "Happy_S", "verdict": "failed"}
        amend(run_dir, {**facts, **about, "reason": why})
        catalog.index_run(run_dir)
    return run_dir


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def run_dir(root: Path) -> Path:
    return make_store(root)


@pytest.fixture
def catalog(root: Path, run_dir: Path) -> Iterator[Catalog]:
    assert run_dir.is_dir()
    with Catalog.open(root, VirtualClock()) as catalog:
        yield catalog


def move(catalog: Catalog, run_dir: Path) -> Reassigned:
    return reassign(catalog, run_dir, RIGHT, "ben", VirtualClock(), reason=f"not {WRONG}")


def check_moved(root: Path) -> None:
    """Check all that has to hold once the run is S08's."""
    run_dir = root / "sessions" / RIGHT / SESSION / "run-01"
    assert verify_run(run_dir) == []
    assert not (root / "sessions" / WRONG).exists()
    for path in run_dir.rglob("*"):
        assert WRONG not in path.name
        assert path.is_dir() or WRONG.encode() not in path.read_bytes(), path
    with Catalog.open(root, VirtualClock()) as catalog:
        assert [row.run_dir for row in catalog.runs()] == [f"sessions/{RIGHT}/{SESSION}/run-01"]
    assert not [path for path in (root / "pending").iterdir() if path.name != "lock"]
    moved = [line for line in audit.read(root) if line.action == "reassign"]
    assert [line.participants for line in moved] == [
        (audit.pseudonym(root, WRONG), audit.pseudonym(root, RIGHT))
    ]
    assert audit.verify(root).holds
    assert WRONG not in (root / "audit.jsonl").read_text()


def test_nothing_in_the_run_names_the_wrong_participant_any_more(
    catalog: Catalog, run_dir: Path, root: Path
) -> None:
    done = move(catalog, run_dir)
    assert done == Reassigned(root / "sessions" / RIGHT / SESSION / "run-01", ())
    check_moved(root)


def test_the_run_tells_age_sex_and_consent_of_its_participant(
    catalog: Catalog, run_dir: Path
) -> None:
    start = read_run_start(move(catalog, run_dir).run_dir)
    assert start is not None
    assert (start.participant, start.age, start.sex) == (RIGHT, 51, "M")
    assert start.consent == {
        "scopes": sorted(scope.value for scope in Scope),
        "form_version": "2",
        "given_utc": "2026-11-20T09:00:00Z",
        "expires_utc": "2027-12-31T23:59:59Z",
    }
    # drawn for somebody else: what was drawn is a fact of the run, for whom it is not
    assert start.protocol["arranged"] == {"participant": "", "number": 1, "seed": 7, "row": 2}


def test_an_amendment_tells_of_it_after_those_that_were_there(
    catalog: Catalog, run_dir: Path
) -> None:
    now = move(catalog, run_dir).run_dir
    first, second = read_amendments(now)
    assert (first["amends"], first["reason"]) == ("verdict", f"{RIGHT} spoke")
    assert (second["amends"], second["participant"], second["operator"]) == (
        *("participant", RIGHT, "ben"),
    )
    happy = next(w for w in RunReader(now).poll().windows if w.step == "happy")
    assert (happy.verdict, happy.amended) == ("failed", True)


def test_what_the_right_participant_did_not_consent_to_is_told(root: Path, run_dir: Path) -> None:
    with Catalog.open(root, VirtualClock()) as catalog:
        catalog.add_participant(person("S09", frozenset({Scope.GSR})), "ana")
        done = reassign(catalog, run_dir, "S09", "ben", VirtualClock())
    assert done.lacking == (Scope.FACE,)


def test_a_session_of_the_right_participant_gets_another_run(
    catalog: Catalog, run_dir: Path, root: Path
) -> None:
    (root / "sessions" / RIGHT / SESSION / "run-03").mkdir(parents=True)
    moved = move(catalog, run_dir).run_dir
    start = read_run_start(moved)
    assert start is not None
    assert (moved.name, start.run, start.session) == ("run-04", "run-04", SESSION)


def test_a_run_that_cannot_be_moved_is_left_as_it_is(
    catalog: Catalog, run_dir: Path, root: Path
) -> None:
    with pytest.raises(UsageError, match="this run is S01's already"):
        reassign(catalog, run_dir, WRONG, "ben", VirtualClock())
    with pytest.raises(UnknownName, match="S77 is not registered"):
        reassign(catalog, run_dir, "S77", "ben", VirtualClock())
    recorded = root / "sessions" / WRONG / SESSION / "run-02"
    shutil.copytree(run_dir, recorded)
    lose(recorded, 5.0)
    with pytest.raises(UsageError, match="this run is lost; close it with `femo recover"):
        move(catalog, recorded)
    with (
        HeldLock.acquire(recorded / LOCK, {"operator": "ana"}),
        pytest.raises(UsageError, match="this run is running; end it first"),
    ):
        move(catalog, recorded)
    tombstone = Tombstone("run-02", SESSION, WRONG, "golden", "2026-11-22T12:00:00Z", "ana", "")
    bury(recorded, tombstone)
    with pytest.raises(UsageError, match="discarded; nothing of it is left to move"):
        move(catalog, recorded)
    assert verify_run(run_dir) == []


@kills(range(0, 100, 8))
def test_a_move_that_was_killed_is_finished_at_the_next_start(tmp_path: Path, steps: int) -> None:
    root = tmp_path / "store"
    run_dir = make_store(root)

    def work() -> None:
        with Catalog.open(root, VirtualClock()) as catalog:
            move(catalog, run_dir)

    killed_after(steps, work)
    Catalog.open(root, VirtualClock()).close()
    if not (root / "sessions" / WRONG).exists():
        check_moved(root)
    else:  # before it was decided: nothing was done
        assert verify_run(run_dir) == []
        assert (root / "sessions" / RIGHT).exists() is False
