"""Confusion matrices of a model, one evaluation after the other, in counts and by true class."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from femo_tui.training.report import KIND_WORDS, percent
from femo_tui.training.validation import OPTIMISTIC, Unit, Validation
from femo_tui.ui import words
from femo_tui.ui.findings import Findings
from femo_tui.ui.screens.base import FemoScreen, heading
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.matrix_lines import matrix_lines, pair_lines

HIGH = 34  # rows from which counts and percent have room one below the other


class ConfusionScreen(FemoScreen):
    """Draws what was taken for what."""

    HELP_TEXT = "Rows are true classes, columns what the model said; each row adds up to 100 %."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space,c",
            "turn",
            "counts or %",
            id="matrix.turn",
            tooltip="Counts, or percent of each true class; a high terminal shows both",
        ),
        Binding("left", "go(-1)", "before", id="matrix.before", tooltip="The evaluation before"),
        Binding("right", "go(1)", "next", id="matrix.next", tooltip="The next evaluation"),
        Binding(
            "g",
            "in_results",
            "in results",
            id="matrix.in-results",
            tooltip="Skin conductance in these pairs, among the results",
        ),
        Binding("escape", "app.pop_screen", "back", id="matrix.back", tooltip="Back to the table"),
    ]

    def __init__(self, findings: Findings, shown: Validation) -> None:
        super().__init__()
        self._findings = findings
        self._at = findings.validations.index(shown)
        self._in_percent = False

    def compose_body(self) -> ComposeResult:
        yield Lines(id="matrix-heading")
        with VerticalScroll():
            yield Static("", id="matrix")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        shown, of = self._findings.validations[self._at], len(self._findings.validations)
        unit = " by window" if shown.unit is Unit.WINDOW else ""
        title = Content.assemble(
            (f"{self._findings.name} " if self._findings.name else "", "bold"),
            (f"{shown.features}, {KIND_WORDS[shown.kind]}{unit}", "bold"),
            f"   {percent(shown.accuracy)} of {words.count(shown.n)} right",
            (f"   {OPTIMISTIC}" if OPTIMISTIC in shown.note else "", "$warning"),
        )
        where = Content.styled(f"evaluation {self._at + 1} of {of}", "$quiet")
        self.query_one("#matrix-heading", Lines).show([title, where])
        confusion, room = shown.confusion, self.app.size.width - 5  # margins, a scroll bar
        both = self.size.height >= HIGH
        lines: list[Content] = []
        if both or not self._in_percent:
            counts = matrix_lines(confusion, room, in_percent=False)
            lines += [heading("Counts"), *counts, Content("")]
        if both or self._in_percent:
            shares = matrix_lines(confusion, room, in_percent=True)
            lines += [heading("Percent of each row, the true class"), *shares, Content("")]
        lines += [heading("Most confused, of the images of both"), *pair_lines(confusion)]
        self.query_one("#matrix", Static).update(Content("\n").join(lines))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "turn":
                return self.size.height < HIGH
            case "in_results":
                return self._findings.can_be_compared
            case "go":
                return len(self._findings.validations) > 1
        return True

    def action_turn(self) -> None:
        self._in_percent = not self._in_percent
        self._draw()

    def action_go(self, by: int) -> None:
        self._at = (self._at + by) % len(self._findings.validations)
        self._draw()

    def action_in_results(self) -> None:
        self.app.pop_screen()
        self.console.open("results", self._findings.name)
