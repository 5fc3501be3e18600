"""All evaluations of a model side by side; of the one pointed at, what stands behind it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from femo_tui.training.report import KIND_WORDS, percent, sentences
from femo_tui.training.validation import OPTIMISTIC, Kind, NotPossible, Unit, Validation
from femo_tui.ui import words
from femo_tui.ui.findings import Findings, Row, key_of
from femo_tui.ui.widgets.lines import Lines, page
from femo_tui.ui.widgets.row_list import RowList

_NAMES = f"{'balanced':>9}{'95 %':>11}{'chance':>8}"
_COLUMNS = (("features", 11), ("evaluated", 23), (" accuracy", 9))
_REST = 120  # columns of what stands beside the accuracy: as much as there is room for
WIDE = 100  # columns from which a note has room beside the figures
SHOWN = {False: 6, True: 16}  # evaluations in sight, on a low terminal, on a higher one
HIGH = 34


class Evaluations(RowList[Row]):
    """One of the evaluations is pointed at; pages are those of the text below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "pageup",
            "text(-1)",
            "page up",
            id="findings.page-up",
            tooltip="The sentences a page up; ↑↓ go from evaluation to evaluation",
            show=False,
        ),
        Binding(
            "pagedown",
            "text(1)",
            "page down",
            id="findings.page-down",
            tooltip="The sentences a page down",
            show=False,
        ),
    ]

    def action_text(self, by: int) -> None:
        page(self.screen.query_one("#lower", VerticalScroll), by)


class Lower(VerticalScroll):
    """What stands below the table; says when it has another size."""

    class Resized(Message):
        """A plot has to be drawn again."""

    def on_resize(self, event: Resize) -> None:
        self.post_message(self.Resized())


class FindingsPanel(Vertical):
    """Draws the table, the words of one evaluation, and the sentences."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._findings: Findings | None = None
        self._firsts: set[str] = set()  # the rows that name their features

    def compose(self) -> ComposeResult:
        yield Evaluations((*_COLUMNS, (_NAMES, _REST)), key_of, self._cells, id="evaluations")
        yield Lines(id="detail")
        with Lower(id="lower", can_focus=False):
            yield Static("", id="text")

    @property
    def pointed(self) -> Row | None:
        rows = self.query(Evaluations)  # none before it is composed
        return rows.first().item if rows else None

    def show(self, findings: Findings) -> None:
        """Draw other findings than before."""
        self._findings = findings
        before, self._firsts = "", set()
        for row in findings.rows:
            if row.features != before:
                self._firsts.add(key_of(row))
            before = row.features
        self.query_one(Evaluations).show(findings.rows)
        self._lay_out()

    def say(self, text: Content) -> None:
        """Draw what stands below the table."""
        self.query_one("#text", Static).update(text)

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        rows = 0 if self._findings is None else len(self._findings.rows)
        shown = SHOWN[self.screen.size.height >= HIGH]
        table = self.query_one(Evaluations)
        table.styles.height = min(rows, shown) + 1 if rows else 0
        names = _NAMES + (f"{'n':>8}" if self.size.width >= WIDE else "")
        table.name_columns((*_COLUMNS, (names, _REST)))

    def on_row_list_pointed(self) -> None:
        row = self.pointed
        lines = [] if row is None else detail_lines(row)
        self.query_one("#detail", Lines).show_all(lines)

    def _cells(self, row: Row) -> list[Content]:
        is_first = key_of(row) in self._firsts
        wide = self.size.width >= WIDE
        return [
            Content.styled(row.features if is_first else "", "bold"),
            Content(_evaluated(row)),
            *_figures(row, wide=wide),
        ]


def _evaluated(row: Row) -> str:
    if isinstance(row, NotPossible):
        return f"{KIND_WORDS[row.kind]}: not possible"
    return KIND_WORDS[row.kind] + (", windows" if row.unit is Unit.WINDOW else "")


def _figures(row: Row, *, wide: bool) -> list[Content]:
    """Return the accuracy, and beside it the other figures, or why not to trust it."""
    if isinstance(row, NotPossible):
        return [Content(""), Content.styled(f" {row.reason}", "$quiet")]
    flatters = OPTIMISTIC in row.note
    accuracy = Content.styled(f"{percent(row.accuracy):>9}", "" if flatters else "bold")
    warned = Content.styled(f" {OPTIMISTIC}", "$warning")
    if flatters and not wide:
        return [accuracy, warned]
    balanced = percent(row.confusion.balanced_accuracy)
    figures = f"{balanced:>9}{interval(row):>11}{percent(row.chance):>8}"
    if wide:
        figures += f"{words.count(row.n):>8}"
    return [accuracy, Content.assemble(figures, warned if flatters else "")]


def interval(row: Validation) -> str:
    """Return the 95 % interval over participants, in percent."""
    found = row.interval
    return words.NONE if found is None else f"[{100 * found[0]:.0f}, {100 * found[1]:.0f}]"


def detail_lines(row: Row) -> list[Content]:
    """Return two lines on an evaluation: its other figures; what speaks against it."""
    if isinstance(row, NotPossible):
        return [Content.styled(f"{_evaluated(row)}: {row.reason}", "$quiet"), Content("")]
    confusion = row.confusion
    folds = words.plural(row.folds, "fold")
    unit = words.plural(row.n, row.unit.value)
    first = f"{unit} of the {row.frames} set, {folds} · macro-F1 {confusion.macro_f1:.2f}"
    if OPTIMISTIC in row.note:  # its figures may have had no room
        balanced, chance = percent(confusion.balanced_accuracy), percent(row.chance)
        first = f"{unit}, balanced {balanced}, 95 % {interval(row)}, chance {chance}"
    against = []
    if row.near_duplicates:
        against.append(f"{row.near_duplicates} of {row.n} have a near-duplicate in training")
    if row.kind is Kind.STUDY and row.training_accuracy:
        against.append(f"on the images trained on {percent(row.training_accuracy)}")
    if row.note:
        against.append(row.note)
    return [
        Content.styled(f"{first} · Cohen's κ {confusion.kappa:.2f}", "$quiet"),
        Content.styled(" · ".join(against), "$warning" if OPTIMISTIC in row.note else "$quiet"),
    ]


def sentence_text(findings: Findings) -> Content:
    """Return what is to be taken from the figures, the plain sentence first."""
    said = sentences(findings.validations, findings.differences)
    parts = [Content.styled(text, "bold" if not n else "") for n, text in enumerate(said)]
    parts += [Content.styled(f"! {note}", "$warning") for note in findings.notes]
    return Content("\n").join(parts)
