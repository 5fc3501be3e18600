"""Results as rows for other programs: one dict a line, full precision, None where there is none."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TypeAlias

from femo_tui.model.contrasts import parse_contrast
from femo_tui.model.records import JsonValue
from femo_tui.stats.comparisons import Comparison, Family, compare
from femo_tui.stats.omnibus import Friedman
from femo_tui.stats.results import StudyResults
from femo_tui.stats.signed_rank import SignedRank

Cell: TypeAlias = "str | int | float | bool | None"
Row: TypeAlias = "dict[str, Cell]"
_VALUE_COLUMNS = (
    *("participant", "run", "class", "windows", "emotion_us", "baseline_us", "percent"),
    *("log_ratio", "percent_uncertainty", "simulated"),
)
_WINDOW_COLUMNS = (
    *("participant", "run", "step", "attempt", "class", "onset_s", "end_s", "samples", "valid"),
    *("mean_us", "median_us", "slope_us_per_min", "last_30_s_us", "cut_us", "responses"),
    *("response_us", "clean_share", "simulated"),
)
_LEFT_OUT_COLUMNS = ("participant", "what", "reason")
_P_KEYS = frozenset(
    {"z", "p_asymptotic", "p_exact", "p_exact_less", "p_exact_greater", "r", "p_holm"}
    | {"log_ratio_p", "log_ratio_p_holm", "log_ratio_disagrees", "p_point", "p_sign"}
)


def test_row(test: SignedRank) -> Row:
    """Return the keys of `femo wilcoxon --format json`; a contract, all for y − x."""
    lean = test.skewness
    return {
        "n_pairs": test.n_pairs,
        "n_missing": test.n_missing,
        "n_negative": test.n_negative,
        "mean_rank_negative": test.mean_rank_negative,
        "sum_negative": test.sum_negative,
        "n_positive": test.n_positive,
        "mean_rank_positive": test.mean_rank_positive,
        "sum_positive": test.sum_positive,
        "n_ties": test.n_ties,
        "z": test.z,
        "based_on": test.based_on.value,
        "p_asymptotic": test.p_asymptotic,
        "p_exact": test.p_exact,
        "p_exact_less": test.p_exact_less,
        "p_exact_greater": test.p_exact_greater,
        "p_point": test.p_point,
        "p_sign": test.p_sign,
        "rank_biserial": test.rank_biserial,
        "r": test.r,
        "r_n": test.n_ranked,
        "hodges_lehmann": test.hodges_lehmann,
        "hl_low": test.hl_low,
        "hl_high": test.hl_high,
        "hl_level": test.hl_level,
        "p_smallest_possible": test.p_smallest_possible,
        "skewness": lean.g1 if lean else None,
        "skewness_error": lean.error if lean else None,
    }


def comparison_rows(results: StudyResults) -> list[Row]:
    """Return one row a comparison; p-values and what gives them away are None where hidden."""
    return [
        _comparison_row(family, comparison, results)
        for family in results.families
        for comparison in family.comparisons
    ]


def _comparison_row(family: Family, comparison: Comparison, results: StudyResults) -> Row:
    log_test, shape = comparison.log_test, comparison.normality
    row: Row = {
        "family": family.name,
        "confirmatory": family.confirmatory and not results.per_register,
        "comparison": comparison.label,
        "unit": "register" if results.per_register else "participant",
        "measure": results.measure.value,
        "baseline": results.baseline.value,
        "participants": len(comparison.participants),
        **test_row(comparison.test),
        "p_holm": comparison.p_holm,
        "log_ratio_hodges_lehmann": log_test.hodges_lehmann if log_test else None,
        "log_ratio_hl_low": log_test.hl_low if log_test else None,
        "log_ratio_hl_high": log_test.hl_high if log_test else None,
        "log_ratio_p": log_test.p_best if log_test else None,
        "log_ratio_p_holm": comparison.log_p_holm,
        "log_ratio_disagrees": comparison.disagrees,
        "shapiro_w": shape.w if shape else None,
        "shapiro_p": shape.p if shape else None,
        "percent_uncertainty": comparison.uncertainty,
        "one_neutral_only": comparison.one_sided,
        "cut_to_s": comparison.equal_s,
        "simulated": results.simulated,
        "p_hidden": not results.p_shown,
    }
    return row if results.p_shown else {k: None if k in _P_KEYS else v for k, v in row.items()}


def friedman_facts(found: Friedman, results: StudyResults) -> dict[str, JsonValue]:
    """Return the omnibus test, hidden where p-values are."""
    shown = results.p_shown
    return {
        "conditions": list(found.conditions),
        "mean_ranks": list(found.mean_ranks),
        "n": found.n,
        "chi_square": found.chi_square if shown else None,
        "df": found.df,
        "p_asymptotic": found.p_asymptotic if shown else None,
        "kendall_w": found.kendall_w if shown else None,
    }


def value_rows(results: StudyResults) -> list[Row]:
    """Return what every participant has in every class."""
    return [
        {
            "participant": person.participant,
            "run": person.run.where,
            "class": class_name,
            "windows": value.windows,
            "emotion_us": value.emotion_us,
            "baseline_us": value.baseline_us,
            "percent": value.percent,
            "log_ratio": value.log_ratio,
            "percent_uncertainty": value.percent_uncertainty,
            "simulated": bool(person.run.simulated),
        }
        for person in results.participants
        for class_name, value in person.values.items()
    ]


def window_rows(results: StudyResults) -> list[Row]:
    """Return the summary of every window that counts."""
    return [
        {
            "participant": person.participant,
            "run": person.run.where,
            "step": window.step,
            "attempt": window.attempt,
            "class": window.class_name,
            "onset_s": window.onset_s,
            "end_s": window.end_s,
            "samples": window.samples,
            "valid": window.valid,
            "mean_us": window.mean_us,
            "median_us": window.median_us,
            "slope_us_per_min": window.slope_us_per_min,
            "last_30_s_us": window.last_us,
            "cut_us": window.equal_us,
            "responses": window.responses,
            "response_us": window.response_us,
            "clean_share": window.clean_share,
            "simulated": bool(person.run.simulated),
        }
        for person in results.participants
        for window in person.windows
    ]


def left_out_rows(results: StudyResults) -> list[Row]:
    """Return what is not in the numbers, and why."""
    return [
        {"participant": one.participant, "what": one.what, "reason": one.reason}
        for one in results.left_out
    ]


def _comparison_columns(results: StudyResults) -> list[str]:
    """Return the columns of comparisons, by a row of one that has no pairs."""
    contrast = parse_contrast("Happy_S - Neutral_S")
    return list(
        _comparison_row(results.primary, compare(contrast, [], results.measure, 0), results)
    )


def table_csv(name: str, results: StudyResults) -> str:
    """Return a table by its name as CSV; one without rows has its header all the same."""
    match name:
        case "comparisons":
            return to_csv(comparison_rows(results), _comparison_columns(results))
        case "values":
            return to_csv(value_rows(results), _VALUE_COLUMNS)
        case "windows":
            return to_csv(window_rows(results), _WINDOW_COLUMNS)
        case "left-out":
            return to_csv(left_out_rows(results), _LEFT_OUT_COLUMNS)
    raise KeyError(name)


def to_csv(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Return rows as CSV with a header; numbers with every digit that they have."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
