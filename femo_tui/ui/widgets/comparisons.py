"""The comparisons of a study, of which one is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from femo_tui.ui.widgets.comparison_lines import lines_of
from femo_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from femo_tui.stats.results import StudyResults


class ComparisonChoice(OptionList):
    """One of the comparisons is chosen; enter shows its tables."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "screen.view('tables')",
            "tables",
            id="results.tables",
            tooltip="The tables of this comparison, as SPSS prints them",
        ),
        Binding(
            "pageup",
            "screen.page(-1)",
            "page up",
            id="results.page-up",
            tooltip="The tables a page up; ↑↓ go from comparison to comparison",
            show=False,
        ),
        Binding(
            "pagedown",
            "screen.page(1)",
            "page down",
            id="results.page-down",
            tooltip="The tables a page down",
            show=False,
        ),
    ]


class Comparisons(Vertical):
    """The names of the columns, and under them all families, the primary one first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._results: StudyResults | None = None

    def compose(self) -> ComposeResult:
        yield Lines(id="names")
        yield ComparisonChoice(id="choice", compact=True)

    @property
    def choice(self) -> ComparisonChoice:
        return self.query_one(ComparisonChoice)

    @property
    def chosen(self) -> str:
        """Return which comparison is chosen, empty if there is none."""
        option = self.choice.highlighted_option
        return (option.id or "") if option is not None else ""

    def show(self, results: StudyResults) -> None:
        self._results = results
        self._lay_out()

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        results, width = self._results, self.size.width - 1  # a column for the scroll bar
        if results is None or width < 1:
            return
        names, rows = lines_of(results, width)
        self.query_one(Lines).show([names])
        choice, at = self.choice, self.chosen
        choice.clear_options()
        choice.add_options([Option(line, id=key or None, disabled=not key) for key, line in rows])
        keys = [key for key, _ in rows]
        if any(keys):
            first = next(number for number, key in enumerate(keys) if key)
            choice.highlighted = keys.index(at) if at in keys and at else first
