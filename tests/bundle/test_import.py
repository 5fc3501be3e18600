"""What an import makes of a bundle: runs that verify, people, their consent, conflicts named."""

from __future__ import annotations

import grp
import gzip
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from femo_tui.bundle.incoming.conflicts import ImportConflict
from femo_tui.bundle.incoming.importing import ImportRequest, ImportResult, import_bundle
from femo_tui.bundle.incoming.merging import settle_imports
from femo_tui.bundle.incoming.staging import one_import
from femo_tui.bundle.incoming.verifying import Trust, verify_bundle
from femo_tui.bundle.keys import new_keys
from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.selection import ExportRequest
from femo_tui.errors import BundleError, Cancelled, StoreError, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.progress import Progress
from femo_tui.stats.figures_cache import CACHE
from femo_tui.store import audit
from femo_tui.store.catalog import Catalog
from femo_tui.store.imported import IMPORTED, bundles_with, imported_bundles
from femo_tui.store.judging import judge_window
from femo_tui.store.layout import iter_runs
from femo_tui.store.reassign import reassign
from femo_tui.store.run_reader import RunReader
from femo_tui.store.sharing import keep_sharing
from femo_tui.store.verify import verify_run
from femo_tui.store.withdrawal import withdraw
from femo_tui.store.withdrawn import WithdrawnPerson, write_withdrawn
from tests.support.bags import bagged, golden_bundle, payload, tarred
from tests.support.killed import killed_after
from tests.support.opened import check_bag, check_bids, check_sums, unpack
from tests.support.shared_store import Lab

PLAIN = ExportRequest(encrypt=False)
GOLDEN_RUN = "sessions/S01/2026-11-22T101530/run-01"


def taken(root: Path, path: Path, **request: object) -> ImportResult:
    return import_bundle(root, ImportRequest(path, **request), "ben")  # type: ignore[arg-type]


def told(path: Path) -> list[list[bytes]]:
    """Return the rows of a file without what is told of the time that was cut out.

    The second lab sees a gap there, and figures of the windows beside it look beyond their ends.
    """
    content = path.read_bytes()
    if path.name.endswith(".gz"):
        content = gzip.decompress(content).replace(b"\tleft_out\n", b"\tgap\n")
    rows = [line.split(b"\t") for line in content.splitlines()]
    if path.name == "windows.tsv":
        beyond = {rows[0].index(n) for n in (b"clean_share", b"responses", b"response_us")}
        rows = [[cell for i, cell in enumerate(row) if i not in beyond] for row in rows]
    return rows


def with_study(lab: Lab, root: Path) -> Path:
    """Return an empty store with the study of another."""
    root.mkdir()
    shutil.copy(lab.root / "study.toml", root)
    return root


def register(root: Path, code: str, age: int | None = 34, sex: Sex | None = Sex.F) -> None:
    consent = Consent(frozenset(Scope), "1", "2026-01-01T00:00:00Z")
    with Catalog.open(root) as catalog:
        catalog.add_participant(Participant(code, age, sex, "", consent, consent.given_utc), "ana")


@pytest.mark.parametrize("level", [Level.FULL, Level.NO_FACES])
def test_a_round_trip_gives_the_same_bundle_again(lab: Lab, tmp_path: Path, level: Level) -> None:
    """Two sessions, a lost run, faces or GSR not shared: into an empty store, and out again."""
    request = replace(PLAIN, level=level)
    first = export(lab.root, tmp_path / "first.tar", request, "ana").path
    assert verify_bundle(first).faults == ()
    other = with_study(lab, tmp_path / "other")
    done = taken(other, first)
    assert len(done.runs) == len(list(iter_runs(other))) > 3
    assert [fault for run in iter_runs(other) for fault in verify_run(run)] == []
    assert len((other / CACHE).read_bytes().splitlines()) == len(done.runs)  # results wait for none
    again = export(other, tmp_path / "again.tar", request, "ben").path
    top, before = unpack(again, tmp_path / "again"), unpack(first, tmp_path / "first")
    check_sums(top)
    check_bag(top)
    if level is Level.FULL:
        check_bids(top)
    names = {p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_file()}
    assert names == {p.relative_to(before).as_posix() for p in before.rglob("*") if p.is_file()}
    differ = {n for n in names if told(top / n) != told(before / n)}
    # what stayed in the first lab is not known to the second
    assert differ <= {
        *("bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"),
        *(f"data/derivatives/femo/{name}" for name in ("left_out.tsv", "methods.md")),
        *(f"data/derivatives/femo/results.{form}" for form in ("txt", "json")),
    }


def test_nothing_is_doubled_and_more_is_added(lab: Lab, tmp_path: Path) -> None:
    """First one session of two people, then all: who has a run here is known to be the same."""
    few = replace(PLAIN, participants=("S01", "S05"), level=Level.NO_FACES)
    other = with_study(lab, tmp_path / "other")
    one = taken(other, export(lab.root, tmp_path / "few.tar", few, "ana").path)
    every = export(lab.root, tmp_path / "all.tar", PLAIN, "ana").path
    done = taken(other, every)
    assert done.known_runs == one.runs
    assert not set(done.runs) & set(one.runs)
    assert set(done.registered) == {"S02", "S03", "S06"}
    assert len(list(iter_runs(other))) == len(one.runs) + len(done.runs)
    third = taken(other, every)
    assert (third.runs, third.registered) == ((), ())
    assert len(imported_bundles(other)) == 2


def test_a_lab_knows_its_own_runs_again(lab: Lab, tmp_path: Path) -> None:
    """Dates are shifted and attempts left out, and still nothing is doubled."""
    own = tmp_path / "own"
    shutil.copytree(lab.root, own)
    before = len(list(iter_runs(own)))
    done = taken(own, export(lab.root, tmp_path / "all.tar", PLAIN, "ana").path)
    assert (done.runs, done.registered) == ((), ())
    assert set(done.known_runs) <= {run.relative_to(own).as_posix() for run in iter_runs(own)}
    assert len(list(iter_runs(own))) == before


def test_people_come_with_their_consent_and_runs_with_their_origin(
    lab: Lab, tmp_path: Path
) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    request = ExportRequest(recipients=(keys.recipient,), sign_with=keys.signing_file)
    path = export(lab.root, tmp_path / "all.tar.age", request, "ana").path
    other = tmp_path / "other"
    done = taken(other, path, identities=(keys.identity_file,), trusted={"our lab": keys.signer})
    assert done.report.trust is Trust.TRUSTED
    assert done.report.trusted_as == "our lab"
    with Catalog.open(other) as catalog:
        here = {person.code: person for person in catalog.participants()}
        numbers = sorted(catalog.participant_number(code) for code in here)
    assert numbers == list(range(1, len(here) + 1))
    assert not here["S02"].allows(Scope.SHARE_FACE)
    assert here["S02"].allows(Scope.SHARE_GSR)
    assert not here["S03"].allows(Scope.SHARE_GSR)
    assert here["S01"].notes == ""
    origin = json.loads((other / done.runs[0] / "origin.json").read_text())
    assert origin["bundle_sha256"] == done.sha256
    assert origin["signer"] == keys.signer
    assert (origin["session"], origin["run"]) == ("ses-01", "run-01")
    kept = done.kept / "bundle.tar.age"
    assert kept.read_bytes() == path.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o400
    (known,) = imported_bundles(other)
    assert (known.sha256, known.signer, known.operator) == (done.sha256, keys.signer, "ben")
    assert known.holds("S03")
    assert not known.holds("S04")


def test_statistics_are_kept_and_nothing_is_merged(lab: Lab, tmp_path: Path) -> None:
    request = replace(PLAIN, level=Level.STATISTICS)
    path = export(lab.root, tmp_path / "figures.tar", request, "ana").path
    other = tmp_path / "other"
    done = taken(other, path)
    assert done.runs == ()
    assert "there are no runs to take in" in "; ".join(done.notes)
    assert (done.kept / "bundle.tar").read_bytes() == path.read_bytes()
    with Catalog.open(other) as catalog:
        assert catalog.participants() == []


def test_the_run_that_a_person_chose_is_chosen_here_too(own_lab: Lab, tmp_path: Path) -> None:
    from femo_tui.store.amendments import amend

    amend(
        own_lab.runs["lost"], {"utc": "", "operator": "ana", "amends": "primary", "primary": True}
    )
    path = export(own_lab.root, tmp_path / "all.tar", PLAIN, "ana").path
    other = tmp_path / "other"
    taken(other, path)
    chosen = {
        run.parent.name: [a.amends for a in RunReader(run).poll().amendments]
        for run in iter_runs(other)
        if run.parts[-3] == "S01"
    }
    assert sorted(chosen.values()) == [[], ["primary"]]


def test_an_imported_run_can_be_judged_and_given_on(tmp_path: Path) -> None:
    root = tmp_path / "store"
    taken(root, golden_bundle(tmp_path))
    judge_window(root / GOLDEN_RUN, "happy", 1, "failed", "ben", "a blanket", VirtualClock())
    assert RunReader(root / GOLDEN_RUN).poll().windows[0].verdict == "failed"
    assert verify_run(root / GOLDEN_RUN) == []


def _other_sex(root: Path) -> None:
    register(root, "S01", sex=Sex.M)


def _other_age(root: Path) -> None:
    register(root, "S01", age=50)


def _withdrawn(root: Path) -> None:
    root.mkdir()
    write_withdrawn(root, WithdrawnPerson("w-12345678", "S01", 1, "2026-11-22T00:00:00Z", "ana"))


CONFLICTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "another sex": (_other_sex, "S01 of the bundle is not S01 of this store (sex F there, M here)"),
    "another age": (_other_age, "S01 of the bundle is not S01 of this store (age 34 there, 50 her"),
    "nothing tells": (lambda root: register(root, "S01"), "say --as-code S01=S01"),
    "withdrawn": (_withdrawn, "S01 withdrew from this store, and nothing of theirs comes back"),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_code_that_is_taken_is_a_conflict(name: str, tmp_path: Path) -> None:
    prepare, said = CONFLICTS[name]
    root = tmp_path / "store"
    prepare(root)
    path = golden_bundle(tmp_path)
    before = sorted(root.rglob("*"))
    with pytest.raises(ImportConflict) as refused:
        taken(root, path)
    assert said in str(refused.value)
    assert [one.participant for one in refused.value.conflicts] == ["S01"]
    assert [p for p in sorted(root.rglob("*")) if "catalog.db" not in p.name] == [
        p for p in before if "catalog.db" not in p.name
    ]
    done = taken(root, path, as_code={"S01": "X01"})
    assert done.runs == ("sessions/X01/2026-11-22T101530/run-01",)
    run_dir = root / done.runs[0]
    assert verify_run(run_dir) == []
    assert b"S01" not in b"".join(p.read_bytes() for p in run_dir.rglob("*") if p.is_file())


def test_the_same_person_is_taken_on_somebodys_word(tmp_path: Path) -> None:
    root = tmp_path / "store"
    register(root, "S01")
    done = taken(root, golden_bundle(tmp_path), as_code={"S01": "S01"})
    assert done.registered == ()
    assert done.runs == (GOLDEN_RUN,)
    again = taken(root, golden_bundle(tmp_path))  # a run of theirs is here now
    assert again.known_runs == (GOLDEN_RUN,)


def test_another_run_of_the_same_session_gets_a_free_number(tmp_path: Path) -> None:
    root = tmp_path / "store"
    taken(root, golden_bundle(tmp_path))
    files = payload()
    changed = {
        name: content.replace(b"2.000000,", b"2.000001,").replace(b'"t_s":2.0,', b'"t_s":2.000001,')
        for name, content in files.items()
        if name.endswith((".jsonl", "gsr.csv"))
    }
    path = tmp_path / "other.tar"
    path.write_bytes(tarred(bagged({**files, **changed})))
    done = taken(root, path, as_code={"S01": "S01"})
    assert done.runs == (GOLDEN_RUN.replace("run-01", "run-02"),)
    assert verify_run(root / done.runs[0]) == []
    start = RunReader(root / done.runs[0]).poll().start
    assert start is not None
    assert start.run == "run-02"


@pytest.mark.parametrize(
    ("as_code", "said"),
    [
        ({"S09": "X01"}, "the bundle has no runs of S09"),
        ({"S01": "x 1"}, "participant code 'x 1'"),
    ],
)
def test_codes_that_cannot_be_are_refused(
    tmp_path: Path, as_code: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        taken(tmp_path / "store", golden_bundle(tmp_path), as_code=as_code)
    assert not (tmp_path / "store").exists()


def test_two_people_never_get_one_code(lab: Lab, tmp_path: Path) -> None:
    path = export(lab.root, tmp_path / "all.tar", PLAIN, "ana").path
    with pytest.raises(UsageError, match="would both be S02"):
        taken(tmp_path / "store", path, as_code={"S01": "S02"})


def test_a_signer_who_was_asked_for_must_have_signed(lab: Lab, tmp_path: Path) -> None:
    ours, theirs = new_keys("ours", tmp_path), new_keys("theirs", tmp_path)
    unsigned = export(lab.root, tmp_path / "unsigned.tar", PLAIN, "ana").path
    request = replace(PLAIN, sign_with=theirs.signing_file)
    signed = export(lab.root, tmp_path / "signed.tar", request, "ana").path
    assert verify_bundle(unsigned).trust is Trust.NONE
    assert verify_bundle(signed).trust is Trust.UNKNOWN
    assert verify_bundle(signed, signer=theirs.signer).holds
    for path, said in ((unsigned, "missing, so nothing tells"), (signed, f"not by {ours.signer}")):
        assert said in "; ".join(verify_bundle(path, signer=ours.signer).faults)
        with pytest.raises(BundleError, match=r"is refused: signature\.json"):
            taken(tmp_path / "store", path, signer=ours.signer)


def test_what_is_encrypted_for_others_is_said_to_be(lab: Lab, tmp_path: Path) -> None:
    theirs, ours = new_keys("theirs", tmp_path), new_keys("ours", tmp_path)
    request = ExportRequest(recipients=(theirs.recipient,))
    path = export(lab.root, tmp_path / "all.tar.age", request, "ana").path
    with pytest.raises(BundleError, match="you have no keys"):
        taken(tmp_path / "store", path)
    with pytest.raises(BundleError, match="cannot be decrypted"):
        taken(tmp_path / "store", path, identities=(ours.identity_file,))
    cut = tmp_path / "cut.age"
    cut.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(BundleError, match=r"is refused: .*cut short"):
        taken(tmp_path / "store", cut, identities=(theirs.identity_file,))
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("unit", ["bytes", "runs"])
def test_who_wants_it_no_more_leaves_nothing(tmp_path: Path, unit: str) -> None:
    def stop(progress: Progress) -> None:
        if progress.unit == unit:
            raise Cancelled("enough")

    root = tmp_path / "store"
    with pytest.raises(Cancelled):
        import_bundle(root, ImportRequest(golden_bundle(tmp_path)), "ben", stop)
    assert not root.exists()


def test_two_imports_do_not_meet(tmp_path: Path) -> None:
    root = tmp_path / "store"
    root.mkdir()
    with one_import(root):
        with pytest.raises(StoreError, match="another import is at work"):
            taken(root, golden_bundle(tmp_path))
        assert settle_imports(root) == ()
    assert taken(root, golden_bundle(tmp_path)).runs


def test_everything_is_private_whatever_the_umask(tmp_path: Path) -> None:
    root = tmp_path / "store"
    before = os.umask(0)
    try:
        taken(root, golden_bundle(tmp_path))
    finally:
        os.umask(before)
    for path in [root, *root.rglob("*")]:
        mode = path.stat().st_mode & 0o777
        if not path.name.startswith("catalog.db-"):
            assert mode in ((0o700,) if path.is_dir() else (0o600, 0o400)), path


def test_in_a_shared_store_it_is_the_groups(tmp_path: Path) -> None:
    root = tmp_path / "store"
    root.mkdir()
    group = grp.getgrgid(os.getgid()).gr_name
    (root / "study.toml").write_text(f'protocol = "golden"\nshared_group = "{group}"\n', "utf-8")
    keep_sharing(root)
    taken(root, golden_bundle(tmp_path))
    for path in [root, *root.rglob("*")]:
        mode = path.stat().st_mode & 0o7777
        if not path.name.startswith("catalog.db-"):
            assert mode in ((0o2770,) if path.is_dir() else (0o660, 0o440)), path


def test_it_is_in_the_audit_log(tmp_path: Path) -> None:
    root = tmp_path / "store"
    done = taken(root, golden_bundle(tmp_path))
    (line,) = [line for line in audit.read(root) if line.action == "import"]
    assert line.facts["bundle"] == done.bundle_id
    assert line.operator == "ben"
    assert line.participants == (audit.pseudonym(root, "S01"),)
    assert audit.verify(root).holds


def test_of_who_withdrew_meanwhile_nothing_comes_in(tmp_path: Path) -> None:
    """The import was killed behind its journal, and the person withdrew before the next start."""
    path, root = golden_bundle(tmp_path), tmp_path / "store"
    register(root, "S07")
    for steps in range(0, 400, 5):
        assert killed_after(steps, partial(taken, root, path))
        if list(root.glob(f"{IMPORTED}/.*/merge.json")):
            break
        settle_imports(root)
    write_withdrawn(root, WithdrawnPerson("w-12345678", "S01", 2, "2026-11-22T00:00:00Z", "ana"))
    assert settle_imports(root)
    assert list(iter_runs(root)) == []
    assert not list(root.glob(f"{IMPORTED}/*"))


def test_a_withdrawal_takes_the_original_along_also_under_another_code(tmp_path: Path) -> None:
    """The run was reassigned after it was imported: its folder tells where it came from."""
    root = tmp_path / "store"
    done = taken(root, golden_bundle(tmp_path))
    register(root, "S08")
    with Catalog.open(root) as catalog:
        reassign(catalog, root / GOLDEN_RUN, "S08", "ben", VirtualClock())
        assert bundles_with(root, "S08") == imported_bundles(root)
        withdraw(catalog, "S08", (), "ben", VirtualClock())
    assert not (done.kept / "bundle.tar").exists()


def test_an_import_killed_anywhere_leaves_a_valid_store(tmp_path: Path) -> None:
    """Killed at a step on files: the next start finishes it, or nothing of it is left."""
    path = golden_bundle(tmp_path)
    finished, removed = 0, 0
    for steps in range(0, 10_000, 7):
        root = tmp_path / f"store-{steps}"
        register(root, "S07")
        died = killed_after(steps, partial(taken, root, path))
        said = settle_imports(root)
        assert not list(root.glob(f"{IMPORTED}/.*")), steps
        runs = [run.relative_to(root).as_posix() for run in iter_runs(root)]
        with Catalog.open(root) as catalog:
            assert [row.run_dir for row in catalog.runs()] == runs
            codes = [person.code for person in catalog.participants()]
        assert audit.verify(root).holds
        if runs:
            assert codes == ["S01", "S07"]
            assert verify_run(root / runs[0]) == []
            assert len(imported_bundles(root)) == 1
            finished += bool(said)
        else:
            assert codes == ["S07"]
            assert imported_bundles(root) == ()
            assert taken(root, path).runs == (GOLDEN_RUN,)
            removed += 1
        shutil.rmtree(root)
        if not died:
            break
    assert finished > 2
    assert removed > 10
