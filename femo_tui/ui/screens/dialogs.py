"""Small questions over a screen: yes or no, a line of text, a number on a scale."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from femo_tui.model.protocol import Scale, say
from femo_tui.ui.screens.modal import Over, key_hints

RECORDED = "Stands in the run's record. No names."  # what is asked for as a reason


class Confirm(Over[bool]):
    """Asks before something that cannot be undone; the answer is No unless `y` is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes", id="question.yes", tooltip="Yes, do it"),
        Binding("n,enter,escape", "dismiss(False)", "no", id="question.no", tooltip="No"),
    ]

    def __init__(self, question: str, what_follows: str | Content) -> None:
        super().__init__()
        self._question, self._what_follows = question, what_follows

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled(self._question, "bold"))
            what = self._what_follows
            yield Static(Content.styled(what, "$quiet") if isinstance(what, str) else what)
            yield Static("")
            yield Static(
                key_hints(self.way_out("question.no", "no"), (self.key_of("question.yes"), "yes"))
            )


class AskText(Over[str | None]):
    """Asks for one line of text; None if the operator thinks better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "dismiss(None)", "back", id="question.back", tooltip="Back without answering"
        ),
    ]

    def __init__(self, question: str, hint: str, *, needed: bool) -> None:
        super().__init__()
        self._question, self._hint, self._needed = question, hint, needed

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled(self._question, "bold"))
            yield Input(compact=True)
            yield Static(Content.styled(self._hint, "$quiet"), id="hint")
            back = (self.key_of("question.back"), "back")
            yield Static(key_hints(("▸ enter", "keep"), back))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if text or not self._needed:
            self.dismiss(text)
        else:
            hint = Content.styled("! Write a reason: it stands in the run's record.", "$warning")
            self.query_one("#hint", Static).update(hint)


class AskRating(Over[int | None]):
    """Takes the participant's answer on one scale, typed by the operator."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "dismiss(None)", "back", id="question.back", tooltip="Back without answering"
        ),
    ]

    def __init__(self, scale: Scale, language: str) -> None:
        super().__init__()
        self._scale, self._language = scale, language

    def compose(self) -> ComposeResult:
        scale = self._scale
        with Vertical(classes="dialog"):
            yield Static(Content.styled(say(scale.text, self._language) or scale.name, "bold"))
            yield Input(compact=True, restrict=r"-?\d*", max_length=3)
            yield Static(
                Content.styled(f"{scale.name}: {scale.low} to {scale.high}", "$quiet"), id="hint"
            )
            back = (self.key_of("question.back"), "back")
            yield Static(key_hints(("▸ enter", "keep"), back))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        scale = self._scale
        if event.value.lstrip("-").isdigit() and scale.low <= int(event.value) <= scale.high:
            self.dismiss(int(event.value))
        else:
            text = f"! {scale.name}: type a whole number from {scale.low} to {scale.high}."
            self.query_one("#hint", Static).update(Content.styled(text, "$warning"))
