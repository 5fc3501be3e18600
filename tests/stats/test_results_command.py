"""`femo results` and `femo wilcoxon` as they are run: formats, hidden p, logged looks."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd  # noqa: TID253 - a stranger's reader
import pytest

from tests.support.femo import Femo
from tests.support.gsr_store import register, write_run, write_study_file

CODES = tuple(f"S{number:02d}" for number in range(1, 9))
CONTRACT = (
    *("n_pairs", "n_missing", "n_negative", "mean_rank_negative", "sum_negative", "n_positive"),
    *("mean_rank_positive", "sum_positive", "n_ties", "z", "based_on", "p_asymptotic", "p_exact"),
    *("rank_biserial", "r", "r_n", "hodges_lehmann", "hl_low", "hl_high", "hl_level"),
    "p_smallest_possible",
)


@pytest.fixture
def study(femo: Femo) -> Femo:
    """Eight participants, all of them happier than neutral, of twelve that are planned."""
    write_study_file(femo.store, planned_n=12)
    for number, code in enumerate(CODES):
        levels = {"happy": 6 + number / 7, "stress": 5.2 - number / 30, "boredom": 4 + number / 3}
        write_run(femo.store, code, levels)
    register(femo.store, *CODES)
    return femo


def looks(femo: Femo) -> list[dict[str, object]]:
    path = femo.store / "looks.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_p_is_hidden_before_the_planned_n_in_every_format(study: Femo) -> None:
    shown = study.ok("results")
    assert "n 8 of 12" in shown
    assert "p-values are hidden" in shown
    assert "Exact p" not in shown
    assert "p .008" not in shown
    assert "Sign test" not in shown
    assert "do not let them decide when to stop" in " ".join(shown.split())
    found = study.json("results")
    assert found["p_hidden"] is True
    for row in found["comparisons"]:
        hidden = (
            *("z", "p_asymptotic", "p_exact", "p_exact_less", "p_point", "p_sign", "p_holm", "r"),
            *("log_ratio_p", "log_ratio_p_holm"),
        )
        assert [row[name] for name in hidden] == [None] * len(hidden)
        assert row["hodges_lehmann"] is not None
    assert found["friedman"]["p_asymptotic"] is None
    page = study.ok("results", "--format", "markdown")
    assert "Exact p" not in page
    assert "hidden" in page
    assert looks(study) == []


def test_each_early_look_is_logged_and_told(study: Femo) -> None:
    shown = study.ok("results", "--show-p", "--operator", "ana")
    assert "Holm's p" in shown
    study.ok("results", "--show-p", "--measure", "log_ratio", "--operator", "bo")
    seen = looks(study)
    assert [(look["operator"], look["n"], look["planned_n"]) for look in seen] == [
        *(("ana", 8, 12), ("bo", 8, 12))
    ]
    assert seen[1]["measure"] == "log_ratio"
    assert (study.store / "looks.jsonl").stat().st_mode & 0o777 == 0o600
    assert "Looks at p-values before the planned n: 2." in " ".join(study.ok("results").split())


def test_csv_reads_back_in_pandas_to_the_same_numbers(study: Femo) -> None:
    found = study.json("results", "--show-p")
    for table, key in (("comparisons", "comparisons"), ("values", "participants")):
        text = study.ok("results", "--show-p", "--format", "csv", "--table", table)
        frame = pd.read_csv(io.StringIO(text))
        assert len(frame) == len(found[key])
        for row, expected in zip(frame.to_dict("records"), found[key], strict=True):
            for name, value in expected.items():
                if value is None:
                    assert pd.isna(row[name])
                elif isinstance(value, float):  # pandas 2 reads the last digit either way
                    assert row[name] == pytest.approx(value, rel=1e-15, abs=1e-15), name
                else:
                    assert row[name] == value, name


def test_windows_and_what_was_left_out_are_tables_too(study: Femo) -> None:
    windows = pd.read_csv(io.StringIO(study.ok("results", "--format", "csv", "--table", "windows")))
    assert len(windows) == 11 * len(CODES)
    assert windows["mean_us"].between(3, 8).all()
    left_out = study.ok("results", "--format", "csv", "--table", "left-out")
    assert left_out == "participant,what,reason\n"


def test_tables_without_rows_are_tables_for_pandas_too(study: Femo, tmp_path: Path) -> None:
    found = study.json("results", "--show-p")
    rows = {
        "comparisons": found["comparisons"][0],
        "values": found["participants"][0],
        "windows": found["windows"][0],
    }
    for table, row in rows.items():
        full = study.ok("results", "--format", "csv", "--table", table)
        empty = study.ok(
            *("results", "--format", "csv", "--table", table, "--store", str(tmp_path / "empty"))
        )
        frame = pd.read_csv(io.StringIO(empty))
        assert (list(frame.columns), len(frame)) == (list(row), 0)
        assert list(pd.read_csv(io.StringIO(full)).columns) == list(row)


def test_markdown_holds_the_tables_and_the_methods(study: Femo) -> None:
    page = study.ok("results", "--format", "markdown", "--show-p")
    assert page.startswith("# Films and skin\n")
    assert "Test Statisticsᵃ" in page
    assert "## Methods" in page
    header = next(line for line in page.splitlines() if line.startswith("| comparison |"))
    assert "p Holm" in header


def test_results_of_simulated_people_say_so_everywhere(femo: Femo) -> None:
    write_study_file(femo.store, planned_n=1)
    write_run(femo.store, "S01", {"happy": 6.0}, simulated=True)
    register(femo.store, "S01")
    assert "SIMULATED" in femo.ok("results").splitlines()[0]
    assert "SIMULATED" in femo.ok("results", "--format", "markdown").splitlines()[0]
    assert femo.json("results")["simulated"] is True
    for table in ("comparisons", "values", "windows"):
        text = femo.ok("results", "--format", "csv", "--table", table)
        assert pd.read_csv(io.StringIO(text))["simulated"].all()


def test_an_empty_store_has_nothing_to_test(femo: Femo) -> None:
    shown = femo.ok("results")
    assert "n 0 of no planned number" in shown
    assert looks(femo) == []


def test_a_wrong_pair_is_named(femo: Femo) -> None:
    done = femo.run("results", "--pair", "Happy - Neutral")
    assert done.returncode == 2
    assert "'Happy - Neutral' is no comparison" in done.stderr


def test_the_keys_of_wilcoxon_are_the_contract(femo: Femo, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("\ufeffa,b\n1,2\n,3\n4,NA\n2,2\n5,1.5\n1,7\n", "utf-8")
    found = json.loads(femo.ok("wilcoxon", str(path), "--x", "a", "--y", "b", "--format", "json"))
    assert set(CONTRACT) <= set(found)
    assert (found["n_pairs"], found["n_missing"], found["n_ties"]) == (4, 2, 1)
    assert found["n_positive"] == 2  # y − x
    text = femo.ok("wilcoxon", str(path), "--x", "a", "--y", "b", "--format", "csv")
    row = pd.read_csv(io.StringIO(text)).iloc[0]
    for name in CONTRACT:
        assert row[name] == (
            found[name] if isinstance(found[name], str) else pytest.approx(found[name])
        )


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("a,b\n1,2\n", "c", "no column 'c'; it has a, b"),
        ("a,b\n1,2\n1,two\n", "b", "line 3: 'two' is no number"),
        ("", "b", "it has none"),
    ],
)
def test_a_file_that_cannot_be_tested_is_named(
    femo: Femo, tmp_path: Path, text: str, column: str, told: str
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    done = femo.run("wilcoxon", str(path), "--x", "a", "--y", column)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert ("no column 'a'" if not text else told) in done.stderr


@pytest.mark.parametrize(
    ("name", "told"), [("gone.csv", "No such file or directory"), (".", "Is a directory")]
)
def test_a_file_that_cannot_be_opened_is_named(
    femo: Femo, tmp_path: Path, name: str, told: str
) -> None:
    done = femo.run("wilcoxon", str(tmp_path / name), "--x", "a", "--y", "b")
    assert done.returncode == 2
    assert done.stderr == f"femo: {tmp_path / name}: this cannot be read ({told}); give a file\n"


def test_pairs_that_lean_are_told_with_the_sign_test(femo: Femo, tmp_path: Path) -> None:
    """Twelve differences of which one is far out: 11 up, 1 down, p = 2 · (1 + 12)/2¹² = .006."""
    path = tmp_path / "pairs.csv"
    values = [*(1 + i / 10 for i in range(10)), 20, -0.5]
    path.write_text("a,b\n" + "".join(f"0,{value}\n" for value in values))
    shown = femo.ok("wilcoxon", str(path), "--x", "a", "--y", "b")
    assert "Sign test, which asks for no symmetry: p .006" in shown
    assert "(standard error 0.637) ! they lean" in shown  # SPSS's for 12 cases
    found = json.loads(femo.ok("wilcoxon", str(path), "--x", "a", "--y", "b", "--json"))
    assert found["p_sign"] == 26 / 4096
    assert found["skewness"] == pytest.approx(pd.Series(values).skew())


def test_five_pairs_are_told_that_they_cannot_reach_it(femo: Femo, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("a,b\n" + "".join(f"0,{value}\n" for value in range(1, 6)))
    shown = femo.ok("wilcoxon", str(path), "--x", "a", "--y", "b")
    assert "! 5 pairs that differ cannot reach p < .05; it takes 6" in shown


def test_no_heavy_package_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, femo_tui.cli.results, femo_tui.stats.results, femo_tui.stats.render.document;"
        "print(sorted({'scipy', 'pandas'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
