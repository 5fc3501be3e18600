"""Results: the study's question, comparison by comparison, with what a reader has to know."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from femo_tui.model.progress import Report
from femo_tui.ui.blocking.reports import report_on_study
from femo_tui.ui.overview import Overview
from femo_tui.ui.screens.asking import AskingScreen
from femo_tui.ui.screens.reporting import Reporting
from femo_tui.ui.widgets import result_lines, result_texts
from femo_tui.ui.widgets.comparisons import ComparisonChoice, Comparisons
from femo_tui.ui.widgets.lines import Lines, page, spread

if TYPE_CHECKING:
    from femo_tui.stats.results import StudyResults

TALL, HIGH = 30, 40  # rows from which more comparisons, and more of who is left out, have room
COPIED = "Copied. Over ssh your terminal has to allow it (OSC 52)"


class View(StrEnum):
    """What the lower part of the screen shows."""

    ALL = "all"  # the comparisons, and of the tables what fits under them
    TABLES = "tables"
    PLOT = "plot"
    METHODS = "methods"
    NOTES = "notes"


class ResultsScreen(AskingScreen, Reporting):
    """Draws the comparisons, and under them what belongs to the one that is chosen."""

    HELP_TEXT = "The study's question: the primary family first, p from the planned n on."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "view('all')", "back", id="results.back", tooltip="All comparisons"),
        Binding(
            "p",
            "view('plot')",
            "plot",
            id="results.plot",
            tooltip="Each participant as a line, and boxes",
        ),
        Binding(
            "m",
            "view('methods')",
            "methods",
            id="results.methods",
            tooltip="The methods paragraph, written from what was recorded",
        ),
        Binding(
            "n",
            "view('notes')",
            "notes",
            id="results.notes",
            tooltip="What to know first; who and what is left out, and why",
            show=False,
        ),
        Binding(
            "e", "export", "export", id="results.export", tooltip="Write the results to a file"
        ),
        Binding(
            "c",
            "copy",
            "copy",
            id="results.copy",
            tooltip="Copy what is shown: the tables, the plot, the methods",
        ),
        Binding(
            "h",
            "show_p",
            "show p",
            id="results.show-p",
            tooltip="p-values before the planned n; the look is logged",
        ),
        Binding(
            "b",
            "baseline",
            "baseline",
            id="results.baseline",
            tooltip="What an emotion is held against",
            show=False,
        ),
        Binding(
            "u",
            "measure",
            "measure",
            id="results.measure",
            tooltip="What is compared: percentage of change, log ratio, µS",
            show=False,
        ),
        Binding(
            "w",
            "model",
            "confused",
            id="results.confused",
            tooltip="The pairs that a model confuses, as an exploratory family",
            show=False,
        ),
    ]

    class Plotted(Message):
        """A plot was drawn."""

        def __init__(self, text: str, number: int) -> None:
            super().__init__()
            self.text, self.number = text, number

    def __init__(self) -> None:
        super().__init__()
        self._view = View.ALL
        self._plain = ""  # what stands in the lower part, to be copied
        self._plots = 0

    def compose_body(self) -> ComposeResult:
        yield Lines(id="head")
        yield Static("", id="nothing")
        yield Comparisons(id="comparisons")
        yield Lines(id="left-out")
        with VerticalScroll(id="lower", can_focus=False):
            yield Static("", id="text")

    def on_screen_resume(self) -> None:
        if self.computed is None:
            self.draw_results()
        else:
            self.look_again()  # nothing is computed where nothing changed
        self._focus()

    def aim(self, target: str) -> None:
        """Compare what the model that `target` names confuses."""
        if target:
            self.confuse(target)

    def show_overview(self, overview: Overview) -> None:
        self.look_again()

    def show_trouble(self, trouble: str) -> None:
        if trouble and self.computed is None:
            self.draw_failure(f"{trouble}. Looking again every few seconds.")

    # --- drawing ------------------------------------------------------------------------------

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.height >= TALL, "-tall")
        self.set_class(event.size.height >= HIGH, "-high")
        self.call_after_refresh(self._laid_out)

    def _laid_out(self) -> None:
        self.draw_results()
        if self.is_current and self.focused is None:  # a screen that was too small lost it
            self._focus()

    def draw_failure(self, text: str) -> None:
        if self.computed is not None:
            self.draw_head()
            self.console.say(text, refused=True)
            return
        self.add_class("-nothing")
        self.draw_head()
        self.query_one("#nothing", Static).update(Content.styled(f"! {text}", "$warning"))

    def draw_results(self) -> None:
        results = self.results
        participants = 0 if self.computed is None else self.computed.participants
        lines = result_lines.nothing(results, participants, self.key_of)
        self.set_class(bool(lines), "-nothing")
        self.set_class(bool(lines) and bool(participants), "-nobody")
        self.query_one("#nothing", Static).update(Content("\n").join(lines))
        self.draw_head()
        if results is None:
            return
        if lines:
            self._show(result_texts.notes(results))
            return
        rows = 2 if self.has_class("-tall") else 1
        left_out = result_lines.left_out(results, self._width, rows, self.key_of)
        self.query_one("#left-out", Lines).show(left_out)
        self.query_one(Comparisons).show(results)
        self._draw_lower()

    def draw_head(self) -> None:
        results, head = self.results, self.query_one("#head", Lines)
        if results is None or self.has_class("-nothing"):
            head.show([])
            return
        key = self.key_of
        state = result_lines.state(results, key, is_busy=self.is_busy)
        ends = [result_lines.head(results, key), state]
        head.show([spread(left, right, self._width) for left, right in ends])

    @property
    def _width(self) -> int:
        return max(self.query_one("#body").content_size.width, 20)

    def _draw_lower(self) -> None:
        results = self.results
        if results is None or self.has_class("-nothing"):
            return
        chosen = self.query_one(Comparisons).chosen
        match self._view:
            case View.METHODS:
                self._show(result_texts.method_text(results))
            case View.NOTES:
                self._show(result_texts.notes(results))
            case View.PLOT:
                self.call_after_refresh(self._start_plot)
            case View.ALL | View.TABLES:
                self._show(result_texts.tables(results, chosen))

    def _show(self, text: Content) -> None:
        self._plain = text.plain
        self.query_one("#text", Static).update(text)

    def on_option_list_option_highlighted(self) -> None:
        self.query_one("#lower", VerticalScroll).scroll_home(animate=False)
        self._draw_lower()

    # --- plots --------------------------------------------------------------------------------

    def _start_plot(self) -> None:
        results = self.results
        if results is not None and self._view is View.PLOT:
            self._plots += 1
            size = self.query_one("#lower").content_size
            chosen = self.query_one(Comparisons).chosen
            self._plot(results, chosen, size.width, size.height, self._plots)

    @work(thread=True, exclusive=True, exit_on_error=False, group="plot")
    def _plot(self, results: StudyResults, key: str, width: int, height: int, number: int) -> None:
        self.post_message(self.Plotted(result_texts.plot(results, key, width, height), number))

    def on_results_screen_plotted(self, message: Plotted) -> None:
        if message.number == self._plots and self._view is View.PLOT:
            self._show(Content(message.text))

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        results = self.results
        if action == "view" and parameters == (View.ALL.value,):
            return self._view is not View.ALL
        if action == "view" and parameters == (View.TABLES.value,):
            return self._view is View.ALL and not self.has_class("-nothing")
        if action == "show_p":
            return results is not None and not results.p_shown and results.n > 1
        if action in ("view", "export", "copy", "baseline", "measure", "model", "report"):
            return results is not None and bool(results.participants)
        return True

    def action_view(self, view: str) -> None:
        for other in View:
            self.set_class(other == view, f"-{other}")
        self._view = View(view)
        self._focus()
        self.query_one("#lower", VerticalScroll).scroll_home(animate=False)
        self._show(Content(""))
        self._draw_lower()
        self.call_after_refresh(self.query_one(Comparisons).choice.scroll_to_highlight)
        self.refresh_bindings()

    def _focus(self) -> None:
        """Let the arrow keys choose a comparison, or scroll where there is only a text."""
        lower = self.query_one("#lower", VerticalScroll)
        lower.can_focus = self._view in (View.METHODS, View.NOTES)
        (lower if lower.can_focus else self.query_one(ComparisonChoice)).focus()

    def action_page(self, by: int) -> None:
        page(self.query_one("#lower", VerticalScroll), by)

    def write_report(self, report: Report) -> Path:
        confused = None if self.computed is None else self.computed.asked.confused
        show_p = self.computed is not None and self.computed.asked.show_p
        model = "" if confused is None else confused.model
        return report_on_study(self.desk, model, show_p=show_p, report=report)

    def action_copy(self) -> None:
        if self._plain and self.results is not None:
            text = f"{result_texts.title(self.results)}\n\n{self._plain}\n"
            self.app.copy_to_clipboard(text)
            self.console.say(f"{COPIED}; {self.key_of('results.export')} writes a file.")
