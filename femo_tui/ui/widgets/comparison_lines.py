"""Comparisons of a study as lines in columns: effect, interval drawn about zero, p."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from femo_tui.model.study import Measure
from femo_tui.ui import words

if TYPE_CHECKING:
    from femo_tui.stats.comparisons import Comparison, Family
    from femo_tui.stats.results import StudyResults

FRIEDMAN = "omnibus:friedman"
UNITS = {Measure.PERCENT: "%", Measure.LOG_RATIO: "ln", Measure.US: "µS"}
_PLACES = {Measure.PERCENT: 1, Measure.LOG_RATIO: 3, Measure.US: 2}
HIDDEN = "hidden"
GAP = "  "
P_WIDTH = 8
ROOMY = 100  # columns from which there is room for more than what is asked for first
LEAST_DRAWING = 9
BEYOND = 2.0  # an exploratory interval may widen the axis of the primary ones by no more than this
ALPHA = 0.05


def key_of(family: Family, comparison: Comparison) -> str:
    """Return what a comparison is called among all of a study."""
    return f"{family.name}:{comparison.label}"


def find(results: StudyResults, key: str) -> Comparison | None:
    """Return the comparison of a key; None for the omnibus, or where it is gone."""
    for family in results.families:
        for comparison in family.comparisons:
            if key_of(family, comparison) == key:
                return comparison
    return None


def minus(label: str) -> str:
    """Return a comparison's name with a real minus sign."""
    return label.replace(" - ", " − ")


def figure(value: float | None, places: int, *, signed: bool = False) -> str:
    """Write a number with a real minus sign, and none before zero."""
    if value is None:
        return words.NONE
    text = f"{value:+.{places}f}" if signed else f"{value:.{places}f}"
    return text.lstrip("+-") if not float(text) else text.replace("-", "−")


@dataclass(frozen=True, slots=True)
class _Row:
    """One comparison in words."""

    key: str
    label: str
    n: str
    effect: str
    low: str
    high: str
    rank_biserial: str
    holm: str
    p: str
    sign: str  # `*` where Holm's p is below .05, a mark where too few pairs differ for that
    span: tuple[float, float, float] | None  # low, estimate, high

    @property
    def interval(self) -> str:
        return f"[{self.low}, {self.high}]" if self.span else words.NONE


def lines_of(results: StudyResults, width: int) -> tuple[Content, list[tuple[str, Content]]]:
    """Return the names of the columns, and each line with its key; headings have none."""
    table = _Table(results, width)
    rows: list[tuple[str, Content]] = []
    for family in results.families:
        rows.append(("", Content.styled(_title(family, results), "$quiet bold")))
        rows += [(row.key, table.line(row)) for row in table.rows(family)]
        if family.confirmatory and not family.comparisons:
            rows.append(("", Content.styled("nobody has two of its classes yet", "$quiet")))
        elif family.confirmatory and results.p_shown and results.measure is not Measure.LOG_RATIO:
            rows.append(("", _agreement(family)))
    if results.friedman is not None:
        rows.append(("", Content.styled("Omnibus", "$quiet bold")))
        rows.append((FRIEDMAN, table.omnibus()))
    return table.names(), rows


def _title(family: Family, results: StudyResults) -> str:
    if not family.confirmatory:
        return f"Exploratory: {family.title.partition(' (')[0]}"  # what it says more has no room
    title = family.title[:1].upper() + family.title[1:]
    n = sum(bool(one.test.n_pairs) for one in family.comparisons)
    return f"{title} · Holm over {n}{', * below .05' if results.p_shown else ''}"


def _agreement(family: Family) -> Content:
    others = [minus(one.label) for one in family.comparisons if one.disagrees]
    if others:
        return Content.styled(f"! the log ratio disagrees: {', '.join(others)}", "$warning")
    return Content.styled("· the log ratio agrees in all of them", "$quiet")


class _Table:
    """Columns as wide as what stands in them; the drawing takes what is left.

    Where there is little room the drawing goes first, then n; on wide screens Holm's p and the
    rank-biserial correlation come along.
    """

    def __init__(self, results: StudyResults, width: int) -> None:
        self._results = results
        self._places = _PLACES[results.measure]
        rows = [row for family in results.families for row in self.rows(family)]
        self._low = max((len(row.low) for row in rows), default=1)
        self._high = max((len(row.high) for row in rows), default=1)
        self._limit = self._extent(rows)
        self._names = {
            "label": "",
            "n": "n",
            "effect": f"effect {UNITS[results.measure]}",
            "interval": self._level(),
            "rank": "rank-biserial",
            "drawing": "",
            "holm": "Holm",
            "p": "exact p " if self._is_exact() else "p ",
        }
        self._widths = {
            "label": max((len(row.label) for row in rows), default=20),
            "n": max((len(row.n) for row in rows), default=2),
            "effect": max(len(self._names["effect"]), *(len(row.effect) for row in rows), 0),
            "interval": max(len(self._names["interval"]), self._low + self._high + 4),
            "rank": len(self._names["rank"]),
            "holm": 6,
            "p": P_WIDTH,
        }
        hidden = {"drawing"} if width >= ROOMY else {"drawing", "rank", "holm"}
        room = width - self._taken(hidden) - len(GAP)
        if room >= LEAST_DRAWING:
            self._widths["drawing"] = room
            hidden.remove("drawing")
        elif self._taken(hidden) > width:
            hidden.add("n")
        self._columns = [name for name in self._names if name not in hidden]

    def _taken(self, hidden: set[str]) -> int:
        widths = [width for name, width in self._widths.items() if name not in hidden]
        return sum(widths) + len(GAP) * (len(widths) - 1)

    def _is_exact(self) -> bool:
        return all(
            one.test.p_exact is not None
            for family in self._results.families
            for one in family.comparisons
        )

    def rows(self, family: Family) -> list[_Row]:
        return [self._row(one, family) for one in family.comparisons]

    def _row(self, comparison: Comparison, family: Family) -> _Row:
        from femo_tui.stats.reach import reach

        test, shown = comparison.test, self._results.p_shown
        span = None
        if (
            test.n_pairs > 1
            and test.hodges_lehmann is not None
            and test.hl_low is not None
            and test.hl_high is not None
        ):
            span = (test.hl_low, test.hodges_lehmann, test.hl_high)
        p_holm = comparison.p_holm
        is_below = shown and p_holm is not None and p_holm < ALPHA
        return _Row(
            key=key_of(family, comparison),
            label=minus(comparison.label),
            n=str(test.n_pairs),
            effect=figure(test.hodges_lehmann, self._places, signed=True),
            low=figure(span[0], self._places) if span else "",
            high=figure(span[2], self._places) if span else "",
            rank_biserial=figure(test.rank_biserial, 2),
            holm=self._p(p_holm),
            p=self._p(test.p_best if test.n_pairs else None),
            sign="*" if is_below else reach(comparison, family) or " ",
            span=span,
        )

    def _p(self, p: float | None) -> str:
        from femo_tui.stats.render.numbers import p_text

        if p is None:
            return words.NONE
        return p_text(p) if self._results.p_shown else HIDDEN

    def _level(self) -> str:
        """Return the name of the intervals, with the level that they reach."""
        levels = {
            f"{100 * one.test.hl_level:.0f}"
            for family in self._results.families
            for one in family.comparisons
            if one.test.hl_level is not None and one.test.n_pairs > 1
        }
        if not levels:
            return "interval"
        low, high = min(levels, key=int), max(levels, key=int)
        return f"{low if low == high else f'{low}–{high}'}{words.THIN}% interval"

    def _extent(self, rows: list[_Row]) -> float:
        """Return how far the axis goes to both sides of zero."""

        def furthest(spans: list[tuple[float, float, float]]) -> float:
            return max((max(abs(low), abs(high)) for low, _, high in spans), default=0.0)

        primary = [row.span for row in rows if row.span and row.key.startswith("primary:")]
        every = furthest([row.span for row in rows if row.span])
        return (min(every, BEYOND * furthest(primary)) or every) or 1.0

    def names(self) -> Content:
        named = {**self._names, "drawing": self._axis()}
        parts = [named[name].rjust(self._widths[name]) for name in self._columns]
        return Content.styled(GAP.join(parts), "$quiet")

    def _axis(self) -> str:
        width = self._widths.get("drawing", 0)
        middle = width // 2
        less, more = ("less ", " more") if middle >= 5 else ("− ", " +")
        return f"{less.rjust(middle)}│{more.ljust(width - middle - 1)}" if width else ""

    def line(self, row: _Row) -> Content:
        interval = f"[{row.low:>{self._low}}, {row.high:>{self._high}}]" if row.span else words.NONE
        cells = {
            "label": Content.styled(f"{row.label:<{self._widths['label']}}", "bold"),
            "n": Content(row.n),
            "effect": Content(row.effect),
            "interval": Content(interval),
            "rank": Content(row.rank_biserial),
            "drawing": Content(self._drawn(row)),
            "holm": Content(row.holm),
            "p": self._p_cell(row.p, row.sign),
        }
        parts = []
        for name in self._columns:
            blank = self._widths[name] - cells[name].cell_length
            parts.append(Content.assemble(" " * blank, cells[name]))
        return Content(GAP).join(parts)

    def _p_cell(self, p: str, sign: str) -> Content:
        style = "$quiet" if p in (HIDDEN, words.NONE) else "bold" if sign == "*" else ""
        return Content.styled(f"{p.rjust(P_WIDTH - 2)} {sign}", style)

    def _drawn(self, row: _Row) -> str:
        """Draw an interval: ‹ and › where it leaves the axis."""
        width = self._widths.get("drawing", 0)
        if not width:
            return ""
        middle = width // 2
        cells = [" "] * width
        cells[middle] = "│"
        if row.span:
            low, at, high = (self._column(value, width) for value in row.span)
            for x in range(max(low, 0), min(high, width - 1) + 1):
                cells[x] = "┼" if x == middle else "─"
            if 0 <= at < width:
                cells[at] = "●"
            if low < 0:
                cells[0] = "‹"
            if high >= width:
                cells[-1] = "›"
        return "".join(cells)

    def _column(self, value: float, width: int) -> int:
        middle = width // 2
        reach = min(middle, width - 1 - middle)
        return middle + round(reach * max(min(value / self._limit, 2.0), -2.0))

    def omnibus(self) -> Content:
        from femo_tui.stats.render.numbers import p_text, spss

        found = self._results.friedman
        assert found is not None
        shown = self._results.p_shown
        text = f"Friedman, {len(found.conditions)} classes"
        figures = f"n {found.n}"
        if shown:
            figures += f"   χ²({found.df}) {spss(found.chi_square, 3)}   Kendall's W"
            figures += f" {spss(found.kendall_w, 3)}"
        label = f"{text:<{self._widths['label'] + len(GAP)}}"
        left = Content.assemble((label, "bold"), figures)
        p = self._p_cell(p_text(found.p_asymptotic) if shown else HIDDEN, " ")
        total = sum(self._widths[name] + len(GAP) for name in self._columns) - len(GAP)
        return Content.assemble(left, " " * max(total - left.cell_length - P_WIDTH, 1), p)
