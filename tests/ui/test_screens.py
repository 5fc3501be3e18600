"""Pictures of Live, the runs and one run, in every state they have."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from femo_tui.model.progress import Progress, Report
from femo_tui.model.records import Box, JsonValue, Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.store.judging import judge_frames, judge_window
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens import long_work
from femo_tui.ui.screens.long_work import LongWork
from femo_tui.ui.screens.lost import LostRunDialog
from femo_tui.ui.widgets.picture import Picture, PictureStrip
from femo_tui.ui.widgets.progress import ProgressBar
from tests.ui.conftest import console
from tests.ui.lab import NOON, PROTOCOL, Lab, ScriptedRun
from tests.ui.waits import LIMIT_S, until

Snap = Callable[..., bool]
ASTRONAUT = Path(__file__).parents[1] / "data" / "faces" / "astronaut.jpg"
SIZES = [(80, 24), (120, 40)]
size = pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])

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


QUIET = {"follow", "default", "picture"}


async def attached(pilot: Pilot[None]) -> None:
    """Wait until Live shows the run."""
    app = pilot.app
    assert isinstance(app, FemoApp)
    await until(pilot, lambda: app.current_mode == "live" and app.screen.has_class("-run"))
    await until(pilot, lambda: not [w for w in app.workers if w.group not in QUIET])


@size
def test_runs(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare("5"))


def _face() -> bytes:
    """Return the astronaut's face as a crop of a run would be."""
    import cv2

    image = cv2.imread(str(ASTRONAUT), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return bytes(cv2.imencode(".jpg", cv2.resize(image[60:220, 140:300], (96, 96)))[1])


def _reviewed(lab: Lab) -> Path:
    """Return a sealed run that was judged once more."""
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.face_jpeg = _face()
    run.steps(0, 6)
    run.mark("coughs", 130.0)
    run.fault(Stream.GSR, "samples_lost", Severity.LOSS, "3 samples were lost", count=3)
    run.steps(6, len(PROTOCOL.steps))
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    judge_window(run.run_dir, "stress", 1, "failed", "eva", "spoke to the camera", lab.clock)
    lab.index(run.run_dir)
    return run.run_dir


@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
@size
def test_one_run(snap_compare: Snap, lab: Lab, size: tuple[int, int], light: bool) -> None:
    _reviewed(lab)
    keys = (*(("ctrl+t",) if light else ()), "5", "enter", "down", "down")
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare(*keys))


@size
def test_a_lost_run(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    keys = ("5", "down", "down", "enter")
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare(*keys))


def test_a_run_of_a_clock_that_is_ahead(snap_compare: Snap, lab: Lab) -> None:
    run = lab.begin("S10", NOON + timedelta(days=300))
    run.steps(0, 3)
    run.finish(RunStatus.STOPPED, "stopped by ada")
    assert snap_compare(console(lab), run_before=prepare("5", "enter"))


@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
@size
def test_faces(snap_compare: Snap, lab: Lab, size: tuple[int, int], light: bool) -> None:
    run_dir = _reviewed(lab)
    judge_frames(run_dir, {972}, "eva", "a hand", lab.clock, accepted=False)
    keys = (
        *(("ctrl+t",) if light else ()),
        "5",
        "enter",
        "down",
        "down",
        "enter",
        "right",
        "space",
    )
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare(*keys))


@size
def test_events(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    _reviewed(lab)
    keys = ("5", "enter", "e")
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare(*keys))


def test_long_work(snap_compare: Snap, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second has passed since it began, and it ends with the console."""
    times = iter([0.0])
    monkeypatch.setattr(long_work, "monotonic", lambda: next(times, 8.0))
    app, ended = console(lab), threading.Event()

    def verify(report: Report) -> None:
        report(Progress(61_000_000, 200_000_000, "bytes"))
        ended.wait(LIMIT_S)

    async def before(pilot: Pilot[None]) -> None:
        await prepare()(pilot)
        app.push_screen(LongWork("Verify S10 run-01", verify))
        while "left" not in "".join(line.text for line in app.screen.query(ProgressBar)):
            await pilot.pause(0.05)

    try:
        assert snap_compare(app, run_before=before)
    finally:
        ended.set()


def test_live_without_a_run(snap_compare: Snap, lab: Lab) -> None:
    assert snap_compare(console(lab), run_before=prepare("4"))


def _run(lab: Lab, *, simulated: bool = False) -> ScriptedRun:
    run = lab.begin("S12", NOON - timedelta(minutes=7), simulated=simulated)
    run.steps(0, 4)
    return run


def _live(
    snap_compare: Snap, lab: Lab, run: ScriptedRun, look: tuple[tuple[int, int], bool], *keys: str
) -> bool:
    """Compare Live of `run` at a size, in light if told so, after `keys`."""
    terminal_size, light = look

    async def before(pilot: Pilot[None]) -> None:
        await attached(pilot)
        for key in (*(("ctrl+t",) if light else ()), *keys):
            await pilot.press(key)
            await pilot.pause()
        app = pilot.app
        await until(pilot, lambda: not [w for w in app.workers if w.group not in QUIET])
        if "v" in keys:  # its worker goes on asking, so it is the picture that is waited for
            picture = app.screen.query_one(Picture)
            await until(pilot, lambda: picture._levels is not None and _is_filled(picture))

    with ExitStack() as held:
        held.callback(run.close)
        held.enter_context(lab.recording(run))
        app = console(lab, picture_of_camera=PICTURE)
        return snap_compare(app, terminal_size=terminal_size, run_before=before)


def _is_filled(picture: Picture) -> bool:
    strips = picture.query(PictureStrip)
    return sum(strip.size.width for strip in strips) >= picture.size.width > 0


SMALL = ((80, 24), False)
looks = pytest.mark.parametrize(
    "look",
    [((80, 24), False), ((120, 40), False), ((80, 24), True), ((120, 40), True)],
    ids=["80x24", "120x40", "80x24-light", "120x40-light"],
)
Look = tuple[tuple[int, int], bool]
CRITERIA: dict[str, JsonValue] = {
    "window": {"value": "complete", "need": "complete", "ok": True},
    "onset_uncertainty_s": {"value": 0.017, "need": 0.1, "ok": True},
    "media_played_s": {"value": 52.0, "need": 52.0, "ok": True},
    "gsr_valid_share": {"value": 1.0, "need": 0.8, "ok": True},
    "longest_gap_s": {"value": 0.1, "need": 1.0, "ok": True},
    "gsr_rate_share": {"value": 1.0, "need": 0.9, "ok": True},
    "frames": {"value": 150, "need": 105, "ok": True},
    "face_yield": {"value": 0.6, "need": 0.7, "ok": False},
    "sharpness": {"value": 184.0, "need": 0.0, "ok": True},
}
ALL_MET: dict[str, JsonValue] = {
    **CRITERIA,
    "face_yield": {"value": 0.97, "need": 0.7, "ok": True},
}


@looks
def test_live_in_a_window(snap_compare: Snap, lab: Lab, look: Look) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    run.mark("coughs", run.t_s - 9.0)
    assert _live(snap_compare, lab, run, look)


@looks
def test_live_at_the_gate_with_something_missing(snap_compare: Snap, lab: Lab, look: Look) -> None:
    run = _run(lab)
    run.unseen = 10
    run.step(PROTOCOL.steps[4], verdict="")
    run.state(RunState.AWAITING_VERDICT, "face_yield 0.6 (need 0.7)", CRITERIA)
    assert _live(snap_compare, lab, run, look)


def test_live_at_the_gate_with_all_met(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], verdict="")
    run.state(RunState.AWAITING_VERDICT, "all criteria are met", ALL_MET)
    assert _live(snap_compare, lab, run, SMALL)


def test_live_with_a_sensor_unplugged(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab, simulated=True)
    run.step(PROTOCOL.steps[4], stop_after_s=9.0)
    run.fault(Stream.CAMERA, "slow", Severity.WARNING, "the camera gives 7.1 frames a second")
    run.fault(Stream.GSR, "unplugged", Severity.LOSS, "the sensor was unplugged; waiting for it")
    assert _live(snap_compare, lab, run, SMALL)


def test_live_with_rows_that_cannot_be_read(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=9.0)
    with (run.run_dir / "gsr.csv").open("a") as rows:
        rows.write("205.000000,,,a thousand,4.1,ok\n205.1,,\n1e12,,,400.0,4.1,ok\n")
    assert _live(snap_compare, lab, run, SMALL)


@looks
def test_live_beside_the_camera(snap_compare: Snap, lab: Lab, look: Look) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    assert _live(snap_compare, lab, run, look, "v")


def test_live_paused(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=9.0)
    run.state(RunState.PAUSED, "by ada")
    assert _live(snap_compare, lab, run, SMALL)


def test_live_steered_from_another_console(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=9.0)
    run.command("bea", "pause", console="1-another")
    assert _live(snap_compare, lab, run, SMALL)


@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
def test_live_asks_before_it_aborts(snap_compare: Snap, lab: Lab, light: bool) -> None:
    run = _run(lab)
    assert _live(snap_compare, lab, run, ((80, 24), light), "x")


def test_live_asks_which_film_is_shown_again(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    assert _live(snap_compare, lab, run, SMALL, "r")


def test_live_without_colour(snap_compare: Snap, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    run = _run(lab)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    assert _live(snap_compare, lab, run, SMALL)


def test_live_of_a_run_that_ended(snap_compare: Snap, lab: Lab) -> None:
    run = _run(lab)
    run.steps(4, len(PROTOCOL.steps))
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    assert _live(snap_compare, lab, run, SMALL)


@size
def test_a_lost_run_asks_what_becomes_of_it(
    snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]
) -> None:
    app = console(busy_lab)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.overview is not None and bool(app.overview.runs))
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(app.screen, LostRunDialog))

    assert snap_compare(app, terminal_size=size, run_before=before)
