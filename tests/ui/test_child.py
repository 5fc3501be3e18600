"""A function in a process of its own: its answer, its trouble, its end before its time."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from femo_tui.errors import Cancelled, FemoError, StoreError
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.ui.blocking.child import in_child

# What a process is asked for has to be found there: functions of this module.


def squared(number: int, report: Report) -> tuple[int, int]:
    report(Progress(1, 2, "numbers"))
    return number**2, os.getpid()


def refuse(path: Path, report: Report) -> None:
    raise StoreError(f"{path}: cannot be read")


def stumble(_: int, report: Report) -> float:
    return 1 / 0


def vanish(_: int, report: Report) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def write_and_wait(folder: Path, report: Report) -> None:
    """Leave a file while it works, and none behind."""
    (folder / "begun").touch()
    try:
        while True:
            report(Progress(1, 2, "steps"))
            time.sleep(0.01)
    finally:
        (folder / "begun").unlink()
        (folder / "cleared").touch()


def write_to_the_end(folder: Path, report: Report) -> str:
    """Go on though nobody wants it any more: half would be worse than all."""
    (folder / "begun").touch()
    while True:
        try:
            report(Progress(1, 2, "steps"))
        except Cancelled:
            return "done"
        time.sleep(0.01)


def until_begun(folder: Path) -> Report:
    def report(progress: Progress) -> None:
        if (folder / "begun").exists():
            raise Cancelled("cancelled")

    return report


def test_a_function_answers_from_a_process_of_its_own() -> None:
    told: list[Progress] = []
    answer, pid = in_child(squared, 12, told.append)
    assert answer == 144
    assert pid != os.getpid()
    assert Progress(1, 2, "numbers") in told


def test_what_it_refuses_a_defect_and_its_death_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(FemoError, match="x: cannot be read"):
        in_child(refuse, tmp_path / "x", unheard)
    with pytest.raises(FemoError, match="a defect ended it: ZeroDivisionError"):
        in_child(stumble, 1, unheard)
    with pytest.raises(FemoError, match="it ended before it was done"):
        in_child(vanish, 1, unheard)


def test_what_is_wanted_no_more_clears_up_before_it_ends(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        in_child(write_and_wait, tmp_path, until_begun(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["cleared"]


def test_what_must_not_be_left_half_done_comes_to_its_end(tmp_path: Path) -> None:
    assert in_child(write_to_the_end, tmp_path, until_begun(tmp_path)) == "done"
