"""The audit log: no line can be changed, left out or cut off unseen, and none names a code."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from femo_tui.errors import MalformedRecord
from femo_tui.store import audit
from femo_tui.store.withdrawn import WithdrawnPerson, write_withdrawn

LOG, HEAD = "audit.jsonl", "audit-head"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    audit.note(tmp_path, "participant_add", "ana", participants=["S01"])
    audit.note(tmp_path, "export", "ben", {"file": "S01-and-S012.tar"}, ["S01", "S02"])
    audit.note(tmp_path, "backup", "ben", {"to": "/mnt"})
    return tmp_path


def test_codes_stand_in_it_as_pseudonyms_only(root: Path) -> None:
    first, second, third = audit.read(root)
    s01, s02 = audit.pseudonym(root, "S01"), audit.pseudonym(root, "S02")
    assert (first.participants, second.participants) == ((s01,), (s01, s02))
    assert second.facts == {"file": f"{s01}-and-S012.tar"}  # S012 is somebody else's
    assert (third.operator, third.action, third.facts) == ("ben", "backup", {"to": "/mnt"})
    assert audit.known_pseudonyms(root) == {s01: "S01", s02: "S02"}
    assert audit.verify(root) == audit.AuditReport(3, ())


def test_every_flipped_byte_is_seen(root: Path) -> None:
    for name in (LOG, HEAD):
        whole = (root / name).read_bytes()
        for place in range(len(whole)):
            changed = bytes([whole[place] ^ 1])
            (root / name).write_bytes(whole[:place] + changed + whole[place + 1 :])
            assert audit.verify(root).faults, (name, place)
        (root / name).write_bytes(whole)
    assert audit.verify(root).holds


Lines = list[bytes]
TAMPERING: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "a line in the middle is gone": (lambda lines: [lines[0], lines[2]], "line 2: does not follow"),
    "the first is gone": (lambda lines: lines[1:], "line 1: does not follow.*lines are gone"),
    "the last is gone": (lambda lines: lines[:2], "3 lines were written, 2 are there"),
    "two changed places": (lambda lines: [lines[1], lines[0], lines[2]], "does not follow"),
    "one was put in": (lambda lines: [*lines[:2], lines[1], lines[2]], "line 3: does not follow"),
    "the log is gone": (lambda lines: [], "3 lines were written, 0 are there"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_changed_stays_seen_when_more_is_written(root: Path, what: str) -> None:
    change, said = TAMPERING[what]
    lines = (root / LOG).read_bytes().splitlines(keepends=True)
    (root / LOG).write_bytes(b"".join(change(lines)))
    assert any(_matches(said, fault) for fault in audit.verify(root).faults)
    audit.note(root, "backup", "ana")
    assert not audit.verify(root).holds


def _matches(said: str, fault: str) -> bool:
    import re

    return re.search(said, fault) is not None


def test_an_edited_last_line_stays_seen_when_more_is_written(root: Path) -> None:
    whole = (root / LOG).read_bytes()
    (root / LOG).write_bytes(whole.replace(b"/mnt", b"/mmt"))
    assert "line 3: changed since it was written" in audit.verify(root).faults[0]
    audit.note(root, "backup", "ana")
    assert not audit.verify(root).holds


def test_a_missing_head_is_told(root: Path) -> None:
    (root / HEAD).unlink()
    assert "nobody can tell where the log ends" in audit.verify(root).faults[0]


def test_a_writer_that_was_killed_leaves_a_log_that_holds(root: Path) -> None:
    before = (root / HEAD).read_bytes()
    audit.note(root, "import", "ana")
    (root / HEAD).write_bytes(before)  # killed before the head was written
    assert audit.verify(root).holds
    with (root / LOG).open("ab") as log:
        log.write(b'{"utc": "2026-')  # and another one in the middle of its line
    assert audit.verify(root).holds
    audit.note(root, "restore", "ana")
    assert [line.action for line in audit.read(root)][-2:] == ["import", "restore"]
    assert audit.verify(root) == audit.AuditReport(5, ())


def test_destroying_a_key_leaves_lines_that_tell_nobody(root: Path) -> None:
    name = audit.pseudonym(root, "S01")
    (root / f".{audit.KEYS_FILE}.1.part").write_text("S01")  # of a writer that was killed
    audit.destroy_key(root, "S01")
    audit.destroy_key(root, "S01")
    assert audit.pseudonym(root, "S01") is None
    assert name not in audit.known_pseudonyms(root)
    assert not any(b"S01" in path.read_bytes() for path in root.iterdir() if path.name != LOG)
    assert audit.verify(root).holds


def test_who_withdrew_gets_no_key_again(root: Path) -> None:
    audit.destroy_key(root, "S01")
    write_withdrawn(root, WithdrawnPerson("w-12ab34cd", "S01", 1, "2026-11-22T10:15:30Z", "ana"))
    audit.note(root, "import", "ana", {"refused": "sessions/S01"}, ["S01"])
    newest = audit.read(root)[-1]
    assert (newest.participants, newest.facts) == (
        *(("w-12ab34cd",), {"refused": "sessions/w-12ab34cd"}),
    )
    assert "S01" not in json.loads((root / audit.KEYS_FILE).read_bytes())


def test_it_is_private_whatever_the_umask(root: Path) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in root.iterdir()}
    assert modes == dict.fromkeys((LOG, HEAD, audit.KEYS_FILE), 0o600)


def _write_many(root: Path, code: str) -> None:
    for _ in range(20):
        audit.note(root, "amend", code, {"about": code}, [code])


def test_several_processes_write_one_chain(root: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(root, f"S1{n}")) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert audit.verify(root) == audit.AuditReport(63, ())
    assert len(audit.known_pseudonyms(root)) == 5


def test_damaged_keys_are_named_and_never_written_over(root: Path) -> None:
    keys = root / audit.KEYS_FILE
    keys.write_bytes(damaged := keys.read_bytes()[:-3])
    with pytest.raises(MalformedRecord, match=r"audit-keys\.json: damaged, and nothing is written"):
        audit.note(root, "backup", "ana", participants=["S03"])
    assert keys.read_bytes() == damaged
    assert len(audit.read(root)) == 3
