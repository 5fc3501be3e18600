"""The faces that a model was surest and wrong about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.worker import get_current_worker

from femo_tui.training.report import KIND_WORDS, percent
from femo_tui.training.validation import Mistake, Validation
from femo_tui.ui.blocking.training import TrainingRoom
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.tiles import Tiles

if TYPE_CHECKING:
    from femo_tui.model.thumbnail import Thumbnail


SIDES = {False: 12, True: 24}  # pixels of a face, on a low terminal, on a higher one
TAKEN = 24  # pixels that are asked for: what the larger shows
WORDS_WIDTH = 18  # `→ Boredom_A 98 %`
HIGH = 34


class MistakeTiles(Tiles[tuple[int, Mistake]]):
    """Each face with its class, and with the one that it was taken for."""

    def __init__(self) -> None:
        super().__init__(lambda one: one[0], _words, side=SIDES[False], width=WORDS_WIDTH, lines=2)


class MistakesScreen(FemoScreen):
    """Draws the most confident mistakes of one evaluation."""

    HELP_TEXT = "What the model was surest and wrong about: a bad image, or a class that is no one?"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="mistakes.back", tooltip="Back to the table"),
    ]

    def __init__(self, name: str, shown: Validation) -> None:
        super().__init__()
        self._model, self._evaluation = name, shown
        self._taken: dict[int, Thumbnail] = {}
        self._missing = 0

    def compose_body(self) -> ComposeResult:
        yield Lines(id="mistakes-heading")
        yield MistakeTiles()

    def on_mount(self) -> None:
        tiles = self.query_one(MistakeTiles)
        tiles.show_items(list(enumerate(self._evaluation.mistakes)))
        tiles.focus()
        self._draw_heading()
        self._read([mistake.path for mistake in self._evaluation.mistakes])

    def on_resize(self, event: Resize) -> None:
        """Draw the faces as large as there is room for."""
        side = SIDES[event.size.height >= HIGH]
        tiles = self.query_one(MistakeTiles)
        if tiles.side != side:
            tiles.fit(side, max(side + 2, WORDS_WIDTH))
            for number, picture in self._taken.items():
                tiles.take(number, picture)

    @work(thread=True, exclusive=True, exit_on_error=False, group="faces")
    def _read(self, paths: Sequence[str]) -> None:
        worker = get_current_worker()
        for number, picture in enumerate(TrainingRoom(self.desk).pictures(paths, TAKEN)):
            if worker.is_cancelled or self.console.leaving.is_set():
                return
            self.app.call_from_thread(self._take, number, picture)

    def _take(self, number: int, picture: Thumbnail | None) -> None:
        if picture is None:
            self._missing += 1
            self._draw_heading()
        else:
            self._taken[number] = picture
            self.query_one(MistakeTiles).take(number, picture)

    def _draw_heading(self) -> None:
        shown = self._evaluation
        what = f"{self._model} {shown.features}, {KIND_WORDS[shown.kind]}".strip()
        gone = f"   {self._missing} no longer there" if self._missing else ""
        title = Content.assemble((what, "bold"), "   surest mistakes first", (gone, "$warning"))
        pointed, detail = self.query_one(MistakeTiles).item, ""
        if pointed is not None:
            mistake = pointed[1]
            detail = (
                f"{_who(mistake.path)}   {mistake.true}, taken for {mistake.predicted}"
                f" ({percent(mistake.probability)} sure)"
            )
        self.query_one("#mistakes-heading", Lines).show([title, Content.styled(detail, "$quiet")])

    def on_tiles_pointed(self) -> None:
        self._draw_heading()

    def action_leave(self) -> None:
        self.workers.cancel_group(self, "faces")
        self.app.pop_screen()


def _words(one: tuple[int, Mistake]) -> list[Content]:
    mistake = one[1]
    sure = f" {100 * mistake.probability:.0f} %"
    return [
        Content(mistake.true),
        Content.assemble(("→ ", "$quiet"), mistake.predicted, (sure, "$warning")),
    ]


def _who(path: str) -> str:
    """Return the participant, or the data set, that an image is of."""
    parts = PurePosixPath(path).parts
    return parts[1] if len(parts) > 1 else path
