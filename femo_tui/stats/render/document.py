"""Results as one JSON object, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from femo_tui.model.records import JsonValue
from femo_tui.stats.cautions import cautions
from femo_tui.stats.reach import reach
from femo_tui.stats.render.methods import methods
from femo_tui.stats.render.spss import friedman_tables, wilcoxon_tables
from femo_tui.stats.render.tables import (
    Cell,
    Row,
    comparison_rows,
    friedman_facts,
    left_out_rows,
    value_rows,
    window_rows,
)
from femo_tui.stats.render.text import beside_spss, head, one_test
from femo_tui.stats.results import StudyResults
from femo_tui.stats.signed_rank import SignedRank

_SUMMARY = {
    "comparison": "comparison",
    "family": "family",
    "n_pairs": "n",
    "hodges_lehmann": "Hodges–Lehmann",
    "hl_low": "low",
    "hl_high": "high",
    "hl_level": "level",
    "z": "Z",
    "p_asymptotic": "p asymptotic",
    "p_exact": "p exact",
    "p_holm": "p Holm",
    "rank_biserial": "rank-biserial",
}


def study_json(results: StudyResults) -> dict[str, JsonValue]:
    """Return everything, with full precision."""
    found = results.friedman
    return {
        "title": results.study.title,
        "protocol": results.study.protocol,
        "planned_n": results.study.planned_n,
        "n": results.n,
        "unit": "register" if results.per_register else "participant",
        "pseudo_replication": results.per_register,
        "measure": results.measure.value,
        "baseline": results.baseline.value,
        "lag_s": results.lag_s,
        "simulated": results.simulated,
        "mixed": results.mixed,
        "p_hidden": not results.p_shown,
        "looks": results.looks,
        "comparisons": list(comparison_rows(results)),
        "friedman": None if found is None else friedman_facts(found, results),
        "participants": list(value_rows(results)),
        "windows": list(window_rows(results)),
        "left_out": list(left_out_rows(results)),
        "non_responders": list(results.non_responders),
        "cautions": list(cautions(results)),
        "methods": methods(results),
        "fingerprint": results.fingerprint,
    }


def study_markdown(results: StudyResults) -> str:
    """Return a page to put into a lab's notes or a supplement."""
    marks = [reach(one, family) for family in results.families for one in family.comparisons]
    comparisons = [
        {**row, "comparison": f"{row['comparison']} {mark}".rstrip()}
        for row, mark in zip(comparison_rows(results), marks, strict=True)
    ]
    parts = [
        f"# {head(results).replace(chr(10), f'{chr(10)}{chr(10)}')}",
        "\n".join(f"* {line}" for line in cautions(results)),
        "## Comparisons",
        markdown_table([{_SUMMARY[k]: row[k] for k in _SUMMARY} for row in comparisons]),
    ]
    for family in results.families:
        for comparison in family.comparisons:
            x, y = comparison.contrast.first.class_name, comparison.contrast.second.class_name
            shown = results.p_shown
            tables = wilcoxon_tables(comparison.test, x, y, p_shown=shown)
            parts += [
                f"### {comparison.label} ({family.title})",
                _block([*tables, "", *beside_spss(comparison.test, p_shown=shown)]),
            ]
    if results.friedman is not None:
        parts += [
            "### Friedman",
            _block(friedman_tables(results.friedman, p_shown=results.p_shown)),
        ]
    parts += ["## Participants' values", markdown_table(value_rows(results))]
    parts += ["## Left out", markdown_table(left_out_rows(results)) or "Nothing."]
    parts += ["## Methods", methods(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def wilcoxon_markdown(test: SignedRank, x: str, y: str, row: Row) -> str:
    """Return one test as Markdown: SPSS's tables, then every figure in full."""
    tables = _block([*wilcoxon_tables(test, x, y), "", *one_test(test)])
    figures = markdown_table([{"figure": key, "value": value} for key, value in row.items()])
    return f"## {y} - {x}\n\n{tables}\n\n{figures}\n"


def markdown_table(rows: Sequence[Row]) -> str:
    """Return rows as a table, numbers to six digits; empty without rows."""
    if not rows:
        return ""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[_cell(value) for value in row.values()] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _block(lines: Sequence[str]) -> str:
    return "\n".join(["```text", *lines, "```"])
