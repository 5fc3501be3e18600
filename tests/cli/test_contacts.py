"""Names and addresses: in an encrypted file of their own, and nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from femo_tui.bundle.keys import new_keys
from femo_tui.cli import femo as group
from tests.support.femo import Femo
from tests.support.needed import need

NAME, CONTACT = "Canaria Lovelace", "canary@example.org"


def asked(femo: Femo, *args: str, typed: str) -> Result:
    """Run a command that asks; what is typed goes to its prompts."""
    return CliRunner().invoke(group, ["--store", str(femo.store), "contact", *args], input=typed)


@pytest.fixture
def names(tmp_path: Path) -> Path:
    return tmp_path / "names.age"


def test_a_passphrase_keeps_them_and_nothing_in_the_store_does(femo: Femo, names: Path) -> None:
    femo.ok("participant", "add", "S01")
    file = ("--file", str(names))
    typed = f"a long one\na long one\n{NAME}\n{CONTACT}\n"
    assert asked(femo, "set", "S01", *file, typed=typed).exit_code == 0
    shown = asked(femo, "show", *file, typed="a long one\n").output
    assert f"S01   {NAME}" in shown
    wrong = asked(femo, "show", *file, typed="another one\n")
    assert "this does not open it" in str(wrong.exception)
    assert names.stat().st_mode & 0o777 == 0o600
    everything = [p.read_bytes() for p in [names, *femo.store.rglob("*")] if p.is_file()]
    for canary in (NAME, CONTACT):
        assert not any(canary.encode() in content for content in everything)


def test_an_age_identity_opens_them_also_with_the_age_tool(
    femo: Femo, names: Path, tmp_path: Path
) -> None:
    need("age")
    femo.ok("participant", "add", "S01")
    key = new_keys("lab", tmp_path / "keys").identity_file
    options = ("--file", str(names), "--identity", str(key))
    assert asked(femo, "set", "S01", *options, typed=f"{NAME}\n{CONTACT}\n").exit_code == 0
    age = ["age", "--decrypt", "--identity", str(key), str(names)]
    plain = subprocess.run(age, capture_output=True, check=True, text=True).stdout
    assert plain == f"code,name,contact\nS01,{NAME},{CONTACT}\n"
    assert NAME in femo.ok("contact", "show", "S01", *options)
    femo.ok("participant", "add", "S02")
    assert asked(femo, "set", "S02", *options, typed="Bea\nroom 3\n").exit_code == 0
    assert asked(femo, "remove", "S01", *options, typed="").exit_code == 0
    left = asked(femo, "show", *options, typed="").output
    assert NAME not in left
    assert "Bea" in left
    assert "opened by an age identity" in femo.run("contact", "show", *options[:2]).stderr


def test_a_place_in_the_store_is_refused(femo: Femo, tmp_path: Path) -> None:
    femo.ok("participant", "add", "S01")
    (tmp_path / "link").symlink_to(femo.store)
    for place in (femo.store / "names.age", tmp_path / "link" / "names.age"):
        done = femo.run("contact", "set", "S01", "--file", str(place))
        assert done.returncode == 2
        assert "names are kept apart from the data" in done.stderr
        assert not place.exists()


def test_nobody_is_kept_who_is_not_registered(femo: Femo, names: Path) -> None:
    done = femo.run("contact", "set", "S09", "--file", str(names))
    assert done.returncode == 2
    assert "S09 is not registered" in done.stderr
