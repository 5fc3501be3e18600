"""`femo verify` and `femo import` as somebody types them."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from femo_tui.bundle.incoming.importing import ImportRequest, import_bundle
from femo_tui.bundle.keys import new_keys
from femo_tui.store.imported import has_unfinished_imports, imported_bundles
from tests.support.bags import bagged, golden_bundle, payload, tarred
from tests.support.femo import Femo
from tests.support.killed import killed_after


def test_a_study_comes_from_one_lab_into_another(femo: Femo, tmp_path: Path) -> None:
    """Keys, export, verify, import; results of the primary family are those of the first lab."""
    other = Femo(tmp_path / "elsewhere", tmp_path / "other-store")
    theirs = new_keys("lab-b", other.home / ".config/femo/keys")
    ours = new_keys("lab-a", tmp_path / "keys")
    femo.ok("demo", "--headless", "--participants", "1", "--store", str(femo.store))
    bundle = tmp_path / "study.tar.age"
    femo.ok(
        *("export", str(bundle), "--recipient", str(theirs.public_file)),
        *("--sign", str(ours.signing_file)),
    )
    told = other.ok("verify", str(bundle))
    assert "whole and unchanged; signed by ed25519:" in told
    assert "nobody here vouches for" in told
    done = other.json("import", str(bundle), "--signer", str(ours.public_file))
    assert (done["holds"], done["signature"]) == (True, "trusted")
    assert len(done["imported_runs"]) == 1
    assert done["registered"] == ["S01"]
    assert "verified: the seal holds" in other.ok("show", "S01", "--verify")
    (other.store / "study.toml").write_bytes((femo.store / "study.toml").read_bytes())
    here, there = (
        json.loads(lab.ok("results", "--format", "json"))["comparisons"] for lab in (femo, other)
    )
    assert there == here
    assert any(one["family"] == "primary" for one in here)


def test_what_does_not_hold_is_said_in_one_sentence(femo: Femo, tmp_path: Path) -> None:
    files = bagged(payload())
    files["data/README.md"] += b"changed"
    path = tmp_path / "changed.tar"
    path.write_bytes(tarred(files))
    for command in ("verify", "import"):
        done = femo.run(command, str(path))
        assert done.returncode == 1
        assert "data/README.md: changed since the bundle was made" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert femo.run("verify", str(path), "--json").stdout.count('"holds": false') == 1
    assert not femo.store.exists()


def test_wrong_use_is_said(femo: Femo, tmp_path: Path) -> None:
    path = golden_bundle(tmp_path)
    for args, said in (
        (("import", str(path), "--as-code", "S01"), "say the code there and the code here"),
        (("import", str(path), "--as-code", "S09=X01"), "the bundle has no runs of S09"),
        (("verify", str(path), "--signer", "me"), "signer 'me' is none"),
    ):
        done = femo.run(*args)
        assert done.returncode == 2
        assert said in done.stderr
    assert femo.run("verify", str(tmp_path / "none.tar")).returncode == 1


def test_what_is_here_already_is_told(femo: Femo, tmp_path: Path) -> None:
    path = str(golden_bundle(tmp_path))
    first = femo.ok("import", path)
    assert "runs taken in: 1; participants of the bundle: 1 (1 new here)" in first
    again = femo.ok("import", path)
    assert "runs taken in: 0" in again
    assert "here already, and left as they are: sessions/S01/2026-11-22T101530/run-01" in again


def test_any_command_settles_what_a_killed_import_left(femo: Femo, tmp_path: Path) -> None:
    femo.store.mkdir()
    work = partial(import_bundle, femo.store, ImportRequest(golden_bundle(tmp_path)), "ben")
    assert killed_after(40, work)
    assert has_unfinished_imports(femo.store)
    femo.ok("sessions")
    assert not has_unfinished_imports(femo.store)
    assert imported_bundles(femo.store) == ()


def test_a_wrong_path_of_a_bundle_is_said_to_be_one(femo: Femo, tmp_path: Path) -> None:
    for command in ("verify", "import"):
        refused = femo.run(command, str(tmp_path / "none.tar"))
        assert refused.returncode == 1
        assert "no file is there; look at the path of the bundle" in refused.stderr
        assert "store" not in refused.stderr.replace(str(tmp_path), "")
