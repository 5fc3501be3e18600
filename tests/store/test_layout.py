"""Where runs lie, and how they are found by name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from femo_tui.errors import StoreError, UnknownName, UsageError
from femo_tui.store.layout import find_run, iter_runs, open_session_and_run


@pytest.fixture(autouse=True)
def in_quito(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Live five hours behind UTC."""
    monkeypatch.setenv("TZ", "<-05>5")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, 30, tzinfo=UTC)


def test_a_run_lies_under_its_participant_and_session(tmp_path: Path) -> None:
    session, run_dir = open_session_and_run(tmp_path, "S01", at(22, 10, 15))
    assert session == "2026-11-22T101530"
    assert run_dir == tmp_path / "sessions" / "S01" / "2026-11-22T101530" / "run-01"
    assert run_dir.stat().st_mode & 0o777 == 0o700


def test_a_second_run_of_the_local_day_continues_the_session(tmp_path: Path) -> None:
    first, _ = open_session_and_run(tmp_path, "S01", at(22, 23))  # 18:00 in Quito
    second, run_dir = open_session_and_run(tmp_path, "S01", at(23, 1))  # 20:00 the same evening
    assert second == first
    assert run_dir.name == "run-02"


def test_the_next_local_day_begins_a_session(tmp_path: Path) -> None:
    open_session_and_run(tmp_path, "S01", at(22, 4))  # 23:00 of the 21st in Quito
    session, run_dir = open_session_and_run(tmp_path, "S01", at(22, 6))  # 01:00 of the 22nd
    assert (session, run_dir.name) == ("2026-11-22T060030", "run-01")


def test_participants_have_sessions_of_their_own(tmp_path: Path) -> None:
    open_session_and_run(tmp_path, "S01", at(22, 10))
    _, run_dir = open_session_and_run(tmp_path, "S02", at(22, 11))
    assert run_dir == tmp_path / "sessions" / "S02" / "2026-11-22T110030" / "run-01"


def test_a_run_that_exists_is_never_opened_again(tmp_path: Path) -> None:
    _, first = open_session_and_run(tmp_path, "S01", at(22, 10))
    first.rename(first.with_name("run-07"))
    _, next_one = open_session_and_run(tmp_path, "S01", at(22, 10))
    assert next_one.name == "run-08"


def test_a_code_that_is_no_code_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"participant code '\.\./S01'"):
        open_session_and_run(tmp_path, "../S01", at(22, 10))
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(StoreError, match="a file, not a folder"):
        open_session_and_run(tmp_path / "store", "S01", at(22, 10))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """S01 with two sessions of two runs and eleven; S02 with one run."""
    for day, count in ((20, 2), (22, 11)):
        for _ in range(count):
            open_session_and_run(tmp_path, "S01", at(day, 15))
    open_session_and_run(tmp_path, "S02", at(21, 15))
    (tmp_path / "sessions" / "notes.txt").touch()
    (tmp_path / "sessions" / "S02" / "old").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("S02", "S02/2026-11-21T150030/run-01"),
        ("S01", "S01/2026-11-22T150030/run-11"),
        ("S01/run-02", "S01/2026-11-22T150030/run-02"),
        ("S01/2026-11-20T150030", "S01/2026-11-20T150030/run-02"),
        ("S01/2026-11-20T150030/run-01", "S01/2026-11-20T150030/run-01"),
        ("sessions/S01/2026-11-20T150030/run-01/", "S01/2026-11-20T150030/run-01"),
    ],
)
def test_runs_are_found_by_the_names_that_people_use(store: Path, text: str, found: str) -> None:
    assert find_run(store, text) == store / "sessions" / found


def test_an_absolute_path_names_a_run_of_any_store(store: Path) -> None:
    run_dir = store / "sessions" / "S02" / "2026-11-21T150030" / "run-01"
    assert find_run(Path("/nowhere"), str(run_dir)) == run_dir


@pytest.mark.parametrize("text", ["S03", "S01/run-12", "", "../S01", "/tmp", "S01/old", "run-01"])
def test_a_name_that_no_run_has_is_an_error(store: Path, text: str) -> None:
    with pytest.raises(UnknownName, match=r"^run .*`femo sessions`$"):
        find_run(store, text)


def test_all_runs_are_listed_in_order(store: Path) -> None:
    runs = list(iter_runs(store))
    assert len(runs) == 14
    assert [run.name for run in runs[:4]] == ["run-01", "run-02", "run-01", "run-02"]
    assert runs[12].name == "run-11"
    assert runs[13].parts[-3] == "S02"


def test_a_store_that_does_not_exist_has_no_runs(tmp_path: Path) -> None:
    assert list(iter_runs(tmp_path / "none")) == []
