"""What the operator types for the participant, up to the recorder's inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from textual.widgets import Input, Static

from femo_tui.model.run_state import CONTENT_WARNING, CommandName
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.dialogs import AskRating
from femo_tui.ui.screens.live import LiveScreen
from femo_tui.ui.screens.steer_dialogs import FilmWanted
from femo_tui.ui.widgets.frame import NoticeLine
from tests.ui.by_keys import on
from tests.ui.lab import AROUSAL, NOON, PROTOCOL, STRESS, Lab
from tests.ui.recorders import recorder
from tests.ui.scripted_run import ScriptedRun
from tests.ui.shown import keys
from tests.ui.still import console
from tests.ui.waits import until


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
    with lab.recording(run), recorder(lab) as asked:
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
    with lab.recording(run), recorder(lab) as asked:
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
    with lab.recording(run), recorder(lab, refusal) as asked:
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


async def test_a_question_whose_protocol_was_changed_is_said_not_to_be_answered_here(
    lab: Lab,
) -> None:
    run = in_the_rating(lab)
    other = replace(PROTOCOL, sha256="00" * 32)
    app = console(lab, protocol=lambda name: other)
    with lab.recording(run), recorder(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "t answer" in keys(app))
            await pilot.press("t")
            await until(pilot, lambda: app.notice[0].startswith("stress cannot be answered from"))
            assert not isinstance(app.screen, AskRating)
    run.close()
    assert asked == []


async def test_only_a_letter_says_for_the_participant_whether_to_see_a_film(lab: Lab) -> None:
    """Who opened the question by mistake leaves no film out by going back."""
    run = lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], stop_after_s=3.0, asks=(CONTENT_WARNING,))
    app = console(lab)
    with lab.recording(run), recorder(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "t answer" in keys(app))
            for key in ("escape", "enter", "n"):
                await pilot.press("t")
                await on(pilot, FilmWanted)
                await pilot.press(key)
                await on(pilot, LiveScreen)
            await until(pilot, lambda: len(asked) == 1)
    run.close()
    assert asked[0].args == {"scale": CONTENT_WARNING, "value": 0}
