"""Review by eye: the selected faces, their class hidden, accepted or rejected."""

from __future__ import annotations

from asyncio import Lock, to_thread
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.worker import get_current_worker

from femo_tui.errors import FemoError
from femo_tui.training.survey import Face
from femo_tui.ui import words
from femo_tui.ui.blocking.training import TrainingRoom
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.picture import Picture
from femo_tui.ui.widgets.tiles import Tiles

if TYPE_CHECKING:
    from femo_tui.model.thumbnail import Thumbnail


SIDE = 12  # pixels of a face in the grid
TAKEN = 48  # pixels that are asked for: what the large picture shows


class EyeTiles(Tiles[int]):
    """The faces by their place in the shuffled order, which tells nothing."""


class ByEyeScreen(FemoScreen):
    """Draws the faces small, the one pointed at large, and takes a verdict on each."""

    HELP_TEXT = "Judge the face alone: is it one, whole, sharp? Whose and of which class is hidden."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "judge(False)", "reject", id="eye.reject", tooltip="Reject; to the next face"),
        Binding("a", "judge(True)", "accept", id="eye.accept", tooltip="Accept; to the next face"),
        Binding("escape", "leave", "back", id="eye.back", tooltip="Back to the data set"),
    ]

    def __init__(self, faces: Sequence[Face]) -> None:
        super().__init__()
        self._faces = faces
        self._accepted = [face.accepted for face in faces]
        self._large: dict[int, Thumbnail] = {}
        self._one_at_a_time = Lock()  # amendments are a chain

    def compose_body(self) -> ComposeResult:
        yield Lines(id="eye-heading")
        with Horizontal(id="eye-body"):
            yield EyeTiles(lambda n: n, self._words, side=SIDE, width=SIDE + 2, id="eye-grid")
            yield Picture(id="eye-large")

    def on_mount(self) -> None:
        tiles = self.query_one(EyeTiles)
        tiles.show_items(range(len(self._faces)))
        tiles.focus()
        self._draw_heading()
        self._read([face.path for face in self._faces])

    @work(thread=True, exclusive=True, exit_on_error=False, group="faces")
    def _read(self, paths: Sequence[str]) -> None:
        worker = get_current_worker()
        for number, picture in enumerate(TrainingRoom(self.desk).pictures(paths, TAKEN)):
            if worker.is_cancelled or self.console.leaving.is_set():
                return
            if picture is not None:
                self.app.call_from_thread(self._take, number, picture)

    def _take(self, number: int, picture: Thumbnail) -> None:
        self._large[number] = picture
        tiles = self.query_one(EyeTiles)
        tiles.take(number, picture)
        if number == tiles.cursor:
            self.query_one(Picture).show(picture)

    def _words(self, number: int) -> list[Content]:
        out = not self._accepted[number]
        return [
            Content.assemble(
                f" {number + 1:<6}", (" out" if out else "", "$error bold" if out else "")
            )
        ]

    def _draw_heading(self) -> None:
        at, of = self.query_one(EyeTiles).cursor, len(self._faces)
        out = self._accepted.count(False)
        title = Content.assemble(
            (f"{words.plural(of, 'face')}, shuffled", "bold"),
            (f"   {words.count(out)} out" if out else "", "$warning"),
        )
        state = "" if self._accepted[at] else "   out: nothing learns from it"
        where = f"face {words.count(at + 1)} of {words.count(of)}; whose, and its class, is hidden"
        self.query_one("#eye-heading", Lines).show(
            [title, Content.assemble((where, "$quiet"), (state, "$warning"))]
        )

    def on_tiles_pointed(self) -> None:
        self._draw_heading()
        self.query_one(Picture).show(self._large.get(self.query_one(EyeTiles).cursor))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        tiles = self.query(EyeTiles)
        if action != "judge" or not tiles:
            return True
        return self._accepted[tiles.first().cursor] is not parameters[0]

    def action_judge(self, accepted: bool) -> None:
        tiles = self.query_one(EyeTiles)
        number = tiles.cursor
        self._mark(number, accepted=accepted)
        tiles.action_move(1)
        if tiles.cursor == number:  # the last one: nothing else says that it was judged
            self.on_tiles_pointed()

    @work(exit_on_error=False, group="mark")
    async def _mark(self, number: int, *, accepted: bool) -> None:
        """Write a verdict down; what cannot be written is taken back on the screen."""
        self._show(number, accepted=accepted)
        mark = partial(TrainingRoom(self.desk).mark, self._faces[number], accepted=accepted)
        async with self._one_at_a_time:
            try:
                await to_thread(mark)
            except FemoError as problem:
                self._show(number, accepted=not accepted)
                self.console.say(str(problem), refused=True)

    def _show(self, number: int, *, accepted: bool) -> None:
        self._accepted[number] = accepted
        self.query_one(EyeTiles).draw_again(number)
        self._draw_heading()
        self.refresh_bindings()

    def action_leave(self) -> None:
        self.workers.cancel_group(self, "faces")
        self.dismiss()
