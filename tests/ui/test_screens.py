"""A picture of every screen, at the smallest comfortable size and at a larger one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from femo_tui.model.records import Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.recorder.preflight_client import Check, CheckState
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.lost import LostRunDialog
from tests.ui.conftest import console
from tests.ui.lab import NOON, PROTOCOL, Lab, ScriptedRun
from tests.ui.waits import until

Snap = Callable[..., bool]
SIZES = [(80, 24), (120, 40)]
size = pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
CHECKS = (
    Check("consent", CheckState.OK, "S12 · gsr, face, keep, train, share-gsr, share-face"),
    Check("films", CheckState.OK, "6 of 6 found"),
    Check("disk", CheckState.OK, "214 GB free, the run needs 0.3 GB"),
    Check("login", CheckState.OK, "recording survives logout"),
    Check("gsr", CheckState.OK, "Grove on /dev/ttyACM0", "4.81 µS   10.0 Hz", "", 4.81),
    Check("camera", CheckState.WARNING, "/dev/video0 · 720×480", "face in 61% of frames"),
    Check("player", CheckState.OK, "mpv on :0"),
)


def prepare(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Wait until the store has been read, then press `keys`, waiting for workers in between."""

    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, FemoApp)
        app.screen.can_focus = False
        await until(pilot, lambda: app.overview is not None)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: not [w for w in app.workers if w.group not in QUIET])

    return run


QUIET = {"follow", "default"}


async def attached(pilot: Pilot[None]) -> None:
    """Wait until Live shows the run."""
    app = pilot.app
    assert isinstance(app, FemoApp)
    await until(pilot, lambda: app.current_mode == "live" and app.screen.has_class("-run"))
    await until(pilot, lambda: not [w for w in app.workers if w.group not in QUIET])


@size
def test_home(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare())


@size
def test_home_of_an_empty_store(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare())


@size
def test_people(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare("2"))


@size
def test_register(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare("2", "n"))


@size
def test_setup_person(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare("3"))


@size
def test_setup_protocol(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    keys = ("3", "enter")
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare(*keys))


@size
def test_setup_devices(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    keys = ("3", "enter", "enter")
    app = console(lab, CHECKS)
    assert snap_compare(app, terminal_size=size, run_before=prepare(*keys))


def test_setup_with_the_sensor_missing(snap_compare: Snap, lab: Lab) -> None:
    gone = Check(
        "gsr",
        CheckState.MISSING,
        "serial:auto finds no sensor",
        remedy="plug the Arduino in, then press r",
    )
    checks = (*(check for check in CHECKS if check.name != "gsr"), gone)
    keys = ("3", "enter", "enter", "enter")
    assert snap_compare(console(lab, checks), run_before=prepare(*keys))


@size
def test_setup_facts(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    keys = ("3", "enter", "enter", "enter")
    app = console(lab, CHECKS)
    assert snap_compare(app, terminal_size=size, run_before=prepare(*keys))


@size
def test_runs(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare("5"))


@size
def test_one_run(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    keys = ("5", "down", "enter")
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare(*keys))


def test_live_without_a_run(snap_compare: Snap, lab: Lab) -> None:
    assert snap_compare(console(lab), run_before=prepare("4"))


def test_help(snap_compare: Snap, busy_lab: Lab) -> None:
    keys = ("5", "question_mark")
    assert snap_compare(console(busy_lab), run_before=prepare(*keys))


@pytest.fixture
def stage(busy_lab: Lab) -> Lab:
    return busy_lab


def _run(lab: Lab, *, simulated: bool = False) -> ScriptedRun:
    run = lab.begin("S12", NOON - timedelta(minutes=7), simulated=simulated)
    run.steps(0, 4)
    return run


def _live(
    snap_compare: Snap, lab: Lab, run: ScriptedRun, size: tuple[int, int], *keys: str
) -> bool:
    async def before(pilot: Pilot[None]) -> None:
        await attached(pilot)
        for key in keys:
            await pilot.press(key)

    with ExitStack() as held:
        held.callback(run.close)
        held.enter_context(lab.recording(run))
        return snap_compare(console(lab), terminal_size=size, run_before=before)


@size
def test_live_in_a_window(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    assert _live(snap_compare, lab, run, size)


@size
def test_live_awaiting_a_verdict(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    run = _run(lab)
    run.unseen = 10
    run.step(PROTOCOL.steps[4], verdict="")
    run.state(RunState.AWAITING_VERDICT, "face_yield 0.6 (need 0.7)")
    assert _live(snap_compare, lab, run, size)


def test_live_with_a_sensor_unplugged(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab, simulated=True)
    run.step(PROTOCOL.steps[4], stop_after_s=9.0)
    run.fault(Stream.CAMERA, "slow", Severity.WARNING, "the camera gives 7.1 frames a second")
    run.fault(Stream.GSR, "unplugged", Severity.LOSS, "the sensor was unplugged; waiting for it")
    assert _live(snap_compare, lab, run, (80, 24))


def test_live_paused(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=9.0)
    run.state(RunState.PAUSED, "by ada")
    assert _live(snap_compare, lab, run, (80, 24))


def test_live_asks_before_it_aborts(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    assert _live(snap_compare, lab, run, (80, 24), "x")


def test_live_in_light(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    assert _live(snap_compare, lab, run, (80, 24), "ctrl+t")


def test_live_without_colour(snap_compare: Snap, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    assert _live(snap_compare, lab, run, (80, 24))


def test_live_of_a_run_that_ended(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.steps(4, len(PROTOCOL.steps))
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    assert _live(snap_compare, lab, run, (80, 24))


@size
def test_a_lost_run_asks_what_becomes_of_it(
    snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]
) -> None:
    app = console(busy_lab)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(app.screen, LostRunDialog))

    assert snap_compare(app, terminal_size=size, run_before=before)
