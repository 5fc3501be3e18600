"""Files of a store are private whatever the umask, written whole, and fail in one sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from femo_tui.errors import DiskFull, StoreError
from femo_tui.store import files


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_the_umask_changes_nothing(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    files.write_new(tmp_path / "a" / "b" / "new", b"x")
    files.write_json(tmp_path / "a" / "b" / "facts.json", {"a": 1})
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700
    assert mode(tmp_path / "a" / "b" / "new") == 0o600
    assert mode(tmp_path / "a" / "b" / "facts.json") == 0o600


@pytest.mark.usefixtures("umask")
def test_a_group_can_be_let_in(tmp_path: Path) -> None:
    modes = files.Modes(folder=0o770, file=0o660, sealed=0o440)
    files.make_folder(tmp_path / "a", modes)
    files.write_json(tmp_path / "a" / "facts.json", {}, modes)
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "facts.json")) == (0o770, 0o660)


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o755)
    files.make_folder(tmp_path / "a")
    assert mode(tmp_path / "a") == 0o755


def test_json_is_replaced_at_once_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    files.write_json(path, {"n": 1})
    held = path.open()  # a reader that opened the old file keeps it whole
    files.write_json(path, {"n": 2, "name": "Zoë"})
    assert json.load(held) == {"n": 1}
    assert json.loads(path.read_text()) == {"n": 2, "name": "Zoë"}
    assert [p.name for p in tmp_path.iterdir()] == ["facts.json"]
    held.close()


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    files.write_new(tmp_path / "a", b"first")
    with pytest.raises(StoreError, match=r"a: this exists already"):
        files.write_new(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"


def test_a_full_disk_has_an_error_of_its_own() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(DiskFull, match=r"^/some/run: the disk is full; free some room"):  # noqa: SIM117
        with files.explained(Path("/some/run")):
            files.write_all(descriptor, b"x")
    os.close(descriptor)


def test_a_path_through_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        StoreError, match=r"file/x: this leads through a file, not a folder; choose"
    ):
        files.make_folder(tmp_path / "file" / "x")


def test_a_place_that_takes_nothing_is_refused_in_one_sentence() -> None:
    with pytest.raises(StoreError, match=r"^/sys/femo: .*choose another store$"):
        files.make_folder(Path("/sys/femo"))


def test_a_line_that_was_cut_short_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    files.append(path, b'{"n": 1}\n')
    with path.open("ab") as file:
        file.write(b'{"n": 2')  # its writer was killed
    files.append(path, b'{"n": 3}\n')
    assert path.read_bytes() == b'{"n": 1}\n{"n": 2?\n{"n": 3}\n'
    assert mode(path) == 0o600
