"""The keys of questions and forms: those that answer, those that lead back, those that move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.content import Content
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Checkbox

from femo_tui.model.participants import Scope
from femo_tui.store.run_reader import RunReader
from femo_tui.training.request import TrainRequest
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.bringing_in import AskBundle, CodesForm
from femo_tui.ui.screens.choose import Choose
from femo_tui.ui.screens.decide import DataDialog
from femo_tui.ui.screens.dialogs import AskText, Confirm
from femo_tui.ui.screens.export_form import ExportForm, Typed
from femo_tui.ui.screens.help import HelpScreen
from femo_tui.ui.screens.keeping import BackupForm
from femo_tui.ui.screens.lost import LostRunDialog
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.screens.reassign import AskWhose
from femo_tui.ui.screens.steer_dialogs import ALTERNATE, BreakOff, FilmAgain, FilmWanted
from femo_tui.ui.screens.told import Told
from femo_tui.ui.screens.train_settings import TrainSettings
from femo_tui.ui.screens.withdraw import HowMuch, WithdrawScreen
from femo_tui.ui.widgets.pick import Pick
from femo_tui.ui.widgets.tick import Tick
from tests.ui.by_keys import at
from tests.ui.given_out import plan
from tests.ui.lab import Lab, person
from tests.ui.waits import until

Make = Callable[[FemoApp], Screen[Any]]


async def shown(pilot: Pilot[None], screen: Screen[Any]) -> list[object]:
    """Put a question over the console; return the list that its answer comes into."""
    answers: list[object] = []
    pilot.app.push_screen(screen, answers.append)
    await until(pilot, lambda: pilot.app.screen is screen)
    return answers


def film_again(app: FemoApp) -> FilmAgain:
    overview = app.overview
    assert overview is not None
    run = RunReader(app.desk.store_root / overview.runs[0].run_dir).poll()
    step = next(step for step in run.steps if step.name == "stress")
    dialog = FilmAgain(run, step)
    dialog._alternates = ("stress-b.mkv",)
    return dialog


def lost_run(app: FemoApp) -> LostRunDialog:
    overview = app.overview
    assert overview is not None
    run = RunReader(app.desk.store_root / overview.runs[0].run_dir).poll()
    return LostRunDialog(run, resumable=True)


WANTED = (("y", True), ("n", False), ("escape", None), ("enter", None))  # only a letter answers
# What is asked, the key, and what comes of it.
ANSWERS: tuple[tuple[Make, str, object], ...] = (
    (lambda app: BackupForm("/media/usb"), "escape", None),
    (lambda app: ExportForm(Typed(out="/lab/s-full.tar"), ()), "escape", None),
    (lambda app: AskBundle("Verify which bundle?", ""), "escape", None),
    (lambda app: CodesForm({"S09": "S09 is taken: another"}, {}), "escape", None),
    (film_again, "a", ALTERNATE),
    (film_again, "escape", None),
    (film_again, "n", None),
    *((lambda app: FilmWanted(), key, wanted) for key, wanted in WANTED),
    (lambda app: BreakOff(), "d", "discard"),  # as the recorder takes it
    (lambda app: BreakOff(), "escape", None),
    (lambda app: BreakOff(), "n", None),
    (lambda app: Choose("Which?", [("a", "A", ""), ("b", "B", "")], "a", "a"), "escape", None),
    (lambda app: DataDialog("S09 run-01"), "escape", None),
    (lambda app: HelpScreen(app.screen), "question_mark", None),
    (lambda app: HelpScreen(app.screen), "enter", None),
    (lambda app: HelpScreen(app.screen), "f1", None),
    (lambda app: HelpScreen(app.screen), "q", None),
    (lambda app: HowMuch(person("S10")), "escape", None),
    (lost_run, "escape", None),
    (lambda app: TrainSettings(TrainRequest(app.desk.store_root)), "escape", None),
    (lambda app: PersonForm("S13", set(), "2", app.desk.clock), "escape", None),
    (lambda app: Confirm("Go on?", "It follows."), "escape", False),
    (lambda app: Confirm("Go on?", "It follows."), "n", False),
    (lambda app: AskText("Why?", "in words", needed=True), "escape", None),
    (lambda app: Told(Content("Done."), [Content("It is.")]), "escape", None),
    (lambda app: AskWhose("S09 run-01", [person("S10")]), "escape", None),
)


async def test_each_answer_is_given_and_each_way_back_leads_back(busy_lab: Lab) -> None:
    async with at(busy_lab, "5") as (app, pilot):
        for make, key, answer in ANSWERS:
            question = make(app)
            answers = await shown(pilot, question)
            await pilot.press(key)
            await until(pilot, lambda asked=question: app.screen is not asked)  # type: ignore[misc]
            assert answers == [answer], (question, key)


async def test_fields_of_the_forms_are_gone_through(lab: Lab) -> None:
    """Each key moves to the field that is named after it."""
    walks: tuple[tuple[Make, tuple[tuple[str, str], ...]], ...] = (
        (
            lambda app: ExportForm(Typed(out="/lab/s-full.tar"), ()),
            (("enter", "who"), ("enter", "since"), ("up", "who"), ("up", "level")),
        ),
        (
            lambda app: BackupForm("/media/usb"),
            (("down", "recipients"), ("up", "destination")),
        ),
        (
            lambda app: CodesForm({"S09": "S09 is taken: a", "S10": "S10 is taken: b"}, {}),
            (("down", "code-S10"), ("up", "code-S09")),
        ),
        (
            lambda app: TrainSettings(TrainRequest(app.desk.store_root)),
            (("enter", "datasets"), ("down", "epochs"), ("up", "datasets"), ("up", "weights")),
        ),
    )
    async with at(lab, "8") as (app, pilot):
        for make, walk in walks:
            form = make(app)
            await shown(pilot, form)
            for key, field in walk:
                await pilot.press(key)
                await until(
                    pilot,
                    lambda field=field: app.focused is not None and app.focused.id == field,  # type: ignore[misc]
                )
            form.dismiss(None)
            await until(pilot, lambda form=form: app.screen is not form)  # type: ignore[misc]


async def test_a_level_is_picked_to_the_right_and_to_the_left(lab: Lab) -> None:
    async with at(lab, "8") as (app, pilot):
        await shown(pilot, ExportForm(Typed(out="/lab/s-full.tar"), ()))
        await until(pilot, lambda: isinstance(app.focused, Pick))
        level = app.screen.query_one(Pick)
        await pilot.press("right")
        assert level.value == "no-faces"
        await pilot.press("left")
        assert level.value == "full"


async def test_codes_are_kept_as_typed(lab: Lab) -> None:
    async with at(lab, "8") as (_, pilot):
        answers = await shown(pilot, CodesForm({"S09": "S09 is taken: another"}, {}))
        await pilot.press(*"X01", "ctrl+s")
        await until(pilot, lambda: bool(answers))
        assert answers == [{"S09": "X01"}]


async def test_an_option_of_training_is_ticked(lab: Lab) -> None:
    async with at(lab, "6") as (app, pilot):
        await shown(pilot, TrainSettings(TrainRequest(lab.root)))
        app.screen.query_one("#gsr", Tick).focus()
        await pilot.press("space")
        assert app.screen.query_one("#gsr", Tick).value


async def test_what_is_taken_back_is_gone_through_upwards_too(lab: Lab) -> None:
    async with at(lab, "2") as (app, pilot):
        await shown(pilot, HowMuch(person("S10")))
        ticks = list(app.screen.query(Checkbox))
        await until(pilot, lambda: app.focused is ticks[0])
        await pilot.press("down")
        await until(pilot, lambda: app.focused is ticks[1])
        await pilot.press("up")
        await until(pilot, lambda: app.focused is ticks[0])


async def test_a_long_plan_of_a_withdrawal_is_read_to_its_end_and_back(lab: Lab) -> None:
    async with at(lab, "2") as (app, pilot):
        why = tuple(f"S10/2026-11-22T0812{n:02d}/run-01 is being recorded" for n in range(40))
        await shown(pilot, WithdrawScreen(plan(scopes=(Scope.FACE,), blocked=why)))
        body = app.screen.query_one("#plan")
        await until(pilot, lambda: body.max_scroll_y > 0)
        await pilot.press("pagedown")
        await until(pilot, lambda: body.scroll_offset.y > 0)
        await pilot.press("pageup")
        await until(pilot, lambda: body.scroll_offset.y == 0)
