"""Results as text: what matters first, then SPSS's own tables, then what they are made of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from femo_tui.model.counting import plural
from femo_tui.stats.cautions import cautions
from femo_tui.stats.comparisons import ALPHA, Comparison, Family
from femo_tui.stats.reach import marks, pairs_needed, reach
from femo_tui.stats.render.methods import methods
from femo_tui.stats.render.numbers import UNITS, number, p_text, percent, spss
from femo_tui.stats.render.spss import HIDDEN, friedman_tables, wilcoxon_tables
from femo_tui.stats.results import StudyResults
from femo_tui.stats.selection import HOW_TO_CHOOSE, REPEATED
from femo_tui.stats.signed_rank import SignedRank

WIDTH = 100


def study_text(results: StudyResults) -> str:
    """Return the whole report."""
    parts = [
        head(results),
        *_section("Read this first", _bullets(cautions(results))),
        *(line for family in results.families for line in _family_summary(family, results)),
    ]
    for family in results.families:
        for comparison in family.comparisons:
            name = f"{comparison.label} · {_kind(family, results)}"
            mark = reach(comparison, family)
            parts += _section(f"{name} {mark}".rstrip(), details(comparison, results))
    if results.friedman is not None:
        tables = friedman_tables(results.friedman, p_shown=results.p_shown)
        parts += _section("Omnibus: Friedman", tables)
    parts += _section("Participants' values", _value_table(results))
    parts += _section("Left out", _left_out(results))
    parts += _section("Methods", _wrapped(methods(results)))
    return "\n".join(parts) + "\n"


def head(results: StudyResults) -> str:
    """Return what the results are of, marked where they are SIMULATED."""
    planned = results.study.planned_n
    lines = [
        f"{results.study.title}{'   SIMULATED' if results.simulated else ''}",
        f"protocol {results.study.protocol} · {results.measure.value} against"
        f" {results.baseline.value} · n {results.n} of"
        f" {'no planned number' if planned is None else planned}",
    ]
    if results.per_register:
        lines.append("PSEUDO-REPLICATION: one observation a GSR sample")
    if not results.p_shown:
        lines.append(
            "p-values are hidden before the planned n; --show-p shows them, and the look is logged"
        )
    return "\n".join(lines)


def beside_spss(test: SignedRank, *, p_shown: bool = True) -> list[str]:
    """Return what SPSS does not print: effects, their interval, what n can reach."""
    if test.hodges_lehmann is None:
        return ["No pairs: there is nothing to test."]
    assert test.hl_level is not None
    lines = [
        f"Hodges–Lehmann {number(test.hodges_lehmann)}"
        f" [{number(test.hl_low)}, {number(test.hl_high)}] at {percent(test.hl_level)}",
        f"Rank-biserial {number(test.rank_biserial)}",
        f"r = Z/√n {number(test.r) if p_shown else HIDDEN}"
        f" (n = {test.n_ranked}, the pairs that differ; never positive, as SPSS's Z)",
    ]
    if p_shown and test.p_exact is not None:
        assert test.p_exact_less is not None
        assert test.p_exact_greater is not None
        lines.append(
            f"Exact p {p_text(test.p_exact)}, one-sided: below {p_text(test.p_exact_less)},"
            f" above {p_text(test.p_exact_greater)}"
        )
    elif p_shown:
        lines.append(f"Asymptotic p only: {test.n_ranked} pairs differ, exact up to 200")
    if p_shown:
        lines.append(f"Sign test, which asks for no symmetry: p {p_text(test.p_sign)}")
    if test.skewness is not None:
        lean = test.skewness
        lines.append(
            f"Skewness of the differences {number(lean.g1)} (standard error {number(lean.error)})"
            + (" ! they lean" if lean.leans else "")
        )
    lines.append(f"Smallest p that {test.n_ranked} pairs allow {test.p_smallest_possible:.3g}")
    if test.n_missing:
        lines.append(f"! Left out because a value is missing: {test.n_missing} of the pairs")
    return lines


def one_test(test: SignedRank) -> list[str]:
    """Return what SPSS does not print of a test that stands alone."""
    lines = beside_spss(test)
    if test.n_pairs and test.p_smallest_possible >= ALPHA:
        lines.append(
            f"! {plural(test.n_ranked, 'pair')} that differ cannot reach p < .05;"
            f" it takes {pairs_needed()}"
        )
    return lines


def _family_summary(family: Family, results: StudyResults) -> list[str]:
    unit = UNITS[results.measure]
    rows: list[tuple[str, ...]] = [
        ("", "n", f"effect ({unit})", "interval", "p", "Holm", "rank-biserial", "")
    ]
    rows += [_summary(comparison, family, results) for comparison in family.comparisons]
    kind = _kind(family, results)
    title = family.title if kind in family.title else f"{kind}: {family.title}"
    return _section(title[:1].upper() + title[1:], _aligned(rows))


def _summary(comparison: Comparison, family: Family, results: StudyResults) -> tuple[str, ...]:
    test = comparison.test
    if test.hodges_lehmann is None or test.hl_level is None:
        return (comparison.label, "0", *["–"] * 5, "")
    shown = results.p_shown
    return (
        comparison.label,
        str(test.n_pairs),
        number(test.hodges_lehmann),
        f"[{number(test.hl_low)}, {number(test.hl_high)}] {percent(test.hl_level)}",
        p_text(test.p_best) if shown else HIDDEN,
        "–" if comparison.p_holm is None else p_text(comparison.p_holm) if shown else HIDDEN,
        number(test.rank_biserial),
        marks(comparison, family, p_shown=shown),
    )


def details(comparison: Comparison, results: StudyResults) -> list[str]:
    """Return SPSS's tables of a comparison, and what SPSS does not print."""
    shown = results.p_shown
    x, y = comparison.contrast.first.class_name, comparison.contrast.second.class_name
    lines = [*wilcoxon_tables(comparison.test, x, y, p_shown=shown), ""]
    lines += beside_spss(comparison.test, p_shown=shown)
    if comparison.p_holm is not None and shown:
        lines.append(f"Holm's p {p_text(comparison.p_holm)}")
    log_test = comparison.log_test
    if log_test is not None and log_test.hodges_lehmann is not None:
        p = p_text(log_test.p_best) if shown else HIDDEN
        if comparison.log_p_holm is not None and shown:
            p += f", Holm's p {p_text(comparison.log_p_holm)}"
        lines.append(
            f"On the log ratio: Hodges–Lehmann {number(log_test.hodges_lehmann)}"
            f" [{number(log_test.hl_low)}, {number(log_test.hl_high)}], p {p}"
            + (" ! disagrees" if comparison.disagrees and shown else "")
        )
    if comparison.normality is not None:
        shape = comparison.normality
        lines.append(
            f"Shapiro–Wilk of the differences W {spss(shape.w, 3)}, p {p_text(shape.p)}"
            " (information)"
        )
    if comparison.uncertainty is not None:
        lines.append(
            f"Calibration: percentages may be off by {number(comparison.uncertainty, 2)} points"
            " (median)"
        )
    if comparison.equal_s is not None:
        lines.append(f"Windows cut to the middle {comparison.equal_s:g} s")
    return lines


def _kind(family: Family, results: StudyResults) -> str:
    if results.per_register:
        return "pseudo-replication"
    return "primary" if family.confirmatory else "exploratory"


def _value_table(results: StudyResults) -> list[str]:
    """Return every participant's value in every class, in the measure that is tested."""
    has_any = {name for person in results.participants for name in person.values}
    classes = [c.class_name for c in results.conditions if c.class_name in has_any]
    rows = [("", *classes)]
    for person in results.participants:
        values = (person.values.get(name) for name in classes)
        cells = [number(None if value is None else value.of(results.measure)) for value in values]
        rows.append((person.participant, *cells))
    return [f"{results.measure.value} against {results.baseline.value}", *_aligned(rows, notes=0)]


def _left_out(results: StudyResults) -> list[str]:
    rows = [(one.participant, one.what or "all", one.reason) for one in results.left_out]
    lines = _aligned(rows, notes=2) if rows else ["nothing"]
    if any(one.reason.startswith(REPEATED) for one in results.left_out):
        lines.append(HOW_TO_CHOOSE)
    if results.non_responders:
        lines.append(f"Non-responders, not left out: {', '.join(results.non_responders)}")
    return lines


def _section(title: str, lines: Iterable[str]) -> list[str]:
    body = list(lines)
    return ["", title, "─" * len(title), *body] if body else []


def _aligned(rows: Sequence[tuple[str, ...]], *, notes: int = 1) -> list[str]:
    """Return columns: the first and the last `notes` ones to the left, numbers to the right."""
    last = len(rows[0]) - notes
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            f"{cell:{'>' if 0 < i < last else '<'}{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _bullets(sentences: Iterable[str]) -> list[str]:
    wrapped = (
        textwrap.wrap(text, WIDTH, initial_indent="! ", subsequent_indent="  ")
        for text in sentences
    )
    return [line for lines in wrapped for line in lines]


def _wrapped(text: str) -> list[str]:
    return [line for part in text.split("\n") for line in textwrap.wrap(part, WIDTH) or [""]]
