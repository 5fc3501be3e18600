"""Backups: only what is new, read back, whatever cuts them short; and a store that comes back."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from femo_tui.bundle.backup.check import check_backup, list_snapshots
from femo_tui.bundle.backup.making import back_up
from femo_tui.bundle.backup.restore import restore
from femo_tui.bundle.keys import Keys, new_keys
from femo_tui.errors import (
    BundleError,
    Cancelled,
    DiskFull,
    StoreError,
    UnknownName,
    UsageError,
)
from femo_tui.model.clock import VirtualClock
from femo_tui.model.progress import Progress
from femo_tui.stats.figures_cache import CACHE
from femo_tui.store.audit import verify
from femo_tui.store.catalog import Catalog
from femo_tui.store.lock import HeldLock
from femo_tui.store.verify import verify_run
from tests.support.femo import Femo
from tests.support.needed import need
from tests.support.shared_store import Lab, hashes, make_lab
from tests.support.small_disk import mounted_disk

CLOCK = VirtualClock()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A store of our own: a backup writes itself into it."""
    return make_lab(tmp_path / "lab")


def objects(there: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (there / "objects").glob("*/*")}


def faults_of(root: Path) -> list[str]:
    return [fault for run in root.glob("sessions/*/*/run-*") for fault in verify_run(run)]


def removed(path: Path) -> None:
    """Lose a store as a dead disk would."""
    subprocess.run(["rm", "-rf", str(path)], check=True)


def test_a_store_comes_back_as_it_was(lab: Lab, there: Path, tmp_path: Path) -> None:
    before = hashes(lab.root)
    made = back_up(lab.root, there, "ada")
    assert (made.left, made.problems) == ((), ())
    assert made.participants == ("S01", "S02", "S03", "S04", "S05", "S06")
    assert made.files == len(before | {"catalog.db": "", "audit.jsonl": ""}) + 3
    back = restore(there, tmp_path / "new", "ada")
    assert back.problems == ()
    assert back.runs == len(lab.runs)
    assert hashes(tmp_path / "new") == hashes(lab.root)
    assert (tmp_path / "new" / CACHE).exists()  # nobody waits for results
    run = lab.runs["S01"].relative_to(lab.root)
    for name in ("gsr.csv", "amendments.jsonl"):
        old, new = lab.root / run / name, tmp_path / "new" / run / name
        assert new.stat().st_mtime_ns == old.stat().st_mtime_ns
    assert faults_of(tmp_path / "new") == []
    assert verify(tmp_path / "new").holds
    with Catalog.open(lab.root) as here, Catalog.open(tmp_path / "new") as restored:
        assert restored.participants() == here.participants()
        assert restored.runs() == here.runs()
        assert [b.backup_id for b in here.backups("S03")] == [made.snapshot_id]


def test_what_is_restored_is_private_whatever_the_umask(
    lab: Lab, there: Path, tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        back_up(lab.root, there, "ada")
        restore(there, tmp_path / "new", "ada")
    finally:
        os.umask(before)
    for path in [there, *there.rglob("*"), tmp_path / "new", *(tmp_path / "new").rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode in ((0o700,) if path.is_dir() else (0o600, 0o400)), path
    run = tmp_path / "new" / lab.runs["S01"].relative_to(lab.root)
    sealed = {"run.jsonl", "gsr.csv", "frames.csv", "manifest-sha256.txt"}
    assert {stat.S_IMODE((run / name).stat().st_mode) for name in sealed} == {0o400}


def test_the_next_backup_writes_only_what_is_new(lab: Lab, there: Path) -> None:
    first = back_up(lab.root, there, "ada")
    before = objects(there)
    second = back_up(lab.root, there, "ada")
    assert second.snapshot_id != first.snapshot_id
    assert second.new_objects <= 4  # the catalog, the audit log and its head tell of the first
    after = objects(there)
    assert {name: after[name] for name in before} == before
    assert [s.id for s in list_snapshots(there)] == [first.snapshot_id, second.snapshot_id]
    with Catalog.open(lab.root) as catalog:
        assert len(catalog.backups()) == 2


def test_the_same_store_gives_the_same_list(lab: Lab, tmp_path: Path) -> None:
    copies = []
    for name in ("one", "two"):
        root = tmp_path / name
        subprocess.run(["cp", "-a", str(lab.root), str(root)], check=True)
        back_up(root, tmp_path / f"{name}-backups", "ada", clock=CLOCK)
        snapshot = list_snapshots(tmp_path / f"{name}-backups")[-1]
        copies.append([file for file in snapshot.files if file.path != "backup-keys.json"])
    assert copies[0] == copies[1]


@pytest.mark.parametrize("encrypted", [False, True])
def test_sha256sum_reads_the_checksums(
    lab: Lab, there: Path, keys: Keys, *, encrypted: bool
) -> None:
    back_up(lab.root, there, "ada", recipients=[keys.recipient] if encrypted else [])
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "checksums.sha256"], cwd=there, check=False
    )
    assert done.returncode == 0


def test_an_encrypted_backup_tells_nobody_anything_without_the_identity(
    lab: Lab, there: Path, keys: Keys, tmp_path: Path
) -> None:
    made = back_up(lab.root, there, "ada", recipients=[keys.recipient])
    assert made.encrypted
    everything = b"".join(path.read_bytes() for path in there.rglob("*") if path.is_file())
    assert b"sessions/S01" not in everything  # three letters alone come by chance
    names = {path.name.partition(".")[0] for path in (there / "objects").rglob("*.age")}
    assert names.isdisjoint(hashes(lab.root).values()), "a name tells who has the file too"
    with pytest.raises(BundleError, match="encrypted, and you have no keys"):
        restore(there, tmp_path / "new", "ada")
    other = new_keys("other", tmp_path / "others")
    with pytest.raises(BundleError, match="for other keys"):
        restore(there, tmp_path / "new", "ada", identities=[other.identity_file])
    assert not (tmp_path / "new").exists()
    assert restore(there, tmp_path / "new", "ada", identities=[keys.identity_file]).problems == ()
    assert hashes(tmp_path / "new") == hashes(lab.root)
    # a later one is for the same keys, and goes on from the restored store
    again = back_up(tmp_path / "new", there, "ada")
    assert (again.encrypted, again.new_objects < 6) == (True, True)


def test_the_age_tool_opens_what_is_in_it(
    lab: Lab, there: Path, keys: Keys, tmp_path: Path
) -> None:
    need("age")
    back_up(lab.root, there, "ada", recipients=[keys.recipient])
    snapshot = next((there / "snapshots").glob("*.json.age"))
    age = ["age", "--decrypt", "--identity", str(keys.identity_file)]
    shown = subprocess.run([*age, str(snapshot)], capture_output=True, check=True).stdout
    file = next(file for file in json.loads(shown)["files"] if file["path"].endswith("gsr.csv"))
    path = there / "objects" / file["object"][:2] / f"{file['object']}.age"
    content = subprocess.run([*age, str(path)], capture_output=True, check=True).stdout
    assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_a_run_that_is_being_recorded_is_left_for_the_next_backup(
    lab: Lab, there: Path, tmp_path: Path
) -> None:
    run = lab.runs["lost"]
    for path in run.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (run / "manifest-sha256.txt").unlink()
    with HeldLock.acquire(run / "lock", {"what": "run-01"}):
        made = back_up(lab.root, there, "ada")
    name = run.relative_to(lab.root / "sessions").as_posix()
    assert made.left == (f"{name}: is being recorded; it goes with the next backup",)
    assert not any(name in file.path for file in list_snapshots(there)[-1].files)
    # now it is lost, and goes as it is
    assert back_up(lab.root, there, "ada").left == ()
    assert any(name in file.path for file in list_snapshots(there)[-1].files)


def test_one_that_is_cut_short_harms_none_before_it_and_the_next_goes_on(
    lab: Lab, there: Path, tmp_path: Path
) -> None:
    first = back_up(lab.root, there, "ada")
    extra = lab.root / "stimuli" / "films"
    extra.mkdir(parents=True)
    for number in range(20):
        (extra / f"{number:02d}.mp4").write_bytes(os.urandom(50_000))

    def until_half(progress: Progress) -> None:
        if progress.done > progress.total - 500_000:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        back_up(lab.root, there, "ada", report=until_half)
    assert [s.id for s in list_snapshots(there)] == [first.snapshot_id]
    assert check_backup(there).faults == ()
    assert restore(there, tmp_path / "new", "ada").problems == ()
    made = back_up(lab.root, there, "ada")
    assert 0 < made.new_objects < 20
    assert hashes(lab.root).keys() <= {file.path for file in list_snapshots(there)[-1].files}
    assert check_backup(there).faults == ()


@pytest.mark.parametrize("after_objects", [1, 9, 20])
def test_a_killed_backup_harms_nothing(
    lab: Lab, there: Path, tmp_path: Path, after_objects: int
) -> None:
    """Killed with SIGKILL while it writes, and between any two objects of its own choosing."""
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from femo_tui.bundle.backup import objects as o\n"
        "from femo_tui.bundle.backup.making import back_up\n"
        f"put, count = o.BackupPlace.put, iter(range({after_objects}))\n"
        "def dying(self, file, pieces):\n"
        "    if next(count, None) is None: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return put(self, file, pieces)\n"
        "o.BackupPlace.put = dying\n"
        f"back_up(Path({str(lab.root)!r}), Path({str(there)!r}), 'ada')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    with pytest.raises(UsageError, match="no backup was finished here"):
        restore(there, tmp_path / "new", "ada")
    made = back_up(lab.root, there, "ada")
    written = sum(1 for _ in (there / "objects").rglob("*/*"))
    assert made.new_objects == written - after_objects, "what was there is not written again"
    assert restore(there, tmp_path / "new", "ada").problems == ()
    assert not list(there.rglob("*.part"))


def test_a_full_disk_is_one_sentence_and_harms_nothing(
    lab: Lab, small_disk: Path, tmp_path: Path
) -> None:
    there = small_disk / "backups"
    first = back_up(lab.root, there, "ada")
    (lab.root / "stimuli").mkdir()
    (lab.root / "stimuli" / "long.mp4").write_bytes(os.urandom(6 << 20))
    with pytest.raises(DiskFull, match="the disk is full; free some room on it and back up again"):
        back_up(lab.root, there, "ada")
    assert [s.id for s in list_snapshots(there)] == [first.snapshot_id]
    assert check_backup(there).faults == ()
    assert restore(there, tmp_path / "new", "ada").problems == ()
    (lab.root / "stimuli" / "long.mp4").write_bytes(b"short")
    assert back_up(lab.root, there, "ada").new_objects < 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Another file system, of a few MB."""
    with mounted_disk(tmp_path / "disk", 6) as disk:
        yield disk


def test_a_backup_in_the_store_itself_is_refused(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(lab.root / "sessions")
    for place in (lab.root, lab.root / "backups", tmp_path / "link" / "backups"):
        with pytest.raises(UsageError, match="lies in the store itself, and would be lost with it"):
            back_up(lab.root, place, "ada")
    assert not (lab.root / "backups").exists()


def test_a_folder_of_something_else_is_left_alone(lab: Lab, tmp_path: Path, keys: Keys) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.pdf").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="holds other things and no backup"):
        back_up(lab.root, tmp_path / "papers", "ada")
    with pytest.raises(UsageError, match="there is no backup here"):
        restore(tmp_path / "papers", tmp_path / "new", "ada")
    assert (tmp_path / "papers" / "thesis.pdf").read_text("utf-8") == "mine"
    back_up(lab.root, tmp_path / "backups", "ada")
    with pytest.raises(UsageError, match="its backups are not encrypted; name another folder"):
        back_up(lab.root, tmp_path / "backups", "ada", recipients=[keys.recipient])
    with Catalog.open(tmp_path / "another"):
        pass
    with pytest.raises(UsageError, match="holds backups of another store"):
        back_up(tmp_path / "another", tmp_path / "backups", "ada")
    with pytest.raises(UsageError, match="there is no store to back up"):
        back_up(tmp_path / "nowhere", tmp_path / "backups", "ada")


def test_nothing_is_restored_over_anything(lab: Lab, there: Path, tmp_path: Path) -> None:
    back_up(lab.root, there, "ada")
    before = hashes(lab.root)
    with pytest.raises(UsageError, match="nothing is ever restored over it"):
        restore(there, lab.root, "ada")
    assert hashes(lab.root) == before
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").write_text("sessions lie here", "utf-8")
    assert restore(there, tmp_path / "empty", "ada").problems == ()
    assert faults_of(tmp_path / "empty") == []
    with pytest.raises(UnknownName, match="snapshot 'yesterday'"):
        restore(there, tmp_path / "new", "ada", snapshot_id="yesterday")


def test_the_newest_is_the_last_that_was_made_also_if_the_clock_was_set_back(
    lab: Lab, there: Path
) -> None:
    made = [
        back_up(lab.root, there, "ada", clock=VirtualClock(utc=NOON + timedelta(days=days)))
        for days in (0, -300, -300, 1)
    ]
    assert [s.id for s in list_snapshots(there)] == [one.snapshot_id for one in made]
    assert made[1].snapshot_id == f"{made[0].snapshot_id}-2"


def test_an_older_backup_is_restored_by_name(lab: Lab, there: Path, tmp_path: Path) -> None:
    first = back_up(lab.root, there, "ada")
    removed(lab.runs["lost"])
    back_up(lab.root, there, "ada")
    assert restore(there, tmp_path / "newest", "ada").runs == len(lab.runs) - 1
    old = restore(there, tmp_path / "old", "ada", snapshot_id=first.snapshot_id)
    assert (old.runs, old.problems) == (len(lab.runs), ())


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_object_is_named_and_nothing_is_restored_from_it(
    lab: Lab, there: Path, tmp_path: Path, keys: Keys, *, encrypted: bool, damage: str
) -> None:
    identities = [keys.identity_file] if encrypted else []
    back_up(lab.root, there, "ada", recipients=[keys.recipient] if encrypted else [])
    file = next(
        f for f in list_snapshots(there, identities)[-1].files if f.path.endswith("gsr.csv")
    )
    path = next((there / "objects").rglob(f"{file.object}*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if damage == "cut" else content)
    checked = check_backup(there, identities)
    assert [fault for fault in checked.faults if path.name in fault]
    with pytest.raises((BundleError, StoreError), match=path.name[:16]):
        restore(there, tmp_path / "new", "ada", identities=identities)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".new*"))
    path.unlink(missing_ok=True)
    assert back_up(lab.root, there, "ada").new_objects >= 1
    assert check_backup(there, identities).faults == ()
    assert restore(there, tmp_path / "new", "ada", identities=identities).problems == ()


def test_a_damaged_run_of_the_store_is_named(lab: Lab, there: Path) -> None:
    path = lab.runs["S05"] / "gsr.csv"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"5.", b"6.", 1))
    made = back_up(lab.root, there, "ada")
    name = path.relative_to(lab.root).as_posix()
    assert made.problems == (
        f"{name}: changed since its run was sealed; look at `femo show --verify`",
    )


def test_the_commands_say_what_came_of_it(
    femo: Femo, lab: Lab, there: Path, tmp_path: Path
) -> None:
    mine = Femo(femo.home, lab.root)
    made = mine.json("backup", str(there), "--operator", "bea")
    assert (made["encrypted"], made["problems"]) == (False, [])
    assert f"{made['files']} files" in mine.ok("backup", str(there))
    assert mine.ok("backup", str(there), "--list").count("bea") == 1
    assert "all is as it was written" in mine.ok("backup", str(there), "--verify")
    done = mine.run("restore", str(there))
    assert done.returncode == 2
    assert "nothing is ever restored over it; name a new folder" in done.stderr
    new = Femo(femo.home, tmp_path / "new")
    assert "the seal of every run holds" in new.ok("restore", str(there))
    assert new.json("show", "S01", "--verify")["faults"] == []
