"""What a training is asked for: weights, fine-tuning, head, skin conductance, which images."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from femo_tui.errors import UsageError
from femo_tui.training.request import IMAGENET, NO_WEIGHTS, Head, TrainRequest
from femo_tui.ui import words
from femo_tui.ui.screens.form import Form, step
from femo_tui.ui.widgets.tick import Tick

ALL = "all"


class TrainSettings(Form[TrainRequest | None]):
    """Asks for the settings; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="options.back", tooltip="Change nothing"),
        Binding("ctrl+s", "keep", "keep", id="options.keep", tooltip="Keep what is written"),
        step("options", "space", "tick", "tick", "Tick, or take the tick away"),
        step("options", "enter", "next_or_keep", "enter", "Next field; on the last one keep"),
        step("options", "down", "app.focus_next", "next", "Next field"),
        step("options", "up", "app.focus_previous", "previous", "Field before"),
    ]

    def __init__(self, asked: TrainRequest) -> None:
        super().__init__()
        self._asked = asked

    def compose(self) -> ComposeResult:
        asked = self._asked
        with Vertical(classes="dialog -form -training"):
            yield Static(Content.styled("What is trained", "bold"))
            with Horizontal(classes="field"):
                yield Label("Weights")
                yield Input(asked.weights, id="weights", compact=True)
            yield Static("imagenet, none (HOG alone), or the path of a file", classes="hint")
            with Horizontal(classes="field"):
                yield Label("Images")
                yield Input(", ".join(asked.datasets) or ALL, id="datasets", compact=True)
            yield Static("all, recorded, or names of imported data sets", classes="hint")
            with Horizontal(classes="field"):
                yield Label("Epochs")
                yield Input(str(asked.fine_tune or ""), id="epochs", compact=True)
            yield Static("at most, of MobileNet's last block; none: frozen", classes="hint")
            yield Static("")
            for name, text, ticked in (
                ("retrain", "the study's head: SGD, 4 000 steps", asked.head is Head.RETRAIN),
                ("gsr", "what skin conductance adds to the face", asked.with_gsr),
                ("drawn", "simulated images, where there are real ones", asked.simulated),
            ):
                yield Tick(text, ticked, id=name, compact=True)
            yield Static("", id="problem")
            with Horizontal(classes="field"):
                yield Button("▸ Keep", id="keep", compact=True)
                ticks = f"{self.key_of('options.tick')} ticks"
                hint = self.key_hint("options", "keep", "options.back", ticks)
                yield Static(hint, classes="hint")

    def on_mount(self) -> None:
        self.query_one("#weights", Input).focus()

    def on_input_changed(self) -> None:
        self.query_one("#problem", Static).update("")

    def action_keep(self) -> None:
        try:
            asked = self._read()
        except UsageError as problem:
            self.query_one("#problem", Static).update(Content.styled(f"! {problem}", "$warning"))
            return
        self.dismiss(asked)

    def _read(self) -> TrainRequest:
        weights = self.query_one("#weights", Input).value.strip() or IMAGENET
        if weights not in (IMAGENET, NO_WEIGHTS) and not words.path_of(weights).is_file():
            raise UsageError(f"{weights}: no such file; write imagenet, none, or a file's path")
        epochs = self.query_one("#epochs", Input).value.strip() or "0"
        if not epochs.isdecimal():
            raise UsageError(f"{epochs}: write a number of epochs, or nothing")
        if int(epochs) and weights == NO_WEIGHTS:
            raise UsageError("fine-tuning needs weights: write imagenet or a file, or no epochs")
        names = [n.strip() for n in self.query_one("#datasets", Input).value.split(",")]
        datasets = tuple(name for name in names if name and name != ALL)
        return replace(
            self._asked,
            weights=weights,
            head=Head.RETRAIN if self.query_one("#retrain", Tick).value else Head.LBFGS,
            with_gsr=self.query_one("#gsr", Tick).value,
            fine_tune=int(epochs),
            datasets=datasets,
            simulated=self.query_one("#drawn", Tick).value,
        )
