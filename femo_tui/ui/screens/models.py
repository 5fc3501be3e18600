"""All models of the store, the newest first: looked at, compared by twos, stale ones marked."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from femo_tui.errors import FemoError
from femo_tui.training.models import Damaged, Model, Shelf
from femo_tui.training.report import percent
from femo_tui.training.validation import Kind, Unit
from femo_tui.ui import words
from femo_tui.ui.blocking.training import TrainingRoom
from femo_tui.ui.findings import Findings
from femo_tui.ui.messages import Said
from femo_tui.ui.screens.base import FemoScreen, heading
from femo_tui.ui.screens.compare import CompareScreen
from femo_tui.ui.screens.findings import FINDINGS_KEYS, FindingsScreen
from femo_tui.ui.widgets.findings_panel import (
    Evaluations,
    FindingsPanel,
    interval,
    sentence_text,
)
from femo_tui.ui.widgets.lines import Lines, spread
from femo_tui.ui.widgets.row_list import RowList
from femo_tui.ui.widgets.train_lines import marks, model_line, moment

_COLUMNS = (
    (" model", 7),
    ("made", 13),
    ("features", 10),
    ("people", 8),
    ("on unseen people", 18),
    ("the study's", 11),
    ("", 16),
)
PEOPLE_SHOWN = 12


class ModelsTable(RowList[Model]):
    """Models: enter shows one, space picks it for a comparison."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "look", id="model.look", tooltip="This model's evaluations"),
    ]


class ModelsScreen(FemoScreen):
    """Lists the models."""

    HELP_TEXT = "A model is stale once somebody it learnt from withdrew or took consent back."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pick", "pick", id="model.pick", tooltip="Pick this one, or not"),
        Binding("c", "compare", "compare", id="model.compare", tooltip="The two that are picked"),
        Binding("escape", "app.pop_screen", "back", id="model.list-back", tooltip="To training"),
    ]

    def __init__(self, wanted: str) -> None:
        """Show the list, pointing at the model of that name if there is one."""
        super().__init__()
        self._wanted = wanted
        self._picked: list[str] = []
        self._models: tuple[Model, ...] = ()
        self._damaged: tuple[Damaged, ...] = ()

    def compose_body(self) -> ComposeResult:
        yield Lines(id="models-heading")
        yield ModelsTable(_COLUMNS, lambda model: model.name, self._cells, id="models")
        yield Lines(id="model")

    def on_screen_resume(self) -> None:
        self.give_focus(self.query_one(ModelsTable))
        self._read()

    def aim(self, target: str) -> None:
        self._wanted = target
        self._show(Shelf(tuple(reversed(self._models)), self._damaged))

    @work(thread=True, exclusive=True, exit_on_error=False, group="models")
    def _read(self) -> None:
        try:
            shelf = TrainingRoom(self.desk).models()
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))
            return
        if not self.console.leaving.is_set():
            self.app.call_from_thread(self._show, shelf)

    def _show(self, shelf: Shelf) -> None:
        models, self._damaged = shelf.models, shelf.damaged
        self._models = tuple(reversed(models))
        there = {model.name for model in models}
        self._picked = [name for name in self._picked if name in there]
        title = words.plural(len(models), "model") if models else "There is no model yet"
        top = heading(title)
        if shelf.damaged:
            names = ", ".join(one.name for one in shelf.damaged)
            top = Content.assemble(top, (f"   ! damaged: {names}", "$warning"))
            self.console.say(words.first(shelf.problems), refused=True)
        self.query_one("#models-heading", Lines).show([top])
        table = self.query_one(ModelsTable)
        table.show(self._models)
        if self._wanted:
            table.point_at(self._wanted)
            self._wanted = ""

    def _cells(self, model: Model) -> list[Content]:
        headline = model.headline
        study = next(
            (
                v
                for v in model.validations
                if (v.kind, v.features, v.unit) == (Kind.STUDY, model.features, Unit.FRAME)
            ),
            None,
        )
        sign = "●" if model.name in self._picked else " "
        flattered = words.NONE if study is None else f"{percent(study.accuracy):>8}"
        unseen = words.NONE
        if headline is not None:
            unseen = f"{percent(headline.accuracy):>7} {interval(headline)}"
        return [
            Content.assemble((sign, "$accent bold"), (model.name, "bold")),
            Content.styled(f"{moment(model.made_utc, self.desk.local):%d %b %H:%M}", "$quiet"),
            Content(model.features),
            Content(f"{len(model.participants):>6}"),
            Content(unseen),
            Content.styled(flattered, "$quiet"),
            marks(model, short=True),
        ]

    def on_row_list_pointed(self) -> None:
        model = self._chosen()
        self.query_one("#model", Lines).show([] if model is None else _about(model))
        self.refresh_bindings()

    def _chosen(self) -> Model | None:
        tables = self.query(ModelsTable)  # none before the screen is composed
        return tables.first().item if tables else None

    def on_row_list_chosen(self) -> None:
        model = self._chosen()
        if model is not None:
            self.app.push_screen(ModelScreen(model))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "compare":
            return len(self._picked) == 2
        if action == "pick":
            return len(self._models) > 1
        return True

    def action_pick(self) -> None:
        """Pick a model; a third takes the place of the one that was picked first."""
        model = self._chosen()
        if model is not None:
            if model.name in self._picked:
                self._picked.remove(model.name)
            else:
                self._picked = [*self._picked, model.name][-2:]
            self.query_one(ModelsTable).refresh()
            self.refresh_bindings()

    def action_compare(self) -> None:
        newer, older = (model for model in self._models if model.name in self._picked)
        self.app.push_screen(CompareScreen(older, newer))


def _about(model: Model) -> list[Content]:
    """Return three lines: why it is stale, or that it may be used; of whom; how it was trained."""
    if model.stale:
        first = Content.styled(f"! STALE: {words.first(model.stale)}: train anew", "$warning")
    else:
        first = Content.styled("everybody it learnt from stands behind it", "$success")
    people = ", ".join(model.participants[:PEOPLE_SHOWN])
    more = len(model.participants) - PEOPLE_SHOWN
    if more > 0:
        people += f" and {more} more"
    facts = model.facts
    trained = f"head {facts.get('head')}, seed {facts.get('seed')}"
    gsr = ", with GSR" if facts.get("with_gsr") else ""
    by = f", by {facts.get('operator') or 'somebody'}"
    return [
        first,
        Content.assemble(("learnt from  ", "$quiet"), people),
        Content.styled(f"{trained}{gsr}{by}", "$quiet"),
    ]


class ModelScreen(FindingsScreen):
    """Draws one model: its evaluations and the plain sentences."""

    HELP_TEXT = "One model as it was evaluated; what stands behind a row is a key away."
    BINDINGS: ClassVar[list[BindingType]] = [
        *FINDINGS_KEYS,
        Binding("escape", "app.pop_screen", "back", id="model.back", tooltip="Back to the models"),
    ]

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model
        self.findings = Findings.of_model(model)

    def compose_body(self) -> ComposeResult:
        yield Lines(id="standing")
        yield FindingsPanel(id="findings")

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def aim(self, target: str) -> None:
        if target:
            self.app.push_screen(ModelsScreen(target))

    def _draw(self) -> None:
        model, width = self._model, max(self.query_one("#body").content_size.width, 20)
        lines = [spread(*model_line(model, self.desk.local), width)]
        if model.stale:
            lines.append(Content.styled(f"! STALE: {words.first(model.stale)}", "$warning"))
        self.query_one("#standing", Lines).show_all([*lines, Content("")])
        panel = self.query_one(FindingsPanel)
        assert self.findings is not None
        panel.show(self.findings)
        panel.say(sentence_text(self.findings))
        self.give_focus(self.query_one(Evaluations))
        self.refresh_bindings()
