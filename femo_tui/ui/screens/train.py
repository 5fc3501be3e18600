"""Train: what there is to learn from, a training as it goes, and what came of it."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.message import Message

from femo_tui.errors import FemoError
from femo_tui.training.journal import CAN_GO_ON, TrainSnapshot, TrainState
from femo_tui.training.models import Model
from femo_tui.ui.blocking.training import TrainingRoom
from femo_tui.ui.findings import Findings
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.findings import FINDINGS_KEYS
from femo_tui.ui.screens.train_watch import TrainWatch
from femo_tui.ui.widgets.findings_panel import (
    HIGH,
    Evaluations,
    FindingsPanel,
    Lower,
    sentence_text,
)
from femo_tui.ui.widgets.lines import Lines, spread
from femo_tui.ui.widgets.train_lines import (
    data_line,
    model_line,
    settings_line,
    standing_lines,
)

LEAST_PLOT = 6  # lines


class Below(StrEnum):
    """What stands below the table."""

    SENTENCES = "sentences"
    LOSSES = "losses"


class TrainScreen(TrainWatch):
    """Draws the newest training, or the newest model where none is being made."""

    HELP_TEXT = "The trainer is a process of its own: it goes on when the console is left."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "train", id="train.start", tooltip="Train with these options"),
        Binding(
            "r",
            "resume",
            "resume",
            id="train.resume",
            tooltip="Go on with a training that was lost or ended",
        ),
        Binding("x", "cancel", "cancel", id="train.cancel", tooltip="End the training that runs"),
        Binding("o", "options", "options", id="train.options", tooltip="Weights, head, images"),
        Binding("d", "data", "data", id="train.data", tooltip="The images; review them by eye"),
        Binding("h", "models", "models", id="train.models", tooltip="All models; compare two"),
        Binding(
            "l",
            "losses",
            "losses",
            id="train.losses",
            tooltip="The losses as the head learnt, or the sentences",
            show=False,
        ),
        *FINDINGS_KEYS,
    ]

    class Plotted(Message):
        """The losses were drawn."""

        def __init__(self, text: str, size: tuple[int, int]) -> None:
            super().__init__()
            self.text, self.size = text, size

    def __init__(self) -> None:
        super().__init__()
        self._below = Below.SENTENCES

    def compose_body(self) -> ComposeResult:
        yield Lines(id="head")
        yield Lines(id="standing")
        yield FindingsPanel(id="findings")

    def on_screen_resume(self) -> None:
        self.give_focus(self.query_one(Evaluations))

    # The screens behind this one are imported when they are gone to: its first paint is for a key.

    def aim(self, target: str) -> None:
        if target:
            from femo_tui.ui.screens.models import ModelsScreen

            self.app.push_screen(ModelsScreen(target))

    def told(self, before: TrainSnapshot | None, now: TrainSnapshot) -> None:
        was_running = before is not None and before.state is TrainState.RUNNING
        if self.running and (now.curve or now.epochs):
            self._below = Below.LOSSES
        elif was_running and not self.running:
            self._below = Below.SENTENCES

    # --- drawing ------------------------------------------------------------------------------

    @property
    def _newest(self) -> Model | None:
        return self.models[-1] if self.models else None

    @property
    def _width(self) -> int:
        return max(self.query_one("#body").content_size.width, 20)

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.height < HIGH, "-low")
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        model, now, width = self._newest, self.now, self._width
        head = [spread(*data_line(self.survey), width)]
        if self.asked is not None:
            head.append(settings_line(self.asked, self.key_of))
        self.query_one("#head", Lines).show(head)
        standing: list[Content] = []
        if self.models is not None or self.running:
            standing = standing_lines(now, model, self.survey, self.desk.local, width, self.key_of)
        if model is not None and not self.running:
            standing.append(spread(*model_line(model, self.desk.local), width))
        if not self.running:
            standing.append(Content(""))
        self.query_one("#standing", Lines).show_all(standing)
        found = None
        if self.running and now is not None:
            found = Findings.of_snapshot(now)
        elif model is not None:
            found = Findings.of_model(model)
        if found is not None and found != self.findings:
            self.findings = found
            self.query_one(FindingsPanel).show(found)
        self.query_one(FindingsPanel).display = found is not None
        self._draw_below()
        self.refresh_bindings()

    def _draw_below(self) -> None:
        found = self.findings
        if found is None:
            return
        self.set_class(self._is_plotted, "-losses")
        if self._is_plotted:
            self.call_after_refresh(self._start_plot)
        else:
            self.query_one(FindingsPanel).say(sentence_text(found))

    @property
    def _has_curve(self) -> bool:
        """Return whether there are losses of what is shown."""
        now = self.now
        if now is None or len(now.epochs or now.curve) < 2:
            return False
        model = self._newest
        return self.running or (model is not None and now.result.get("model") == model.name)

    def _start_plot(self) -> None:
        if self.now is not None and self._is_plotted:
            size = self.query_one(Lower).size
            self._plot(self.now, (size.width - 1, max(size.height, LEAST_PLOT)))

    @property
    def _is_plotted(self) -> bool:
        return self._below is Below.LOSSES and self._has_curve

    def on_lower_resized(self) -> None:
        self._start_plot()

    @work(thread=True, exclusive=True, exit_on_error=False, group="plot")
    def _plot(self, now: TrainSnapshot, size: tuple[int, int]) -> None:
        from femo_tui.ui.plots import loss_plot

        points = now.epochs or now.curve
        training = [point.training_loss for point in points]
        validation = [point.validation_loss for point in points]
        steps = [point.step for point in points]
        drawn = loss_plot(steps, training, validation, size[0], size[1] - 1)
        by, held = ("epoch", "people held out") if now.epochs else ("step", "study's split")
        last = f"{training[-1]:.3f} (line), {held} {validation[-1]:.3f} (dots)"
        head = f"loss by {by}: training {last}"
        self.post_message(self.Plotted("\n".join([head, *drawn]), size))

    def on_train_screen_plotted(self, message: Plotted) -> None:
        size = self.query_one(Lower).size
        if self._is_plotted and message.size == (size.width - 1, max(size.height, LEAST_PLOT)):
            self.query_one(FindingsPanel).say(Content(message.text))

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "start":
                can_learn = self.survey is None or not self.survey.problem
                return self.asked is not None and not self.running and can_learn
            case "resume":
                return self.now is not None and self.now.state in CAN_GO_ON
            case "cancel":
                return self.running
            case "options":
                return self.asked is not None and not self.running
            case "data":
                return self.asked is not None
            case "losses":
                return self._has_curve
            case "models":
                return bool(self.models)
        return super().check_action(action, parameters)

    def action_start(self) -> None:
        asked = self.asked
        if asked is not None:
            self._do(lambda room: room.start(asked), "The trainer starts …")

    def action_resume(self) -> None:
        now = self.now
        if now is not None:
            self._do(lambda room: room.resume(now.run_dir), "The trainer goes on …")

    @work(exit_on_error=False, group="ask")
    async def action_cancel(self) -> None:
        follows = "What it has computed is kept; another training begins from there."
        if await self.app.push_screen_wait(Confirm("End the training that runs?", follows)):
            self._do(lambda room: room.cancel(), "Ending the training …")

    @work(exit_on_error=False, group="trainer")
    async def _do(self, what: Callable[[TrainingRoom], None], doing: str) -> None:
        self.console.say(doing)
        try:
            await to_thread(what, TrainingRoom(self.desk))
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
        else:
            self.console.say("")
        self.follow()

    @work(exit_on_error=False, group="ask")
    async def action_options(self) -> None:
        from femo_tui.ui.screens.train_settings import TrainSettings

        if self.asked is not None:
            asked = await self.app.push_screen_wait(TrainSettings(self.asked))
            if asked is not None and asked != self.asked:
                self.chosen = self.asked = asked
                self.count()
                self.draw()

    @work(exit_on_error=False, group="ask")
    async def action_data(self) -> None:
        from femo_tui.ui.screens.data_set import DataSetScreen

        if self.asked is not None:
            await self.app.push_screen_wait(DataSetScreen(self.asked, self.survey))
            self.count()  # what was rejected by eye is out

    def action_models(self) -> None:
        from femo_tui.ui.screens.models import ModelsScreen

        self.app.push_screen(ModelsScreen(""))

    def action_losses(self) -> None:
        shown = self._below is Below.LOSSES
        self._below = Below.SENTENCES if shown else Below.LOSSES
        self._draw_below()
