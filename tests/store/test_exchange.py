"""A run told to other programs: on which clock its times stand."""

from __future__ import annotations

from pathlib import Path

from femo_tui.model.events import Marker, RunResume, to_line
from femo_tui.store.exchange import ExchangeTail
from tests.support.runs import ORIGIN_S, run_start


def test_after_a_reboot_times_stand_on_the_clock_of_the_newest_boot(tmp_path: Path) -> None:
    run = tmp_path / "run.jsonl"
    run.write_text(to_line(run_start()) + "\n", "utf-8")
    tail = ExchangeTail(tmp_path)
    assert [moment.t_s for moment in tail.poll()] == [0.0]
    assert tail.origin_s == ORIGIN_S
    # 100 s into the run it goes on, 40 s after the computer was started again.
    again = RunResume(100.0, "2026-11-22T10:17:10Z", "other", 40.0, "ana", 60.0, 0.5, "rest")
    with run.open("a", encoding="utf-8") as file:
        file.write(to_line(again) + "\n" + to_line(Marker(101.0, "", "ana", "mark")) + "\n")
    [moment] = tail.poll()
    assert tail.origin_s + moment.t_s == 41.0  # of this boot: one second later
