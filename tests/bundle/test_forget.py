"""Who withdrew comes back from no backup, and is taken out of all of them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from femo_tui.bundle.backup import forget
from femo_tui.bundle.backup.check import check_backup, list_snapshots
from femo_tui.bundle.backup.forget import forget_withdrawn
from femo_tui.bundle.backup.making import back_up
from femo_tui.bundle.backup.place import BackupPlace
from femo_tui.bundle.backup.restore import restore
from femo_tui.bundle.keys import Keys
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Scope
from femo_tui.store.catalog import Catalog
from femo_tui.store.withdrawal import withdraw
from tests.support.shared_store import Lab, hashes, make_lab

CLOCK = VirtualClock()


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A store of our own: a backup writes itself into it."""
    return make_lab(tmp_path / "lab")


def take_back(lab: Lab, code: str, *scopes: Scope) -> str:
    """Take consent back; return the tombstone's id, empty where it was taken back in part."""
    with Catalog.open(lab.root) as catalog:
        return withdraw(catalog, code, scopes, "ada", CLOCK).id


def test_who_withdrew_after_a_backup_is_named_and_not_brought_back(
    lab: Lab, there: Path, tmp_path: Path
) -> None:
    first = back_up(lab.root, there, "ada")
    take_back(lab, "S05")
    back_up(lab.root, there, "ada")
    back = restore(there, tmp_path / "new", "ada", snapshot_id=first.snapshot_id)
    assert back.withdrawn == ("S05",)
    assert back.problems == ()
    assert not (tmp_path / "new/sessions/S05").exists()
    assert (tmp_path / "new/sessions/S06").is_dir()
    with Catalog.open(tmp_path / "new") as catalog:
        assert "S05" not in {person.code for person in catalog.participants()}


@pytest.mark.parametrize("encrypted", [False, True])
def test_who_withdrew_is_forgotten_in_every_backup(
    lab: Lab, there: Path, tmp_path: Path, keys: Keys, *, encrypted: bool
) -> None:
    identities = [keys.identity_file] if encrypted else []
    held = hashes(lab.root).items()
    theirs = {sha256 for path, sha256 in held if path.startswith("sessions/S05/")}
    theirs -= {sha256 for path, sha256 in held if not path.startswith("sessions/S05/")}
    assert len(theirs) > 3
    first = back_up(
        lab.root, there, "ada", recipients=[keys.recipient] if encrypted else []
    ).snapshot_id
    # once more, with a run of theirs that lies under somebody else's code by mistake
    wrong = lab.root / "sessions/S06/2026-11-24T101530/run-01"
    subprocess.run(["mkdir", "-p", str(wrong.parent)], check=True)
    subprocess.run(["cp", "-a", str(lab.runs["S05"]), str(wrong)], check=True)
    second = back_up(lab.root, there, "ada").snapshot_id
    shutil.rmtree(wrong)
    gone = take_back(lab, "S05")
    with Catalog.open(lab.root) as catalog:
        assert [backup.backup_id for backup in catalog.backups(gone)] == [first, second]
    done = forget_withdrawn(lab.root, there, "ada", identities=identities)
    assert (done.people, done.runs, done.snapshots) == ((gone,), (), (first, second))
    with Catalog.open(lab.root) as catalog:
        assert catalog.backups(gone) == []
    assert done.removed_objects >= len(theirs)
    assert check_backup(there, identities).faults == ()
    for snapshot in list_snapshots(there, identities):
        assert theirs.isdisjoint(file.sha256 for file in snapshot.files)
        assert "S05" not in snapshot.participants
    if not encrypted:
        kept = [path.read_bytes() for path in there.rglob("*") if path.is_file()]
        assert theirs.isdisjoint(hashlib.sha256(content).hexdigest() for content in kept)
        tombstone = (lab.root / f"withdrawn/{gone}.json").read_bytes()
        assert [content for content in kept if b"S05" in content] == [tombstone]
    back = restore(there, tmp_path / "new", "ada", snapshot_id=first, identities=identities)
    assert (back.problems, back.withdrawn) == ((), ())
    assert back.runs == len(lab.runs) - 1
    again = forget_withdrawn(lab.root, there, "ada", identities=identities)
    assert (again.people, again.snapshots) == ((), ())


@pytest.mark.parametrize("dies_in", ["put", "write_checksums", "prune"])
def test_forgetting_that_is_cut_short_leaves_every_backup_whole_and_is_done_again(
    lab: Lab, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    first = back_up(lab.root, there, "ada").snapshot_id
    gone = take_back(lab, "S05")
    back_up(lab.root, there, "ada")
    with monkeypatch.context() as patched:
        made = back_up(lab.root, there, "ada")  # it begins with one, which is not to die
        patched.setattr(forget, "back_up", lambda *_, **__: made)
        patched.setattr(BackupPlace, dies_in, _dies)
        with pytest.raises(KeyboardInterrupt):
            forget_withdrawn(lab.root, there, "ada")
    assert first in {snapshot.id for snapshot in list_snapshots(there)}
    assert check_backup(there).faults == ()
    assert restore(there, tmp_path / "new", "ada", snapshot_id=first).problems == ()
    assert forget_withdrawn(lab.root, there, "ada").people in ((gone,), ())
    assert all("S05" not in snapshot.participants for snapshot in list_snapshots(there))
    with Catalog.open(lab.root) as catalog:
        assert catalog.backups(gone) == []


def _dies(*_args: object) -> None:
    raise KeyboardInterrupt


def test_a_scope_that_was_taken_back_is_taken_out_of_every_backup(
    lab: Lab, there: Path, tmp_path: Path
) -> None:
    first = back_up(lab.root, there, "ada")
    assert take_back(lab, "S05", Scope.GSR) == ""
    back_up(lab.root, there, "ada")
    run = lab.runs["S05"].relative_to(lab.root).as_posix()
    back = restore(there, tmp_path / "new", "ada", snapshot_id=first.snapshot_id)
    assert (back.withdrawn, back.stripped, back.problems) == ((), (run,), ())
    assert (tmp_path / "new" / run / "gsr.csv").read_text("utf-8").count("\n") == 1
    assert list((tmp_path / "new" / run).rglob("*.jpg"))
    before = next(f for f in list_snapshots(there)[0].files if f.path == f"{run}/gsr.csv")
    assert before.object in {path.name for path in (there / "objects").glob("*/*")}
    done = forget_withdrawn(lab.root, there, "ada")
    assert (done.people, done.runs, done.snapshots) == ((), (run,), (first.snapshot_id,))
    assert before.object not in {path.name for path in (there / "objects").glob("*/*")}
    assert check_backup(there).faults == ()
    with Catalog.open(lab.root) as catalog:
        assert len(catalog.backups("S05")) == 3, "they still hold the faces"
    assert forget_withdrawn(lab.root, there, "ada").snapshots == ()
