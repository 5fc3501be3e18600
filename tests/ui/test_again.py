"""The set-up says what is not new to the participant; nothing of it blocks the start."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from femo_tui.ui.blocking.plans import PlannedRun, plan_run
from tests.support.femo import Femo
from tests.support.short_protocol import film, protocol
from tests.ui.by_keys import TO_FACTS, settled
from tests.ui.lab import PROTOCOL, Lab
from tests.ui.shown import text_of
from tests.ui.states import CHECKS
from tests.ui.still import console, desk_of
from tests.ui.waits import until

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_a_plan_knows_the_complete_run_and_the_films_that_were_shown(femo: Femo) -> None:
    for code in ("S01", "S02"):
        femo.ok("participant", "add", code, "--consent", "gsr")
    (femo.store / "stimuli").mkdir(exist_ok=True)
    (femo.store / "stimuli" / "one.toml").write_text(protocol("one", "One", film()), "utf-8")
    done = femo.json(
        *("record", "--participant", "S01", "--protocol", "one", "--auto"),
        *("--gsr", "sim:1", "--camera", "none", "--player", "sim"),
    )
    assert done["status"] == "complete"
    day = femo.json("sessions")[0]["started_utc"][:10]
    plan = plan_run(femo.store, "one", "S01", NOW)
    assert plan.complete == f"run-01 of {day} (SIMULATED)"
    complete, seen = plan.again("sim")
    assert complete.startswith("S01 has a complete run of one: run-01 of")
    assert seen.startswith("1 of 1 films was shown to S01 before")
    assert plan.again("mpv") == [complete]  # whose screen nobody has looked at yet
    assert plan_run(femo.store, "one", "S02", NOW).again("sim") == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_second_run_of_the_same_person_is_told_before_it_starts(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    def plan(_: str, code: str) -> PlannedRun:
        seen = ("stress.mkv", "happy.mkv")
        return PlannedRun(code, PROTOCOL, ("as written",), (), {}, "run-01 of 2026-11-20", seen)

    app = console(lab, CHECKS)
    monkeypatch.setattr(desk_of(app), "plan", plan)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in TO_FACTS:
            await pilot.press(key)
            await settled(pilot)
        await until(pilot, lambda: "electrode site" in text_of(app))
        while "With the participant in the chair" not in text_of(app):
            assert desk_of(app).asked == []
            await pilot.press("enter")
            await settled(pilot)
        said = " ".join(text_of(app).split())
        assert "has a complete run of wile2018: run-01 of 2026-11-20" in said
        assert "! 2 of 6 films were shown to" in said  # neutral-1 to -3, stress, boredom, happy
        await pilot.press("enter")
        await until(pilot, lambda: desk_of(app).asked != [])
