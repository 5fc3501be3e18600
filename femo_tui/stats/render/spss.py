"""The tables that SPSS prints for NPAR TESTS /WILCOXON and /FRIEDMAN, to the digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from femo_tui.stats.omnibus import Friedman
from femo_tui.stats.render.numbers import spss
from femo_tui.stats.signed_rank import BasedOn, SignedRank

_BASED_ON = {
    BasedOn.POSITIVE: "Based on positive ranks.",
    BasedOn.NEGATIVE: "Based on negative ranks.",
    BasedOn.EQUAL: "The sum of negative ranks equals the sum of positive ranks.",
}
HIDDEN = "hidden"
_FOOTNOTES = ("ᵃ", "ᵇ", "ᶜ")


@dataclass(frozen=True, slots=True)
class SpssTable:
    """One table: its cells as they are printed, footnotes at the numbers and below."""

    title: str
    header: tuple[str, ...]  # of the columns; empty without
    rows: tuple[tuple[str, ...], ...]  # a name first
    notes: tuple[str, ...]


def wilcoxon_tables(test: SignedRank, x: str, y: str, *, p_shown: bool = True) -> list[str]:
    """Return the lines of *Ranks* and *Test Statistics* for the pair y − x."""
    return [
        *_rank_lines(ranks_of(test, x, y), f"{y} - {x}"),
        "",
        *_lines(statistics_of(test, f"{y} - {x}", p_shown=p_shown)),
    ]


def friedman_tables(found: Friedman, *, p_shown: bool = True) -> list[str]:
    """Return the lines of *Ranks* and *Test Statistics* of a Friedman test, and Kendall's W."""
    ranks, statistics = friedman_of(found, p_shown=p_shown)
    return [*_lines(ranks), "", *_lines(statistics)]


def ranks_of(test: SignedRank, x: str, y: str) -> SpssTable:
    """Return *Ranks* for the pair y − x."""
    return SpssTable(
        "Ranks",
        ("", "N", "Mean Rank", "Sum of Ranks"),
        (
            (
                "Negative Ranks",
                f"{test.n_negative}ᵃ",
                spss(test.mean_rank_negative, 2),
                spss(test.sum_negative, 2),
            ),
            (
                "Positive Ranks",
                f"{test.n_positive}ᵇ",
                spss(test.mean_rank_positive, 2),
                spss(test.sum_positive, 2),
            ),
            ("Ties", f"{test.n_ties}ᶜ", "", ""),
            ("Total", f"{test.n_pairs}", "", ""),
        ),
        (f"a. {y} < {x}", f"b. {y} > {x}", f"c. {y} = {x}"),
    )


def statistics_of(test: SignedRank, pair: str, *, p_shown: bool = True) -> SpssTable:
    """Return *Test Statistics*, with the exact answer below."""
    rows = [("Z", f"{spss(test.z, 3)}ᵇ"), ("Asymp. Sig. (2-tailed)", _p(test.p_asymptotic))]
    if test.p_exact is not None:
        assert test.p_exact_less is not None
        assert test.p_exact_greater is not None
        assert test.p_point is not None
        one_tailed = min(test.p_exact_less, test.p_exact_greater)
        rows += [
            ("Exact Sig. (2-tailed)", _p(test.p_exact)),
            ("Exact Sig. (1-tailed)", _p(one_tailed)),
            ("Point Probability", _p(test.p_point)),
        ]
    if not p_shown:
        rows = [(name, HIDDEN) for name, _ in rows]
    notes = ("a. Wilcoxon Signed Ranks Test", f"b. {_BASED_ON[test.based_on]}")
    return SpssTable("Test Statisticsᵃ", ("", pair), tuple(rows), notes)


def friedman_of(found: Friedman, *, p_shown: bool = True) -> tuple[SpssTable, SpssTable]:
    """Return *Ranks* and *Test Statistics* of a Friedman test, with Kendall's W."""
    ranks = tuple(
        (name, spss(rank, 2)) for name, rank in zip(found.conditions, found.mean_ranks, strict=True)
    )
    rows = (
        ("N", f"{found.n}"),
        ("Chi-Square", spss(found.chi_square, 3) if p_shown else HIDDEN),
        ("df", f"{found.df}"),
        ("Asymp. Sig.", _p(found.p_asymptotic) if p_shown else HIDDEN),
        ("Kendall's Wᵇ", spss(found.kendall_w, 3) if p_shown else HIDDEN),
    )
    notes = ("a. Friedman Test", "b. Kendall's Coefficient of Concordance")
    return (
        SpssTable("Ranks", ("", "Mean Rank"), ranks, ()),
        SpssTable("Test Statisticsᵃ", (), rows, notes),
    )


def _rank_lines(table: SpssTable, pair: str) -> list[str]:
    lines = [
        table.title,
        f"{'':{len(pair)}}  {'':14}  {'N ':>7}  {'Mean Rank':>10}  {'Sum of Ranks':>13}",
    ]
    for number, (name, n, mean_rank, rank_sum) in enumerate(table.rows):
        first = pair if number == 0 else ""
        cells = f"{first:{len(pair)}}  {name:14}  {_noted(n):>7}  {mean_rank:>10}  {rank_sum:>13}"
        lines.append(cells.rstrip())
    return [*lines, *table.notes]


def _p(p: float) -> str:
    return spss(p, 3)


def _lines(table: SpssTable) -> list[str]:
    header = [(table.header[0], _noted(table.header[1]))] if table.header else []
    return [
        table.title,
        *_columns([*header, *((name, _noted(value)) for name, value in table.rows)]),
        *table.notes,
    ]


def _noted(cell: str) -> str:
    """Return a cell with a place for the footnote that others have."""
    return cell if cell.endswith(_FOOTNOTES) else f"{cell} "


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    names, values = (max(len(row[i]) for row in rows) for i in range(2))
    return [f"{name:{names}}  {value:>{values}}".rstrip() for name, value in rows]
