"""Two consoles on one run: one steers, the other watches, and taking over asks and tells."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from femo_tui.model.run_state import RunState
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.widgets.lines import Lines
from tests.support.femo import Femo, run_events
from tests.ui.shown import keys
from tests.ui.waits import until


async def test_the_controls_are_taken_over_and_the_first_one_is_told(femo: Femo) -> None:
    femo.ok("participant", "add", "S01", "--consent", "gsr,keep")
    started = femo.json(
        *("record", "--participant", "S01", "--protocol", "quick", "--auto", "--detach"),
        *("--gsr", "sim:1", "--camera", "none", "--player", "sim"),
    )
    ada, bea = FemoApp(Desk(femo.store, "ada")), FemoApp(Desk(femo.store, "bea"))
    async with ada.run_test(size=(80, 24)) as first, bea.run_test(size=(80, 24)) as second:
        for app, pilot in ((ada, first), (bea, second)):
            await until(pilot, lambda app=app: "p pause" in keys(app))  # type: ignore[misc]
        await press(first, ada, "p", RunState.PAUSED)
        await until(second, lambda: "o take over" in keys(bea))
        assert "p resume" not in keys(bea)
        told = bea.screen.query_one("#faults", Lines).text
        assert "ada steers since" in told
        assert "this console watches" in told

        await second.press("o")
        await until(second, lambda: isinstance(bea.screen, Confirm))
        await second.press("enter")  # No
        assert "p resume" in keys(ada)
        await second.press("o")
        await until(second, lambda: isinstance(bea.screen, Confirm))
        await second.press("y")
        await until(second, lambda: "p resume" in keys(bea))
        await until(first, lambda: "o take over" in keys(ada))
        assert ada.notice[0].startswith("bea has taken the controls over")
        await press(second, bea, "p", RunState.RUNNING)

        await until(first, lambda: state(ada) is RunState.RUNNING)
        await first.press("x", "k")  # whoever sees the need can break off
        await until(first, lambda: ada.snapshot is not None and ada.snapshot.stop is not None)
    told_commands = [
        (e["operator"], e["command"], e["ok"])
        for e in run_events(Path(started["run_dir"]), "marker")
    ]
    assert told_commands == [
        ("ada", "pause", True),
        ("bea", "take_over", True),
        ("bea", "resume", True),
        ("ada", "abort", True),
    ]


def state(app: FemoApp) -> RunState | None:
    return None if app.snapshot is None else app.snapshot.state


async def press(pilot: Pilot[None], app: FemoApp, key: str, becomes: RunState) -> None:
    await pilot.press(key)
    await until(pilot, lambda: state(app) is becomes)
