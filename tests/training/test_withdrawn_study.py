"""A study as it is used, from recording to bundle: what is nowhere in it, who is gone from it."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest

from femo_tui.store import audit
from femo_tui.store.layout import iter_runs
from femo_tui.store.verify import verify_run
from tests.support.femo import Femo
from tests.support.traced_store import files_with

USER, OPERATOR = "canaryuser", "ana"
GONE = "S02"


@pytest.fixture(scope="module")
def studied(recorded: Femo) -> Femo:
    """Three simulated people, recorded, learnt from, analysed and given out by a login."""
    login = dict.fromkeys(("USER", "LOGNAME", "USERNAME"), USER)
    femo = Femo(recorded.home, recorded.store, login)
    femo.ok("train", "--weights", "none", "--operator", OPERATOR)
    femo.ok("results", "--show-p", "--operator", OPERATOR)
    given = femo.store / "exports" / "films.tar"
    given.parent.mkdir(mode=0o700)
    femo.ok("export", str(given), "--no-encryption", "--operator", OPERATOR)
    return femo


def test_neither_log_nor_catalog_nor_audit_names_the_machine_or_its_user(studied: Femo) -> None:
    """Times are theirs to tell; who uses which machine is not."""
    books = [
        path
        for path in studied.store.rglob("*")
        if path.suffix == ".log"
        or path.name.startswith(("catalog.db", "audit"))
        or path.name in ("journal.jsonl", "looks.jsonl")
    ]
    assert {"recorder.log", "trainer.log", "catalog.db", "audit.jsonl"} <= {p.name for p in books}
    for path in books:
        for canary in (USER, socket.gethostname(), str(studied.home)):
            assert canary.encode() not in path.read_bytes(), (path.name, canary)


def test_who_withdrew_is_in_no_byte_and_in_no_analysis(studied: Femo) -> None:
    store, tar = studied.store, studied.store / "exports" / "films.tar"
    theirs = [path for path in (store / "sessions" / GONE).rglob("*") if path.is_file()]
    pictures = [path.read_bytes() for path in theirs if path.suffix == ".jpg"]
    rows = (next((store / "sessions" / GONE).rglob("gsr.csv"))).read_bytes().splitlines()[1:]
    hashes = {hashlib.sha256(path.read_bytes()).digest() for path in theirs}
    features = store / "training" / "features"
    assert any(files_with(features, digest) for digest in list(hashes)[:20])
    name = audit.pseudonym(store, GONE)
    shown = studied.ok("participant", "withdraw", GONE)
    assert "given out" in shown
    assert "models that will be stale: m-01" in shown
    told = studied.json("participant", "withdraw", GONE, "--yes")

    assert files_with(store, GONE.encode()) == [f"withdrawn/{told['id']}.json"]
    assert not tar.exists()
    for needle in [*pictures[::20], *rows[::50], *list(hashes)[::20]]:
        assert files_with(store, needle) == []
    left = {hashlib.sha256(path.read_bytes()).digest() for path in store.rglob("*.*")
            if path.is_file()}  # fmt: skip
    assert not left & hashes
    assert "verified" in studied.ok("audit", "verify")
    (line,) = [one for one in audit.read(store) if one.action == "withdraw"]
    assert (line.participants, line.facts["given_out"]) == ((name,), ["films.tar"])

    assert studied.json("models")[0]["stale"] == [f"{told['id']} is withdrawn"]
    assert studied.json("models")[0]["participants"] == ["S01", told["id"], "S03"]
    studied.ok("train", "--weights", "none", "--operator", OPERATOR)
    assert studied.json("models")[1]["participants"] == ["S01", "S03"]
    assert GONE not in studied.ok("results")
    bundle = store.parent / "after.tar"
    studied.ok("export", str(bundle), "--no-encryption", "--operator", OPERATOR)
    assert GONE.encode() not in bundle.read_bytes()
    assert told["id"].encode() not in bundle.read_bytes()
    assert "whole and unchanged" in studied.ok("verify", str(bundle))
    for run_dir in iter_runs(store):
        assert verify_run(run_dir) == []


def test_the_store_is_the_users_alone(studied: Femo) -> None:
    def mode(path: Path) -> int:
        return path.stat().st_mode & 0o777

    open_to_others = [
        path.relative_to(studied.store).as_posix()
        for path in studied.store.rglob("*")
        if mode(path) & 0o077
    ]
    assert open_to_others == []
