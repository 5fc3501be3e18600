"""What the operator types for the participant, up to the recorder's inbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from textual.widgets import Input, Static

from femo_tui.model.clock import HostClock
from femo_tui.model.run_state import CommandName, RunState
from femo_tui.recorder.control import ControlSocket
from femo_tui.recorder.inbox import Asked, HostInbox
from femo_tui.recorder.peephole import Peephole
from femo_tui.recorder.wire import Command, Reply
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.dialogs import AskRating
from femo_tui.ui.widgets.frame import NoticeLine
from tests.ui.conftest import console
from tests.ui.lab import AROUSAL, NOON, PROTOCOL, STRESS, Lab, ScriptedRun
from tests.ui.test_console import keys
from tests.ui.waits import until


@contextmanager
def engine(lab: Lab, refusal: str | None = None) -> Iterator[list[Command]]:
    """Take commands from the recorder's real socket and inbox as its engine does."""
    inbox, asked = HostInbox(), list[Command]()
    control = ControlSocket(lab.root / "none.sock", inbox, Peephole(None))
    ended = threading.Event()

    def loop() -> None:
        while not ended.is_set():
            item = inbox.take(HostClock().now_s() + 0.1)
            if isinstance(item, Asked):
                asked.append(item.command)
                item.answer(Reply(item.command.id, refusal is None, RunState.RUNNING, refusal))

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield asked
    finally:
        ended.set()
        thread.join()
        control.close()


def in_the_rating(lab: Lab) -> ScriptedRun:
    run = lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 5)
    run.step(PROTOCOL.steps[5], stop_after_s=3.0)
    return run


def asks(app: FemoApp, scale: str) -> bool:
    return isinstance(app.screen, AskRating) and hint(app).startswith(scale)


def hint(app: FemoApp) -> str:
    return "".join(str(line.render()) for line in app.screen.query("#hint").results(Static))


async def test_typed_ratings_reach_the_recorder_one_by_one(lab: Lab) -> None:
    run = in_the_rating(lab)
    app = console(lab)
    with lab.recording(run), engine(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "t answer" in keys(app))
            await pilot.press("t")
            await until(pilot, lambda: asks(app, STRESS.name))
            await pilot.press("6", "enter")
            await until(pilot, lambda: asks(app, AROUSAL.name))
            await pilot.press("3", "enter")
            await until(pilot, lambda: len(asked) == 2)
    run.close()
    # each is sent from a thread of its own
    ratings = sorted((str(c.args["scale"]), c.args["value"]) for c in asked)
    assert ratings == [("arousal", 3), ("stress", 6)]
    assert {(c.command, c.operator) for c in asked} == {(CommandName.RATING, "ada")}


async def test_a_wrong_rating_is_told_in_one_sentence_and_not_sent(lab: Lab) -> None:
    run = in_the_rating(lab)
    app = console(lab)
    with lab.recording(run), engine(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "t answer" in keys(app))
            await pilot.press("t")
            await until(pilot, lambda: asks(app, STRESS.name))
            for typed in ("9", "-1", "-", ""):
                app.screen.query_one(Input).value = typed
                await pilot.press("enter")
                await pilot.pause()
                assert hint(app) == "! stress: type a whole number from 0 to 8."
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, AskRating))
    run.close()
    assert asked == []


async def test_a_rating_that_the_recorder_refuses_is_said(lab: Lab) -> None:
    run = in_the_rating(lab)
    app = console(lab)
    refusal = "rating: 'stress' is not asked now; asked is nothing"
    with lab.recording(run), engine(lab, refusal) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "t answer" in keys(app))
            await pilot.press("t")
            await until(pilot, lambda: asks(app, STRESS.name))
            await pilot.press("6", "enter")
            await until(pilot, lambda: asks(app, AROUSAL.name))
            await pilot.press("escape")
            await until(pilot, lambda: len(asked) == 1 and app.notice[0] != "")
            notice = app.screen.query_one(NoticeLine).text
    run.close()
    assert notice == f"! {refusal}"
