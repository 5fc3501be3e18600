"""The tables that SPSS prints for NPAR TESTS /WILCOXON and /FRIEDMAN, to the digit."""

from __future__ import annotations

from femo_tui.stats.omnibus import Friedman
from femo_tui.stats.render.numbers import spss
from femo_tui.stats.signed_rank import BasedOn, SignedRank

_BASED_ON = {
    BasedOn.POSITIVE: "Based on positive ranks.",
    BasedOn.NEGATIVE: "Based on negative ranks.",
    BasedOn.EQUAL: "The sum of negative ranks equals the sum of positive ranks.",
}
HIDDEN = "hidden"


def wilcoxon_tables(test: SignedRank, x: str, y: str, *, p_shown: bool = True) -> list[str]:
    """Return the lines of *Ranks* and *Test Statistics* for the pair y − x."""
    return [*_ranks(test, x, y), "", *_statistics(test, f"{y} - {x}", p_shown)]


def _ranks(test: SignedRank, x: str, y: str) -> list[str]:
    pair = f"{y} - {x}"
    rows = [
        ("Negative Ranks", f"{test.n_negative}ᵃ", test.mean_rank_negative, test.sum_negative),
        ("Positive Ranks", f"{test.n_positive}ᵇ", test.mean_rank_positive, test.sum_positive),
        ("Ties", f"{test.n_ties}ᶜ", None, None),
        ("Total", f"{test.n_pairs} ", None, None),
    ]
    lines = [
        "Ranks",
        f"{'':{len(pair)}}  {'':14}  {'N ':>7}  {'Mean Rank':>10}  {'Sum of Ranks':>13}",
    ]
    for number, (name, n, mean_rank, rank_sum) in enumerate(rows):
        cells = f"{pair if number == 0 else '':{len(pair)}}  {name:14}  {n:>7}"
        if mean_rank is not None and rank_sum is not None:
            cells += f"  {spss(mean_rank, 2):>10}  {spss(rank_sum, 2):>13}"
        lines.append(cells.rstrip())
    return [*lines, f"a. {y} < {x}", f"b. {y} > {x}", f"c. {y} = {x}"]


def _statistics(test: SignedRank, pair: str, p_shown: bool) -> list[str]:
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
        rows = [(name, f"{HIDDEN} ") for name, _ in rows]
    lines = ["Test Statisticsᵃ", *_columns([("", f"{pair} "), *rows])]
    return [*lines, "a. Wilcoxon Signed Ranks Test", f"b. {_BASED_ON[test.based_on]}"]


def friedman_tables(found: Friedman, *, p_shown: bool = True) -> list[str]:
    """Return the lines of *Ranks* and *Test Statistics* of a Friedman test, and Kendall's W."""
    ranks = [
        (name, f"{spss(rank, 2)} ")
        for name, rank in zip(found.conditions, found.mean_ranks, strict=True)
    ]
    rows = [
        ("N", f"{found.n} "),
        ("Chi-Square", f"{spss(found.chi_square, 3)} " if p_shown else f"{HIDDEN} "),
        ("df", f"{found.df} "),
        ("Asymp. Sig.", _p(found.p_asymptotic) if p_shown else f"{HIDDEN} "),
        ("Kendall's Wᵇ", f"{spss(found.kendall_w, 3)} " if p_shown else f"{HIDDEN} "),
    ]
    return [
        "Ranks",
        *_columns([("", "Mean Rank "), *ranks]),
        "",
        "Test Statisticsᵃ",
        *_columns(rows),
        "a. Friedman Test",
        "b. Kendall's Coefficient of Concordance",
    ]


def _p(p: float) -> str:
    return f"{spss(p, 3)} "  # a place for the footnote that other rows have


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    names, values = (max(len(row[i]) for row in rows) for i in range(2))
    return [f"{name:{names}}  {value:>{values}}".rstrip() for name, value in rows]
