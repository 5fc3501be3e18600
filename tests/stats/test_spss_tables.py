"""The printed tables: SPSS's layout line by line, and every digit that GNU PSPP prints."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import textwrap
from pathlib import Path

import pytest

from femo_tui.stats.omnibus import friedman
from femo_tui.stats.render.numbers import number, p_text, spss
from femo_tui.stats.render.spss import friedman_tables, wilcoxon_tables
from femo_tui.stats.signed_rank import signed_rank
from tests.support.femo import Femo
from tests.support.needed import need

DEPRESSION = Path(__file__).parents[1] / "data" / "wilcoxon" / "depression.csv"
# The layout of SPSS 28's NPAR TESTS /WILCOXON=before WITH after (PAIRED) /METHOD=EXACT, as text;
# figures by hand from the ranks of Hollander and Wolfe 1973, p. 30: T+ = 5 of 45, P = .020
DEPRESSION_TEXT = """\
Ranks
                                     N    Mean Rank   Sum of Ranks
after - before  Negative Ranks       7ᵃ        5.71          40.00
                Positive Ranks       2ᵇ        2.50           5.00
                Ties                 0ᶜ
                Total                9
a. after < before
b. after > before
c. after = before

Test Statisticsᵃ
                        after - before
Z                               -2.073ᵇ
Asymp. Sig. (2-tailed)            .038
Exact Sig. (2-tailed)             .039
Exact Sig. (1-tailed)             .020
Point Probability                 .006
a. Wilcoxon Signed Ranks Test
b. Based on positive ranks.
"""


def test_the_depression_case_is_laid_out_as_spss_does(femo: Femo) -> None:
    shown = femo.ok("wilcoxon", str(DEPRESSION), "--x", "before", "--y", "after")
    expected = DEPRESSION_TEXT.splitlines()
    assert shown.splitlines()[: len(expected)] == expected


def test_based_on_names_the_smaller_sum() -> None:
    up = wilcoxon_tables(signed_rank([0, 0, 0], [1, 2, -3.5]), "x", "y")
    assert up[-1] == "b. The sum of negative ranks equals the sum of positive ranks."
    up = wilcoxon_tables(signed_rank([0, 0, 0], [1, 2, -1.5]), "x", "y")
    assert up[-1] == "b. Based on negative ranks."


def test_hidden_p_values_leave_the_ranks() -> None:
    lines = wilcoxon_tables(signed_rank([0, 0], [1, 2]), "x", "y", p_shown=False)
    assert sum("hidden" in line for line in lines) == 5
    assert not any(line.startswith("Z") and "hidden" not in line for line in lines)


@pytest.mark.parametrize(
    ("value", "places", "printed"),
    [  # as SPSS and PSPP print F8.2 and F8.3
        (0.0, 3, ".000"),
        (1.0, 3, "1.000"),
        (-0.4, 3, "-.400"),
        (-0.0001, 3, ".000"),
        (2.125, 2, "2.13"),
        (0.0004, 3, ".000"),
        (12345.678, 2, "12345.68"),
    ],
)
def test_numbers_are_printed_as_spss_prints_them(value: float, places: int, printed: str) -> None:
    assert spss(value, places) == printed


def test_numbers_beside_the_tables_keep_their_zero() -> None:
    assert (number(0.46), number(-0.0001), number(None)) == ("0.460", "0.000", "–")
    assert (p_text(0.0001), p_text(0.04), p_text(1.0)) == ("< .001", ".040", "1.000")


def test_every_digit_that_pspp_prints(tmp_path: Path) -> None:
    """GNU PSPP on 200 sets with ties and zeros, n 1 to 300; its Exact Sig. is not looked at."""
    need("pspp")
    rng = random.Random(20261122)
    sets = []
    for number_of_set in range(200):
        n = number_of_set + 1 if number_of_set < 20 else rng.randint(1, 300)
        x = [float(rng.randint(0, 20)) for _ in range(n)]
        y = [value + rng.choice((0, rng.randint(-6, 6), rng.randint(-9, 12) / 2)) for value in x]
        sets.append((x, y))
    for (x, y), told in zip(sets, _pspp(sets, tmp_path), strict=True):
        test = signed_rank(x, y)
        ours = [
            (float(test.n_negative), 0),
            (test.mean_rank_negative, 2),
            (test.sum_negative, 2),
            (float(test.n_positive), 0),
            (test.mean_rank_positive, 2),
            (test.sum_positive, 2),
            (float(test.n_ties), 0),
            (float(test.n_pairs), 0),
            (test.z, 2),
            (test.p_asymptotic, 3),
        ]
        for (value, places), printed in zip(ours, told, strict=True):
            assert spss(value, places) == printed


def _pspp(sets: list[tuple[list[float], list[float]]], at: Path) -> list[list[str]]:
    """Return N, mean rank, sum of both signs, ties, total, Z, Asymp. Sig. of each set's y − x."""
    names = [f"{column}{i}" for i in range(len(sets)) for column in "xy"]
    rows = max(len(x) for x, _ in sets)
    (at / "data.txt").write_text(
        "".join(
            " ".join(
                repr(column[row]) if row < len(column) else "." for both in sets for column in both
            )
            + "\n"
            for row in range(rows)
        )
    )
    syntax = f"DATA LIST LIST NOTABLE FILE='{at / 'data.txt'}' /{' '.join(names)}."
    tests = [f"NPAR TESTS /WILCOXON=y{i} WITH x{i} (PAIRED)." for i in range(len(sets))]
    (at / "tests.sps").write_text("\n".join([*textwrap.wrap(syntax, 200), *tests]) + "\n")
    done = subprocess.run(
        ["pspp", "-O", "format=csv", "tests.sps", "-o", "out.csv"],
        cwd=at,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    found = []
    for block in (at / "out.csv").read_text().split("Table: Ranks\n")[1:]:
        rows_of = list(csv.reader(io.StringIO(block)))
        cells = rows_of[1][2:] + rows_of[2][2:] + [rows_of[3][2], rows_of[4][2]]
        cells += [row[1] for row in rows_of if row and row[0] in ("Z", "Asymp. Sig. (2-tailed)")]
        # where nothing is ranked PSPP prints NaN, SPSS .00, Z .000 and p 1.000
        empty = dict.fromkeys(range(9), ".00") | {9: "1.000"}
        found.append([empty[i] if cell == "NaN" else cell for i, cell in enumerate(cells)])
    return found


def test_friedman_is_laid_out_as_spss_does() -> None:
    # three raters' ranks of four: 12/(3·4·5)·(3²+6²+9²+12²) − 3·3·5 = 9, W = 9/(3·3) = 1
    found = friedman(["a", "b", "c", "d"], [[1.0, 2.0, 3.0, 4.0]] * 3)
    assert found is not None
    assert friedman_tables(found) == [
        "Ranks",
        "   Mean Rank",
        "a       1.00",
        "b       2.00",
        "c       3.00",
        "d       4.00",
        "",
        "Test Statisticsᵃ",
        "N                 3",
        "Chi-Square    9.000",
        "df                3",
        "Asymp. Sig.    .029",
        "Kendall's Wᵇ  1.000",
        "a. Friedman Test",
        "b. Kendall's Coefficient of Concordance",
    ]
