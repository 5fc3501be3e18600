"""Live and review when things go wrong: each is a state on the screen, none a traceback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from femo_tui.model.records import JsonValue, Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.screens.lost import LostRunDialog
from femo_tui.ui.widgets.gate import ALL_MET as ALL_CRITERIA_MET
from femo_tui.ui.widgets.lines import Lines
from tests.support.slow_disk import slow_disk
from tests.ui.by_keys import attached, made_tiny_and_large, review, settled
from tests.ui.lab import NOON, PROTOCOL, Lab, at_the_gate, finished, running
from tests.ui.scripted_run import ScriptedRun
from tests.ui.shown import keys, text_of
from tests.ui.states import ALL_MET, CRITERIA
from tests.ui.still import console
from tests.ui.waits import until


@contextmanager
def recording(lab: Lab, run: ScriptedRun) -> Iterator[None]:
    with lab.recording(run):
        yield
    run.close()


@pytest.mark.parametrize("pressed", [(), ("n",), ("x",), ("r",), ("question_mark",)])
async def test_live_is_made_tiny_and_large_again(lab: Lab, pressed: tuple[str, ...]) -> None:
    run = running(lab)
    app = console(lab)
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await pilot.press(*pressed)
            await made_tiny_and_large(pilot)


async def test_the_gate_is_made_tiny_and_large_again(lab: Lab) -> None:
    run = at_the_gate(lab)
    app = console(lab)
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "LOW" in text_of(app))
            await made_tiny_and_large(pilot)


async def test_what_the_participant_sees_is_told_in_a_pause_too(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "sees  the film" in text_of(app))
            run.state(RunState.PAUSED, "by ada")
            await until(pilot, lambda: "sees  that it takes a moment" in text_of(app))


@pytest.mark.parametrize("pressed", [(), ("e",), ("down", "enter")])
async def test_a_review_is_made_tiny_and_large_again(lab: Lab, pressed: tuple[str, ...]) -> None:
    finished(lab)
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await review(pilot)
        await pilot.press(*pressed)
        await settled(pilot)
        await made_tiny_and_large(pilot)


async def test_a_slow_disk_is_said_on_live_and_holds_up_no_key(lab: Lab) -> None:
    run = running(lab)
    app = FemoApp(Desk(lab.root, "ada"))
    with recording(lab, run), slow_disk(lab.root) as disk:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "store: a look takes" in text_of(app))
            assert "● REC" in text_of(app)
            for key, shown in (("5", "began"), ("4", "sees"), ("2", "registered"), ("4", "sees")):
                await pilot.press(key)
                await until(pilot, lambda shown=shown: shown in text_of(app))  # type: ignore[misc]
    assert disk.by_main == []
    assert len(disk.by_others) > 10


async def test_a_slow_disk_holds_up_no_key_of_a_review(lab: Lab) -> None:
    finished(lab)
    app = FemoApp(Desk(lab.root, "ada", clock=lab.clock))
    with slow_disk(lab.root) as disk:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.overview is not None)
            for key, shown in (
                ("5", "complete"),
                ("enter", "neutral-1"),
                ("e", "baseline-1 opens"),
                ("escape", "e events"),
                ("enter", "baseline, attempt 1"),
                ("7", "Left out"),
                ("1", "Today"),
            ):
                await pilot.press(key)
                await until(pilot, lambda shown=shown: shown in text_of(app))  # type: ignore[misc]
    assert disk.by_main == []


async def test_a_recorder_that_dies_is_a_lost_run_that_can_be_settled_here(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with ExitStack() as recorder:
        recorder.enter_context(lab.recording(run))
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "● REC" in text_of(app))
            recorder.close()
            run.vanish()
            await settle_the_lost_run(pilot, app)


async def settle_the_lost_run(pilot: Pilot[None], app: FemoApp) -> None:
    await until(pilot, lambda: "✗ LOST" in text_of(app) and "l lost run" in keys(app))
    assert "p pause" not in keys(app)
    await pilot.press("l")
    await until(pilot, lambda: isinstance(app.screen, LostRunDialog))


async def test_rows_and_events_that_cannot_be_read_are_named_and_the_rest_goes_on(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with recording(lab, run):
        for name, torn in (
            ("run.jsonl", b'{"t_s": 1e999}\n[[[\n\xff\xfe\n{"t_s":9e9,"event":"clock","utc":""}\n'),
            ("gsr.csv", b"\xff\xff\n9e9,,,1,1,ok\nnan,,,1,1,ok\n"),
            ("frames.csv", b",,,\n-1,-1,-1\n1,1,stress,1,Stress_S,1,,,,,2,5,5,../../x,\n"),
        ):
            with (run.run_dir / name).open("ab") as file:
                file.write(torn)
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "lines not read;" in text_of(app))
            run.step(PROTOCOL.steps[6], stop_after_s=20.0)
            await until(pilot, lambda: "▸ neutral-2" in text_of(app))
            assert app.snapshot is not None
            assert app.snapshot.state is RunState.RUNNING
            assert app.snapshot.elapsed_s < 1000.0
        assert app._exception is None


async def test_a_gate_that_another_console_decides_at_offers_no_choice(lab: Lab) -> None:
    run = running(lab)
    run.command("bea", "pause", console="1-another")
    run.state(RunState.AWAITING_VERDICT, "face_yield 0.6 (need 0.7)", CRITERIA)
    app = console(lab)
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "bea decides at another console." in text_of(app))
            assert "o take over" in text_of(app)
            assert "accept with a reason" not in text_of(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_sensor_that_falls_silent_at_the_gate_is_told_above_the_choice(
    lab: Lab, size: tuple[int, int]
) -> None:
    run = at_the_gate(lab, ALL_CRITERIA_MET, ALL_MET)
    app = console(lab)
    with recording(lab, run):
        async with app.run_test(size=size) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "▸ a accept" in text_of(app))
            before = text_of(app).splitlines()
            assert "valid 100" in app.screen.query_one("#gsr", Lines).text
            run.t_s += 6.0
            run.fault(Stream.GSR, "silent", Severity.LOSS, "no reading for 6.0 s: check its cable")
            await until(pilot, lambda: "LOSS  gsr: no reading for 6.0 s: check" in text_of(app))
            # Six of the sixty seconds that the share is taken over are not there.
            figures = app.screen.query_one("#gsr", Lines).text
            assert "valid  90" in figures
            assert "µS" not in figures
            now = text_of(app).splitlines()
            assert rows_of(now, "▸ a accept") == rows_of(before, "▸ a accept")
            run.fault(Stream.GSR, "speaking_again", Severity.LOSS, "speaks again after 6.5 s")
            await until(pilot, lambda: "LOSS  gsr: speaks again" in text_of(app))


async def test_the_gate_tells_a_short_window_to_the_tenth(lab: Lab) -> None:
    step = PROTOCOL.steps[4]
    assert step.window is not None
    run = lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    run.step(replace(step, window=replace(step.window, duration_s=2.5)), verdict="")
    run.state(RunState.AWAITING_VERDICT, ALL_CRITERIA_MET, ALL_MET)
    app = console(lab)
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "· window 2.5 s" in text_of(app))


async def test_the_camera_is_no_more_offered_once_the_run_has_ended(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with lab.recording(run):  # its recorder closes its devices for a while after the last step
        async with app.run_test(size=(120, 40)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: "v look" in keys(app))
            run.finish(RunStatus.COMPLETE, "the protocol is complete")
            await until(pilot, lambda: app.recording is None)
            assert app.active is not None
            await until(pilot, lambda: "v look" not in keys(app))
    run.close()


def rows_of(lines: list[str], text: str) -> list[int]:
    return [number for number, line in enumerate(lines) if text in line]


async def test_the_gate_gives_faces_their_recorded_reason_beside_that_of_gsr(lab: Lab) -> None:
    cap = "the camera sees only black: take off the lens cap"
    facts: dict[str, JsonValue] = {"value": 0.0, "need": 0.7, "ok": False}
    missed: dict[str, JsonValue] = {
        **CRITERIA,
        "gsr_valid_share": {**facts, "note": "5 s silent"},
        "face_yield": {**facts, "note": cap},
    }
    run = at_the_gate(lab, "face_yield 0.0 (need 0.7)", missed)
    app = console(lab)
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: f"faces: {cap}" in text_of(app))
            assert "GSR valid: 5 s silent" in text_of(app)


async def test_a_picture_that_is_opened_again_is_asked_for_by_one_only(lab: Lab) -> None:
    run = running(lab)
    asked_by: list[int] = []

    def picture() -> None:
        asked_by.append(threading.get_ident())

    app = console(lab, picture=picture)
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await pilot.press("v", "v", "v")
            for _ in range(2):  # whoever was asking when it was closed has left off by then
                asked_by.clear()
                await until(pilot, lambda: len(asked_by) >= 4)
            assert len(set(asked_by)) == 1


async def test_a_recorder_that_knows_the_store_by_another_path_is_followed(lab: Lab) -> None:
    link = lab.root.parent / "link"
    link.symlink_to(lab.root)
    run = running(lab)
    app = console(Lab(link, lab.clock))
    with recording(lab, run):
        async with app.run_test(size=(80, 24)) as pilot:
            await attached(pilot)
            await until(pilot, lambda: app.overview is not None and bool(app.overview.runs))
            assert app.overview is not None
            (entry,) = app.overview.runs
            assert link / entry.run_dir == link / run.run_dir.relative_to(lab.root)
            assert app.notice[0] == ""
