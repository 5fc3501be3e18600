"""Pictures of Live in every state it has."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from femo_tui.model.records import Box, Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.ui.widgets.picture import Picture, PictureStrip
from tests.ui.by_keys import attached
from tests.ui.lab import NOON, PROTOCOL, Lab, at_the_gate, running
from tests.ui.pictures import LOOKS, SMALL, Pictures, prepare, still
from tests.ui.scripted_run import ScriptedRun
from tests.ui.states import ALL_MET, CRITERIA
from tests.ui.still import console
from tests.ui.waits import until

# A bright oval before a dark wall.
PICTURE = Thumbnail(
    1.0,
    48,
    36,
    bytes(
        40 + 160 * (((x - 24) / 9) ** 2 + ((y - 17) / 12) ** 2 < 1)
        for y in range(36)
        for x in range(48)
    ),
    Box(14, 5, 20, 24),
)


def _run(lab: Lab) -> ScriptedRun:
    run = lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    return run


async def _live(
    pictures: Pictures, lab: Lab, run: ScriptedRun, *keys: str, looks: Sequence[str] = LOOKS
) -> None:
    """Compare Live of `run` after `keys`."""

    async def scene(pilot: Pilot[None]) -> None:
        await attached(pilot)
        for key in keys:
            await pilot.press(key)
            await still(pilot)

    with ExitStack() as held:
        held.callback(run.close)
        held.enter_context(lab.recording(run))
        await pictures(console(lab), scene, looks)


async def test_live_without_a_run(pictures: Pictures, lab: Lab) -> None:
    await pictures(console(lab), prepare("4"))


async def test_live_while_the_devices_are_opened(pictures: Pictures, lab: Lab) -> None:
    app = console(lab)

    async def scene(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.active is not None and app.overview is not None)
        await prepare("4")(pilot)

    with lab.arming():
        await pictures(app, scene)


async def test_live_in_a_window(pictures: Pictures, lab: Lab) -> None:
    run = running(lab)
    run.mark("coughs", run.t_s - 9.0)
    await _live(pictures, lab, run)


async def test_live_at_the_gate_with_something_missing(pictures: Pictures, lab: Lab) -> None:
    run = _run(lab)
    run.unseen = 10
    run.step(PROTOCOL.steps[4], verdict="")
    run.state(RunState.AWAITING_VERDICT, "face_yield 0.6 (need 0.7)", CRITERIA)
    await _live(pictures, lab, run)


async def test_live_at_the_gate_with_all_met(pictures: Pictures, lab: Lab) -> None:
    run = at_the_gate(lab, "all criteria are met", ALL_MET)
    await _live(pictures, lab, run)


async def test_live_asks_why_a_window_is_accepted(pictures: Pictures, lab: Lab) -> None:
    await _live(pictures, lab, at_the_gate(lab), "w")


async def test_live_while_a_question_is_asked(pictures: Pictures, lab: Lab) -> None:
    await _live(pictures, lab, _asking(lab))


async def test_live_takes_an_answer(pictures: Pictures, lab: Lab) -> None:
    await _live(pictures, lab, _asking(lab), "t")


def _asking(lab: Lab) -> ScriptedRun:
    run = _run(lab)
    run.step(PROTOCOL.steps[4])
    run.step(PROTOCOL.steps[5], stop_after_s=4.0)
    return run


async def test_live_with_a_sensor_unplugged(pictures: Pictures, lab: Lab) -> None:
    run = running(lab, stop_after_s=9.0, simulated=True)
    run.fault(Stream.CAMERA, "slow", Severity.WARNING, "the camera gives 7.1 frames a second")
    run.fault(Stream.GSR, "unplugged", Severity.LOSS, "the sensor was unplugged; waiting for it")
    await _live(pictures, lab, run)


async def test_live_with_rows_that_cannot_be_read(pictures: Pictures, lab: Lab) -> None:
    run = running(lab, stop_after_s=9.0)
    with (run.run_dir / "gsr.csv").open("a") as rows:
        rows.write("205.000000,,,a thousand,4.1,ok\n205.1,,\n1e12,,,400.0,4.1,ok\n")
    await _live(pictures, lab, run)


async def test_live_beside_the_camera(pictures: Pictures, lab: Lab) -> None:
    run = running(lab)
    app = console(lab, picture_of_camera=PICTURE)

    async def scene(pilot: Pilot[None]) -> None:
        await attached(pilot)
        await pilot.press("v")
        # Its worker goes on asking, so it is the picture that is waited for.
        await until(pilot, lambda: is_drawn(app.screen.query_one(Picture)))

    with ExitStack() as held:
        held.callback(run.close)
        held.enter_context(lab.recording(run))
        await pictures(app, scene)


def is_drawn(picture: Picture) -> bool:
    """Return whether all of a picture is there."""
    strips = picture.query(PictureStrip)
    filled = sum(strip.size.width for strip in strips) >= picture.size.width > 0
    return filled and picture._levels is not None


async def test_live_paused(pictures: Pictures, lab: Lab) -> None:
    run = running(lab, stop_after_s=9.0)
    run.state(RunState.PAUSED, "by ada")
    await _live(pictures, lab, run)


async def test_live_steered_from_another_console(pictures: Pictures, lab: Lab) -> None:
    await _live(pictures, lab, _steered(lab))


async def test_live_asks_before_it_takes_over(pictures: Pictures, lab: Lab) -> None:
    await _live(pictures, lab, _steered(lab), "o")


def _steered(lab: Lab) -> ScriptedRun:
    run = running(lab, stop_after_s=9.0)
    run.command("bea", "pause", console="1-another")
    return run


@pytest.mark.parametrize("key", ["x", "r", "s", "n", "e", "question_mark"])
async def test_live_asks(pictures: Pictures, lab: Lab, key: str) -> None:
    """Before it aborts, shows a film again, skips, notes, ends; and its help."""
    run = running(lab)
    await _live(pictures, lab, run, key)


async def test_live_without_colour(
    pictures: Pictures, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    run = running(lab)
    await _live(pictures, lab, run, looks=SMALL)


@pytest.mark.parametrize("status", [RunStatus.COMPLETE, RunStatus.ABORTED, RunStatus.FAILED])
async def test_live_of_a_run_that_ended(pictures: Pictures, lab: Lab, status: RunStatus) -> None:
    run = _run(lab)
    if status is RunStatus.COMPLETE:
        run.steps(4, len(PROTOCOL.steps))
        run.finish(status, "the protocol is complete")
    else:
        run.step(PROTOCOL.steps[4], stop_after_s=24.0)
        run.finish(status, "broken off by ada" if status is RunStatus.ABORTED else "the disk broke")
    await _live(pictures, lab, run)


async def test_live_of_a_lost_run(pictures: Pictures, lab: Lab) -> None:
    run = running(lab)
    app = console(lab)

    async def scene(pilot: Pilot[None]) -> None:
        await attached(pilot)
        recorder.close()
        run.vanish()
        await until(pilot, lambda: app.snapshot is not None and app.snapshot.state is RunState.LOST)
        await still(pilot)

    with ExitStack() as recorder:
        recorder.enter_context(lab.recording(run))
        await pictures(app, scene)
