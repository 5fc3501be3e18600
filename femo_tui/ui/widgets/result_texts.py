"""The texts under the comparisons: tables, a plot, the methods, what is left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from femo_tui.model.study import Measure
from femo_tui.ui.plots import box_plot, paired_plot
from femo_tui.ui.widgets.comparison_lines import FRIEDMAN, UNITS, find, minus
from femo_tui.ui.widgets.result_lines import BASELINES, MEASURES

if TYPE_CHECKING:
    from femo_tui.stats.comparisons import Comparison
    from femo_tui.stats.results import StudyResults


def title(results: StudyResults) -> str:
    """Return what a text that is copied is of."""
    planned = results.study.planned_n
    parts = [
        results.study.title,
        f"{MEASURES[results.measure][0]} against {BASELINES[results.baseline][0]}",
        f"n {results.n}{'' if planned is None else f' of {planned}'}",
    ]
    return " · ".join([*parts, "SIMULATED"] if results.simulated else parts)


def tables(results: StudyResults, key: str) -> Content:
    """Return the tables of what is chosen, as SPSS prints them, and what stands beside them."""
    from femo_tui.stats.render.spss import friedman_tables
    from femo_tui.stats.render.text import details

    comparison = find(results, key)
    if comparison is not None:
        return Content("\n".join(details(comparison, results)))
    if key == FRIEDMAN and results.friedman is not None:
        return Content("\n".join(friedman_tables(results.friedman, p_shown=results.p_shown)))
    return Content("")


def method_text(results: StudyResults) -> Content:
    """Return the methods paragraphs."""
    from femo_tui.stats.render.methods import methods

    return Content(methods(results))


def plot(results: StudyResults, key: str, width: int, height: int) -> str:
    """Return a plot of what is chosen with a line over and one under it."""
    comparison = find(results, key)
    unit = UNITS[results.measure]
    simulated = "   SIMULATED" if results.simulated else ""
    against = "" if results.measure is Measure.US else f" against {BASELINES[results.baseline][0]}"
    if comparison is not None and comparison.pairs:
        names = (comparison.contrast.first.class_name, comparison.contrast.second.class_name)
        pairs = [(pair.first, pair.second) for pair in comparison.pairs]
        drawn = paired_plot(names, pairs, width, height - 2)
        head = f"{minus(comparison.label)} · {unit}{against}{simulated}"
        return "\n".join([head, *drawn, _caption(comparison)])
    classes: dict[str, list[float]] = {}
    for person in results.participants:
        for name, value in person.values.items():
            classes.setdefault(name, []).append(value.of(results.measure))
    shown = () if results.friedman is None else results.friedman.conditions
    names_of = [name for name in shown if name in classes]
    if comparison is not None or not names_of:
        return "No pairs: there is nothing to draw."
    columns = [classes[name] for name in names_of]
    head = f"Every participant's value · {unit}{against}{simulated}"
    return "\n".join([head, *box_plot(names_of, columns, width, height - 2), _BOXES])


_BOXES = "boxes: quartiles, median, range"


def _caption(comparison: Comparison) -> str:
    test = comparison.test
    level = f", {test.n_ties} level" if test.n_ties else ""
    changes = f"{test.n_positive} up, {test.n_negative} down{level}"
    return f"lines: participants, {changes} · {_BOXES}"


def notes(results: StudyResults) -> Content:
    """Return what to know before believing the numbers, and all that is left out, with why."""
    from femo_tui.stats.cautions import cautions
    from femo_tui.stats.selection import HOW_TO_CHOOSE, REPEATED

    said = cautions(results)
    parts: list[Content] = [Content.styled("Read this first", "$quiet bold")]
    parts += [Content.assemble(("! ", "$warning bold"), text) for text in said]
    if not said:
        parts.append(Content.styled("nothing speaks against these numbers", "$quiet"))
    parts += [Content(""), Content.styled("Left out, and why", "$quiet bold")]
    parts += [
        Content.assemble((f"{one.participant:<6}", "bold"), one.what or "all", f": {one.reason}")
        for one in results.left_out
    ]
    if not results.left_out:
        parts.append(Content.styled("nothing", "$quiet"))
    if any(one.reason.startswith(REPEATED) for one in results.left_out):
        parts.append(Content.styled(HOW_TO_CHOOSE, "$quiet"))
    for text, who in (
        ("Without a response in the whole session, not left out", results.non_responders),
        ("Responses cannot be told at 0.05 µS", results.unjudged_responders),
    ):
        if who:
            parts += [Content(""), Content.styled(text, "$quiet bold"), Content(", ".join(who))]
    return Content("\n").join(parts)
