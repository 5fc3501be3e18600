"""A screen that shows what a training found, and the ways from there to what stands behind it."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from femo_tui.training.validation import Validation
from femo_tui.ui.findings import Findings
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.findings_panel import FindingsPanel

FINDINGS_KEYS: list[BindingType] = [
    Binding(
        "c",
        "confusion",
        "matrix",
        id="findings.confusion",
        tooltip="The confusion matrix of this evaluation, in counts and by true class",
    ),
    Binding(
        "m",
        "mistakes",
        "mistakes",
        id="findings.mistakes",
        tooltip="The faces that this evaluation was surest and wrong about",
    ),
    Binding(
        "g",
        "in_results",
        "in results",
        id="findings.in-results",
        tooltip="Skin conductance in what the model confuses, among the results",
        show=False,
    ),
]


class FindingsScreen(FemoScreen):
    """Takes an operator from an evaluation to its matrix, its mistakes, its pairs in the skin."""

    findings: Findings | None = None  # what is shown

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        row = self._pointed()
        match action:
            case "confusion":
                return row is not None
            case "mistakes":
                return row is not None and bool(row.mistakes)
            case "in_results":
                return self.findings is not None and self.findings.can_be_compared
        return True

    def _pointed(self) -> Validation | None:
        panels = self.query(FindingsPanel)  # none before the screen is composed
        row = panels.first().pointed if panels else None
        return row if isinstance(row, Validation) else None

    def on_row_list_pointed(self) -> None:
        self.refresh_bindings()

    def action_confusion(self) -> None:
        from femo_tui.ui.screens.confusion import ConfusionScreen

        row = self._pointed()
        if self.findings is not None and row is not None:
            self.app.push_screen(ConfusionScreen(self.findings, row))

    def action_mistakes(self) -> None:
        from femo_tui.ui.screens.mistakes import MistakesScreen

        row = self._pointed()
        if self.findings is not None and row is not None:
            self.app.push_screen(MistakesScreen(self.findings.name, row))

    def action_in_results(self) -> None:
        if self.findings is not None:
            self.console.open("results", self.findings.name)
