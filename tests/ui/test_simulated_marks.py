"""The word SIMULATED stands in every list of runs and of people, in a narrow terminal, too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from femo_tui.model.run_state import RunStatus
from tests.ui.by_keys import settled
from tests.ui.lab import NOON, PROTOCOL, Lab
from tests.ui.shown import text_of
from tests.ui.still import console
from tests.ui.waits import until

MANY = 25  # more than there are lines: a bar for scrolling takes a column


@pytest.fixture
def drawn_lab(lab: Lab) -> Lab:
    """A lab in which S11 was recorded for real once, and many times from drawn devices."""
    for number in range(MANY):
        began = NOON - timedelta(hours=MANY - number)
        run = lab.begin("S11", began, simulated=number > 0)
        run.step(PROTOCOL.steps[0])
        run.finish(RunStatus.STOPPED, "enough")
    return lab


def line_of(text: str, *parts: str) -> str:
    return next((line for line in text.splitlines() if all(part in line for part in parts)), "")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_lists_mark_what_is_simulated(drawn_lab: Lab, size: tuple[int, int]) -> None:
    app = console(drawn_lab)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("5")
        await settled(pilot)
        assert " SIMULATED " in line_of(text_of(app), "22 Nov 09:12", "S11")
        assert ("frames" in text_of(app)) is (size[0] > 80)
        await pilot.press("end")
        await settled(pilot)
        real = line_of(text_of(app), "21 Nov 09:12", "S11")
        assert real
        assert "SIMULATED" not in real
        await pilot.press("2")
        await settled(pilot)
        assert line_of(text_of(app), "S11", "22 Nov").rstrip().endswith("partly")
        assert "simulated" in line_of(text_of(app), "share-gsr")
        await pilot.press("down", "down", "h")
        await settled(pilot)
        assert "SIMULATED  wil" in line_of(text_of(app), "2026-11-22 09:12")
        await pilot.press("escape", "3")
        await settled(pilot)
        assert f"{MANY} runs partly" in text_of(app)
