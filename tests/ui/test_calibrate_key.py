"""A sensor is calibrated from the set-up, in a real terminal, on a pseudo-terminal's lines."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from femo_tui.store.calibration import list_calibrations
from femo_tui.ui.screens.setup import SetupScreen
from tests.support.femo import Femo
from tests.support.grove_board import GroveBoard
from tests.support.terminal import terminal
from tests.ui.lab import Lab
from tests.ui.shown import keys
from tests.ui.still import console as console_of
from tests.ui.waits import until


def test_the_sensor_is_calibrated_and_tried_again(femo: Femo, tmp_path: Path) -> None:
    femo.ok("study", "init", "--title", "Calibrated", "--protocol", "quick")
    femo.ok("participant", "add", "S01", "--consent", "all")
    config = femo.home / ".config" / "femo" / "config.toml"
    config.parent.mkdir(parents=True)
    uri = f"serial:{tmp_path}/usb-Arduino?rate=100"
    config.write_text(f'gsr = "{uri}"\ncamera = "none"\nplayer = "none"\n', "utf-8")
    after_others = ["sh", "-c", f"echo what stood before; exec {shlex.join(femo.command())}"]
    # The board ends first: it cannot write on while nobody reads.
    with (
        terminal(after_others, femo.env, 120, 40) as console,
        GroveBoard(tmp_path, cal=505.0) as board,
    ):
        assert board.uri == uri
        console.wait_for("Set up a session for S01")
        console.press("3", "Enter")
        console.wait_for("● protocol")
        console.wait_for("quick   ")
        console.press("Enter")
        console.wait_for(" Hz ")  # the sensor reads, so its port is held
        assert "c calibrate" in console.screen()
        console.press("c")
        assert "what stood before" not in console.wait_for("Take the electrodes off everybody")
        console.press("Enter")
        console.wait_for("type its ohms", 40.0)
        console.press("Enter")
        console.wait_for("Press Enter to go back")
        console.press("Enter")
        console.wait_for("● devices")
        console.wait_for(" Hz ")
        assert "not calibrated" not in console.screen()
    (kept,) = list_calibrations(femo.store)
    assert kept.grove["cal"] == pytest.approx(505.0, abs=0.5)


async def test_what_is_no_sensor_is_not_offered_for_calibration(lab: Lab) -> None:
    app = console_of(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("3", "enter")
        await until(pilot, lambda: "● protocol" in shown_path(app.screen))
        await pilot.press("enter")
        await until(pilot, lambda: "c calibrate" in keys(app))
        for uri in ("sim:1", "none", "replay:run.csv"):
            await pilot.press("d")
            await pilot.press("ctrl+u", *uri, "enter")
            await until(pilot, lambda: "calibrate" not in keys(app))
            assert isinstance(app.screen, SetupScreen)
            await pilot.press("c")
            await pilot.pause()
            assert not [w for w in app.workers if w.group == "calibrate"]


def shown_path(screen: object) -> str:
    assert isinstance(screen, SetupScreen)
    return screen.query_one("#path").text  # type: ignore[attr-defined,no-any-return]
