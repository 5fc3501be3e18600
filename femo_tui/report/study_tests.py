"""The study's comparisons: the primary family, the exploratory ones, SPSS's tables of each."""

from __future__ import annotations

from collections.abc import Iterator

from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, el, joined
from femo_tui.report.page import Column, section, table
from femo_tui.report.picture import figure
from femo_tui.report.study_forest import draw_forest
from femo_tui.report.study_head import MEASURES
from femo_tui.report.study_material import StudyMaterial
from femo_tui.stats.comparisons import Comparison, Family
from femo_tui.stats.reach import marks
from femo_tui.stats.render.numbers import UNITS, number, p_text, percent, spss
from femo_tui.stats.render.spss import HIDDEN, SpssTable, friedman_of, ranks_of, statistics_of
from femo_tui.stats.results import StudyResults

_SHORT = {
    "primary": "the primary family",
    "confused": "what the model confuses",
    "elicitation": "spontaneous against acted",
    "pairs": "all other pairs",
    "asked": "pairs asked for",
}


def tests_section(material: StudyMaterial) -> Markup:
    """Return the families, the primary one first, then the omnibus."""
    results = material.results
    if not results.participants:
        return section("results", "Results", el("p", "There is nothing to compare yet."))
    return section(
        "results",
        "Results",
        *(part for family in results.families for part in _family(family, results)),
        *_omnibus(results),
        lead="Wilcoxon's signed-rank test of pairs, one pair a participant; a difference is the"
        " first class named less the second. The estimate is Hodges–Lehmann's, with the level that"
        " its interval reaches.",
    )


def tables_section(material: StudyMaterial) -> Markup | None:
    """Return SPSS's tables of every comparison."""
    results = material.results
    blocks = [
        _spss_block(one, family, results)
        for family in results.families
        for one in family.comparisons
        if one.test.n_pairs
    ]
    if not blocks:
        return None
    return section(
        "spss",
        "The tables as SPSS prints them",
        *blocks,
        lead="NPAR TESTS /WILCOXON with METHOD=EXACT, to the printed digit. Below each what SPSS"
        " does not print.",
    )


def values_section(material: StudyMaterial) -> Markup | None:
    """Return what each participant has in each class."""
    results = material.results
    has_any = {name for person in results.participants for name in person.values}
    classes = [c.class_name for c in results.conditions if c.class_name in has_any]
    if not classes:
        return None
    columns = [Column("Participant"), *(Column(name, is_number=True) for name in classes)]
    rows = [
        (
            person.participant,
            *(
                number(None if value is None else value.of(results.measure), 2)
                for value in (person.values.get(name) for name in classes)
            ),
        )
        for person in results.participants
    ]
    what = MEASURES[results.measure]
    return section(
        "values",
        "Participants' values",
        table(f"{what[:1].upper()}{what[1:]}, {UNITS[results.measure]}", columns, rows),
    )


def _family(family: Family, results: StudyResults) -> Iterator[Child]:
    kind = "Primary" if family.confirmatory else "Exploratory, uncorrected"
    title = family.title.removeprefix("primary family, ")
    yield el("h3", f"{kind}: {title}")
    if not family.comparisons:
        yield el("p", "No comparison is possible yet.")
        return
    key = f"forest-{family.name}"
    unit = UNITS[results.measure]
    name = f"Differences with their intervals: {title}"
    yield figure(key, lambda sheet: draw_forest(key, name, family.comparisons, unit, sheet))
    columns = [
        *(Column("Comparison"), Column("n", is_number=True)),
        *(Column("Difference", is_number=True, unit=unit), Column("Interval", is_number=True)),
        *(Column("Level", is_number=True), Column("Z", is_number=True)),
        *(Column("Asymptotic p", is_number=True), Column("Exact p", is_number=True)),
        *([Column("Holm's p", is_number=True)] if family.confirmatory else []),
        *(Column("Rank-biserial", is_number=True), Column("r = Z/√n", is_number=True)),
    ]
    rows = [_row(one, family, results) for one in family.comparisons]
    yield table(f"In numbers: {_SHORT.get(family.name, title)}", columns, rows, kind="tests")


def _row(one: Comparison, family: Family, results: StudyResults) -> tuple[Child, ...]:
    test, shown = one.test, results.p_shown
    if test.hodges_lehmann is None or test.hl_level is None:
        none = [words.NONE] * (8 + family.confirmatory)
        return (one.label, "0", *none)

    def told(text: str) -> str:
        return text if shown else HIDDEN

    label: Child = one.label
    if marked := marks(one, family, p_shown=shown):
        label = joined(one.label, el("small", f" {marked}"))
    holm = words.NONE if one.p_holm is None else p_text(one.p_holm)
    return (
        label,
        str(test.n_pairs),
        number(test.hodges_lehmann, 2),
        f"{number(test.hl_low, 2)} to {number(test.hl_high, 2)}",
        percent(test.hl_level),
        told(spss(test.z, 3)),
        told(p_text(test.p_asymptotic)),
        told(words.NONE if test.p_exact is None else p_text(test.p_exact)),
        *([told(holm)] if family.confirmatory else []),
        number(test.rank_biserial, 2),
        told(number(test.r, 2)),
    )


def _spss_block(one: Comparison, family: Family, results: StudyResults) -> Markup:
    shown = results.p_shown
    x, y = one.contrast.first.class_name, one.contrast.second.class_name
    kind = "primary" if family.confirmatory else "exploratory"
    return el(
        "div",
        el("h3", one.label, el("small", f" {kind}")),
        _side_by_side(
            ranks_of(one.test, x, y),
            statistics_of(one.test, f"{y} - {x}", p_shown=shown),
            one.label,
        ),
        el("p", " ".join(_beside(one, shown=shown)), class_="beside"),
        class_="block",
    )


def _side_by_side(left: SpssTable, right: SpssTable, of: str) -> Markup:
    return el("div", *(el("div", _spss(one, of)) for one in (left, right)), class_="pair")


def _beside(one: Comparison, *, shown: bool) -> Iterator[str]:
    test = one.test
    if shown and test.p_exact is None:
        yield f"Asymptotic p only: {test.n_ranked} pairs differ, exact up to 200."
    if one.normality is not None:
        yield (
            f"Shapiro–Wilk of the differences: W {spss(one.normality.w, 3)},"
            f" p {p_text(one.normality.p)} (information)."
        )
    log_test = one.log_test
    if log_test is not None and log_test.hodges_lehmann is not None:
        p = p_text(log_test.p_best) if shown else HIDDEN
        yield (
            f"On the log ratio: {number(log_test.hodges_lehmann)}"
            f" [{number(log_test.hl_low)}, {number(log_test.hl_high)}], p {p}."
        )
    if one.uncertainty is not None:
        yield f"Because of the calibration ±{number(one.uncertainty, 2)} points (median)."
    if one.equal_s is not None:
        yield f"Windows cut to the middle {one.equal_s:g} s."
    yield f"The smallest p that {test.n_ranked} pairs allow is {test.p_smallest_possible:.3g}."


def _spss(found: SpssTable, of: str) -> Markup:
    """Return one of SPSS's tables."""
    header = found.header or ("", "")
    columns = [Column(name, is_number=bool(i)) for i, name in enumerate(header)]
    notes = el("p", *_noted(found.notes), class_="beside") if found.notes else None
    told = table(
        f"{found.title}: {of}", columns, found.rows, stacks=False, has_head=bool(found.header)
    )
    return joined(told, notes)


def _noted(notes: tuple[str, ...]) -> Iterator[Child]:
    for i, note in enumerate(notes):
        yield joined(el("br") if i else None, note)


def _omnibus(results: StudyResults) -> Iterator[Child]:
    if results.friedman is None:
        return
    yield el("h3", "Omnibus: Friedman's test over the classes of the primary family")
    ranks, statistics = friedman_of(results.friedman, p_shown=results.p_shown)
    yield _side_by_side(ranks, statistics, "Friedman")
