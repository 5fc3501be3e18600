"""The faces of one window: looked through, rejected with a reason, or taken back."""

from __future__ import annotations

from asyncio import to_thread
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.worker import get_current_worker

from femo_tui.errors import FemoError
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.ui import status, words
from femo_tui.ui.blocking.review import Review
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.dialogs import RECORDED, AskText
from femo_tui.ui.widgets.face_grid import SIDE, FaceGrid
from femo_tui.ui.widgets.frame import StatusLine
from femo_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from femo_tui.store.rows import SavedFrame


class FacesScreen(FemoScreen):
    """Draws a window's saved faces; what is rejected is kept, and out of every use."""

    HELP_TEXT = "Faces as saved. A rejected one stays on disk and is used for nothing."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "reject", "reject", id="frames.reject", tooltip="Reject, saying why"),
        Binding("a", "accept", "take back", id="frames.accept", tooltip="Accept again, saying why"),
        Binding("escape", "leave", "back", id="frames.back", tooltip="Back to the run"),
    ]

    def __init__(self, review: Review, run: RunSnapshot, window: WindowSummary) -> None:
        super().__init__()
        self._review, self._run, self._window = review, run, window
        self._count: int | None = None

    def compose_body(self) -> ComposeResult:
        yield Lines(id="faces-heading")
        yield FaceGrid(id="grid")

    def on_mount(self) -> None:
        self.query_one(FaceGrid).focus()
        self._draw_heading()
        self._read()

    def draw_status(self) -> None:
        self.query_one(StatusLine).say(partial(status.run_ends, self._run))

    @work(thread=True, exclusive=True, exit_on_error=False, group="faces")
    def _read(self) -> None:
        worker = get_current_worker()
        try:
            frames = self._review.faces(self._window)
        except FemoError as problem:
            self.app.call_from_thread(self.console.say, str(problem), refused=True)
            frames = []
        self.app.call_from_thread(self._show, frames)
        for frame, picture in zip(frames, self._review.pictures(frames, SIDE), strict=False):
            if worker.is_cancelled or self.console.leaving.is_set():
                return
            if picture is not None:
                self.app.call_from_thread(self.query_one(FaceGrid).take, frame.frame, picture)

    def _show(self, frames: list[SavedFrame]) -> None:
        self._count = len(frames)
        self.query_one(FaceGrid).show(frames, self._run.rejected_frames)
        self._draw_heading()
        self.refresh_bindings()

    def _draw_heading(self) -> None:
        window, grid = self._window, self.query_one(FaceGrid)
        name = window.class_name or window.step
        parts: list[Content | str | tuple[str, str]] = [(f"{name}  ", "bold")]
        parts.append((f"{window.step}, attempt {window.attempt}", "$quiet"))
        if self._count == 0:
            parts.append("   no face was saved")
        elif self._count:
            parts.append(f"   {words.plural(self._count, 'face')}")
            out = len(self._run.rejected_frames)
            parts.append((f"   {out} out in this run" if out else "", "$warning"))
            parts.append((f"   {len(grid.picked)} picked" if grid.picked else "", "$accent bold"))
        frame = grid.frame
        detail = ""
        if frame is not None:
            sharp = words.NONE if frame.sharpness is None else f"{frame.sharpness:.0f}"
            detail = (
                f"frame {frame.frame} at {words.clock(frame.t_s)}   sharpness {sharp}"
                f"   brightness {frame.brightness:.0f}   eyes {frame.eyes}"
            )
        self.query_one("#faces-heading", Lines).show(
            [Content.assemble(*parts), Content.styled(detail, "$quiet")]
        )

    def on_tiles_pointed(self) -> None:
        self._draw_heading()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action not in ("reject", "accept"):
            return True
        grids = self.query(FaceGrid)
        chosen = grids.first().chosen if grids else set()
        out = chosen & self._run.rejected_frames
        return bool(out) if action == "accept" else bool(chosen - out)

    def action_reject(self) -> None:
        self._judge("Reject, because …", accepted=False)

    def action_accept(self) -> None:
        self._judge("Take back, because …", accepted=True)

    def action_leave(self) -> None:
        self.workers.cancel_group(self, "faces")
        self.app.pop_screen()

    @work(exit_on_error=False, group="judge")
    async def _judge(self, question: str, *, accepted: bool) -> None:
        chosen = set(self.query_one(FaceGrid).chosen)
        reason = await self.app.push_screen_wait(AskText(question, RECORDED, needed=True))
        if not reason:
            return
        judge = partial(self._review.judge_frames, chosen, reason, accepted=accepted)
        try:
            self._run = await to_thread(judge)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
            return
        self.query_one(FaceGrid).show_rejected(self._run.rejected_frames)
        self._draw_heading()
        self.refresh_bindings()
        word = "taken back" if accepted else "out"
        self.console.say(f"{words.plural(len(chosen), 'face')} {word}.")
