"""The data set: images of each participant and class in both sets, and what is left out and why."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from femo_tui.errors import FemoError
from femo_tui.model.left_out import LeftOut
from femo_tui.training.request import TrainRequest
from femo_tui.training.survey import Survey, Wanted
from femo_tui.ui import words
from femo_tui.ui.blocking.training import TrainingRoom
from femo_tui.ui.messages import Said
from femo_tui.ui.screens.base import FemoScreen, heading
from femo_tui.ui.screens.by_eye import ByEyeScreen
from femo_tui.ui.screens.choose import Choose
from femo_tui.ui.screens.long_work import in_sight
from femo_tui.ui.widgets.lines import Lines, spread
from femo_tui.ui.widgets.row_list import RowList
from femo_tui.ui.widgets.train_lines import data_line

WHO_WIDTH = 9
LEAST, MOST = 8, 11  # columns of a class
EVERYBODY = "all"
_WAYS = [
    (Wanted.EVEN.value, "even", "ten a window, evenly in time: at once"),
    (Wanted.BOTH.value, "both sets", "the study's too: its features may have to be computed"),
]


class DataSetTable(RowList[str]):
    """Participants with their images of each class."""


class DataSetScreen(FemoScreen):
    """Draws what a training would look at."""

    HELP_TEXT = "What would be learnt from now: consent, verdicts and review decide."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "v",
            "review",
            "review by eye",
            id="data-set.review",
            tooltip="Look through the faces with their class hidden; accept or reject",
        ),
        Binding("r", "look", "look again", id="data-set.look", tooltip="Count the images again"),
        Binding("escape", "app.pop_screen", "back", id="data-set.back", tooltip="Back to training"),
    ]

    def __init__(self, request: TrainRequest, survey: Survey | None) -> None:
        super().__init__()
        self._request, self._survey = request, survey
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        self._column_width = LEAST

    def compose_body(self) -> ComposeResult:
        yield Lines(id="data-heading")
        yield DataSetTable((), lambda who: who, self._cells, id="data-set")
        with VerticalScroll(id="missing", can_focus=False):
            yield Static("", id="reasons")

    def on_mount(self) -> None:
        if self._survey is None:
            self._count()
        else:
            self._draw(self._survey)

    # --- drawing ------------------------------------------------------------------------------

    def _draw(self, survey: Survey) -> None:
        """Draw the table: its columns are the classes."""
        self._survey = survey
        self._counts = {(g.participant, g.class_name): (g.even, g.study) for g in survey.groups}
        self._draw_heading()
        classes = survey.classes
        room = self._width - WHO_WIDTH
        self._column_width = width = min(max(room // max(len(classes), 1), LEAST), MOST)
        table = self.query_one(DataSetTable)
        table.name_columns([("", WHO_WIDTH), *((_short(name, width), width) for name in classes)])
        people = sorted({*survey.participants, *(m.participant for m in survey.left_out)} - {""})
        table.show([EVERYBODY, *people] if people else [])
        table.focus()
        self.refresh_bindings()

    @property
    def _width(self) -> int:
        return max(self.query_one("#body").content_size.width, 20)

    def on_resize(self, event: Resize) -> None:
        if self._survey is not None:
            self.call_after_refresh(self._draw, self._survey)

    def _draw_heading(self) -> None:
        lines = [spread(*data_line(self._survey), self._width)]
        if self._survey is not None:
            legend = "images of each class: even set / the study's set"
            problem = self._survey.problem
            said = textwrap.wrap(f"! {problem}", self._width) if problem else [legend]
            lines += [Content.styled(line, "$warning" if problem else "$quiet") for line in said]
        self.query_one("#data-heading", Lines).show(lines)

    def _cells(self, who: str) -> list[Content]:
        survey = self._survey
        assert survey is not None
        people = survey.participants if who == EVERYBODY else (who,)
        sums = [
            [sum(self._counts.get((p, c), (0, 0))[i] for p in people) for i in (0, 1)]
            for c in survey.classes
        ]
        cells = [_pair(even, study, self._column_width) for even, study in sums]
        return [Content.styled(who, "bold" if who == EVERYBODY else ""), *cells]

    def on_row_list_pointed(self) -> None:
        who = self.query_one(DataSetTable).item
        if self._survey is None or who is None:
            return
        of = [m for m in self._survey.left_out if who == EVERYBODY or m.participant == who]
        whose = "" if who == EVERYBODY else f" of {who}"
        title = f"Left out{whose}, and why" if of else f"Nothing{whose} is left out"
        lines = [heading(title), *(_reason(one, who == EVERYBODY) for one in of)]
        self.query_one("#reasons", Static).update(Content("\n").join(lines))
        self.query_one("#missing", VerticalScroll).scroll_home(animate=False)

    # --- what takes a while -------------------------------------------------------------------

    def action_look(self) -> None:
        self._count()

    @work(thread=True, exclusive=True, exit_on_error=False, group="survey")
    def _count(self) -> None:
        try:
            survey = TrainingRoom(self.desk).survey(self._request)
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))
            return
        if not self.console.leaving.is_set():
            self.app.call_from_thread(self._draw, survey)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "review" or (self._survey is not None and bool(self._survey.groups))

    @work(exit_on_error=False, group="ask")
    async def action_review(self) -> None:
        question = Choose("Which faces?", _WAYS, Wanted.EVEN.value, "")
        taken = await self.app.push_screen_wait(question)
        if taken is None:
            return
        room, wanted = TrainingRoom(self.desk), Wanted(taken)
        choose = partial(room.faces, self._request, wanted)
        outcome = await in_sight(self.app, "Choosing the faces", choose)
        if outcome.problem:
            self.console.say(outcome.problem, refused=True)
        elif outcome.result:
            await self.app.push_screen_wait(ByEyeScreen(outcome.result))
            self._count()


def _pair(even: int, study: int, width: int) -> Content:
    if not even and not study:
        return Content.styled(f"{words.NONE:>{width}}", "$quiet")
    return Content(f"{f'{even}/{study}':>{width}}")


def _short(name: str, width: int) -> str:
    """Return a class' name in a column, its elicitation kept: `Bored._A`."""
    if len(name) < width:
        return f"{name:>{width}}"
    emotion, dash, kind = name.rpartition("_")
    return f"{f'{emotion[: width - len(dash + kind) - 2]}.{dash}{kind}':>{width}}"


def _reason(one: LeftOut, named: bool) -> Content:
    who = f"{one.participant or words.NONE:<{WHO_WIDTH}}" if named else ""
    what = f"{one.what}: " if one.what else ""
    return Content.assemble((who, "bold"), what, (one.reason, "$quiet"))
