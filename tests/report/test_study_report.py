"""What the page of a study says, against values worked out by hand."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TypedDict, Unpack

import pytest

from femo_tui.errors import UnknownName, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Scope
from femo_tui.report.writing import Written, write_study_report
from femo_tui.store.catalog import Catalog
from femo_tui.store.layout import EXPORTS
from femo_tui.store.withdrawal import withdraw
from tests.support.femo import Femo
from tests.support.gsr_store import Changed, register, write_run, write_study_file
from tests.support.shared_store import DATES, OPERATOR, OWN_FACT, SECRETS, TYPED, Lab
from tests.support.trained import evaluations, write_model
from tests.support.web_page import Element, Page

CODES = tuple(f"S{number:02d}" for number in range(1, 9))
HAPPY = "Happy_S - Neutral_S"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Eight participants, all happier than neutral, of twelve that are planned."""
    store = tmp_path / "store"
    write_study_file(store, planned_n=12)
    for number, code in enumerate(CODES):
        levels = {"happy": 6 + number / 7, "stress": 5.2 - number / 30, "boredom": 4 + number / 3}
        write_run(store, code, levels)
    register(store, *CODES)
    return store


class Asked(TypedDict, total=False):
    """What else may be asked of a report."""

    model: str
    show_p: bool
    looked_at: bool


def written(root: Path, out: Path | None = None, **more: Unpack[Asked]) -> Written:
    return write_study_report(root, out, OPERATOR, clock=VirtualClock(), **more)


def page_of(root: Path, **more: Unpack[Asked]) -> Page:
    return Page.read(written(root, **more).path)


def on_axis(picture: Element, x: float) -> float:
    """Return what a place on a figure's axis stands for, by the axis' own words."""
    marks = [
        (float(t.attributes["x"]), float(t.text.replace("−", "-")))
        for t in picture.all("text", "number")
        if "middle" in t.classes
    ]
    (x1, value1), (x2, value2) = marks[0], marks[-1]
    return value1 + (x - x1) * (value2 - value1) / (x2 - x1)


def test_the_tables_are_spss_and_the_exact_answer(root: Path) -> None:
    """By hand: T = 0 of 36, so Z = (0 − 18)/√(8·9·17/24) = −2.521, and p = 2/2⁸ exactly.

    It is the smallest of a family of three, so Holm's is 3 · 2/2⁸ = .023.
    """
    page = page_of(root, show_p=True)
    rows = {row["Comparison"]: row for row in page.table("In numbers: the primary family")}
    happy = rows[HAPPY]
    assert (happy["n"], happy["Z"], happy["Exact p"], happy["Holm's p"]) == (
        *("8", "-2.521", ".008", ".023"),
    )
    assert happy["Asymptotic p"] == ".012"
    assert happy["Rank-biserial"] == "1.00"
    ranks = page.table(f"Ranks: {HAPPY}")
    assert [list(row.values()) for row in ranks[:2]] == [
        ["Negative Ranks", "0ᵃ", ".00", ".00"],
        ["Positive Ranks", "8ᵇ", "4.50", "36.00"],
    ]
    statistics = page.table(f"Test Statisticsᵃ: {HAPPY}")
    assert [row[HAPPY] for row in statistics] == ["-2.521ᵇ", ".012", ".008", ".004", ".004"]


def test_the_values_are_percentages_of_the_neutrals_around(root: Path) -> None:
    """Neutral is 5 µS throughout: happy of S04 is 6 + 3/7, so 28.57 % above."""
    rows = {row["Participant"]: row for row in page_of(root).table("Percentage of change")}
    assert rows["S04"]["Happy_S"] == "28.57"
    assert rows["S01"]["Boredom_S"] == "-20.00"
    assert rows["S07"]["Stress_S"] == "0.00"


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_the_intervals_are_drawn_where_the_table_says(root: Path, width: str) -> None:
    page = page_of(root)
    picture = page.figure("forest-primary", width)
    rows = page.table("In numbers: the primary family")
    dots = picture.all("circle", "estimate")
    bars = [b for b in picture.all("line", "interval") if b.attributes["y1"] == b.attributes["y2"]]
    assert len(dots) == len(bars) == len(rows) == 3
    for row, dot, bar in zip(rows, dots, bars, strict=True):
        low, high = map(float, row["Interval"].split(" to "))
        drawn = [
            on_axis(picture, float(x))
            for x in (dot.attributes["cx"], bar.attributes["x1"], bar.attributes["x2"])
        ]
        assert drawn == pytest.approx([float(row["Difference, %"]), low, high], abs=0.03)
        assert row["Comparison"] in picture.one("desc").text


def test_p_is_hidden_before_the_planned_n_and_each_look_is_logged(root: Path) -> None:
    page = page_of(root)
    assert "p-values are hidden" in page.text
    for row in page.table("In numbers: the primary family"):
        assert {row[name] for name in ("Z", "Asymptotic p", "Exact p", "Holm's p", "r = Z/√n")} == {
            "hidden"
        }
    assert set(page.table(f"Test Statisticsᵃ: {HAPPY}")[0].values()) == {"Z", "hidden"}
    assert "-2.521" not in page.html
    assert not (root / "looks.jsonl").exists()
    page = page_of(root, show_p=True)
    (look,) = map(json.loads, (root / "looks.jsonl").read_text().splitlines())
    assert (look["operator"], look["n"], look["planned_n"]) == (OPERATOR, 8, 12)
    assert "Looks at p-values before the planned n: 1." in page.text


def test_who_is_in_and_who_is_out_and_why(root: Path) -> None:
    write_run(root, "S09", {}, changed={"happy": Changed("failed", "Ada Lovelace coughed")})
    write_run(root, "S10", {}, protocol="another")
    register(root, "S09", "S10", "S11")
    page = page_of(root)
    inside = [row["Participant"] for row in page.table("Who is in the numbers")]
    assert inside == [*CODES, "S09"]
    out = {(r["Participant"], r["What"]): r["Why"] for r in page.table("What was left out")}
    assert out["S09", "Happy_S, step happy, attempt 1"] == "failed"
    assert out["S10", "2026-11-22T101530/run-01"] == "protocol another; the study's is study"
    assert out["S11", "all"] == "no run recorded"
    assert "Lovelace" not in page.html
    assert "Lovelace" in page_of(root, looked_at=True).html
    assert page.figure("progress").one("desc").text == (
        "registered 11, recorded 10, in the primary analysis 9; planned 12."
    )


def test_the_training_stands_side_by_side(root: Path) -> None:
    """Of the model that the support writes 25 of 40 images of each class are told rightly."""
    write_model(root, "m-01", evaluations(), people=CODES)
    page = page_of(root)
    rows = page.table("Evaluations side by side")
    first = rows[0]
    assert (first["Features"], first["Evaluated"], first["N"]) == (
        *("mobilenet", "by participant", "320"),
    )
    assert (first["Accuracy"], first["Chance"]) == ("62.5 %", "12.5 %")
    study = next(row for row in rows if row["Evaluated"] == "the study's way")
    assert "participants shared: optimistic" in study["Note"]
    assert rows[-1]["Note"] == "not possible: one clip per emotion"
    assert "On people it has never seen: 62.5 % (chance 12.5 %)." in page.text
    counts, percents = page.root.all("table", "matrix")[:2]
    for matrix, total in ((counts, 40), (percents, 100)):
        body = matrix.one("tbody").all("tr")
        assert [row.one("th").text.split()[1] for row in body][:2] == ["Boredom_A", "Boredom_S"]
        for i, row in enumerate(body):
            cells = row.all("td")
            assert sum(float(cell.text) for cell in cells) == pytest.approx(total, abs=0.2)
            assert cells[i].classes == ["n", "right"]
    assert "rows true, columns predicted" in counts.one("caption").text
    assert "confused by model" not in page.text
    assert "confused by model m-01" in page_of(root, model="m-01").text
    with pytest.raises(UnknownName):
        written(root, model="m-07")


def test_a_stale_model_is_said_to_be_and_never_leaves(root: Path, tmp_path: Path) -> None:
    write_model(root, "m-01", evaluations(), people=CODES)
    with Catalog.open(root) as catalog:
        catalog.edit_participant("S02", "ana", scopes=frozenset(Scope) - {Scope.TRAIN})
    assert "Training: model" not in page_of(root).text  # none that everybody stands behind
    page = page_of(root, model="m-01")
    assert "STALE: use it no more" in page.text
    assert "S02 no longer consents to train" in page.text


def test_quality_is_told_by_participant_and_class(lab: Lab) -> None:
    """Expected faces are counted in frames.csv."""
    page = page_of(lab.root)
    faces = {row["Participant"]: row for row in page.table("Frames with a face")}
    frames = csv.DictReader((lab.runs["S05"] / "frames.csv").open())
    happy = [row for row in frames if row["class"] == "Happy_S"]
    assert all(int(row["faces"]) for row in happy)
    assert faces["S05"]["Happy_S"] == "100 %"
    samples = {row["Participant"]: row for row in page.table("Samples flagged ok")}
    assert samples["S05"]["Stress_S"] == "100 %"
    assert samples["S05"]["Happy_A"] == "–"  # rejected afterwards


def test_a_page_that_stays_names_no_operator_port_or_text(lab: Lab) -> None:
    html = written(lab.root).path.read_text("utf-8")
    for canary in (*SECRETS, TYPED["note"], TYPED["reason"], TYPED["marker"]):
        assert canary.lower() not in html.lower(), canary
    assert "Grove GSR" in html


def test_a_page_that_leaves_is_of_those_who_share(lab: Lab, tmp_path: Path) -> None:
    """S03 and S04 do not share conductance: they are counted and not named."""
    stays = Page.read(written(lab.root).path)
    assert "S04" in stays.text
    done = written(lab.root, tmp_path / "study.html")
    html = done.path.read_text("utf-8")
    for canary in (*SECRETS, *DATES, *TYPED.values(), OWN_FACT, "S03", "S04", "2026"):
        assert canary.lower() not in html.lower(), canary
    page = Page(html)
    assert [row["Participant"] for row in page.table("Who is in the numbers")] == [
        *("S01", "S02", "S05", "S06"),
    ]
    counted = [r for r in page.table("What was left out") if r["Participant"] == "not named"]
    assert [row["What"] for row in counted] == ["2 participants"]
    with Catalog.open(lab.root) as catalog:
        (export,) = catalog.exports("S06")
    assert (export.level, set(export.participants)) == ("report", {"S01", "S02", "S05", "S06"})


def test_nothing_leaves_where_nobody_shares(root: Path, tmp_path: Path) -> None:
    with Catalog.open(root) as catalog:
        for code in CODES:
            catalog.edit_participant(code, "ana", scopes=frozenset({Scope.GSR}))
    with pytest.raises(UsageError, match="there is nothing to export"):
        written(root, tmp_path / "study.html")
    assert not (tmp_path / "study.html").exists()


def test_an_empty_study_has_a_page(tmp_path: Path) -> None:
    write_study_file(tmp_path / "store", planned_n=4)
    page = page_of(tmp_path / "store")
    assert "Nobody is in the analysis yet." in page.text
    assert "There is nothing to compare yet." in page.text
    register(tmp_path / "store", "S01")
    assert "no run recorded" in page_of(tmp_path / "store").text


def test_simulated_is_seen_first_and_on_every_sheet(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write_study_file(store, planned_n=2)
    for code in ("S01", "S02"):
        write_run(store, code, {"happy": 6.0}, simulated=True)
    register(store, "S01", "S02")
    page = page_of(store)
    assert page.root.one("aside", "simulated").text.startswith("SIMULATED")
    assert re.search(r'@bottom-left \{ content: "[^"]*SIMULATED"', page.root.one("style").text)
    assert {row["Data"] for row in page.table("Who is in the numbers")} == {"SIMULATED"}


def test_a_hostile_title_and_reason_are_text(root: Path) -> None:
    hostile = "</style><script>alert(1)</script>\"'&amp;"
    write_study_file(root, planned_n=12, title=hostile)
    write_run(root, "S09", {}, changed={"happy": Changed("failed", hostile)})
    register(root, "S09")
    page = page_of(root, looked_at=True)
    assert page.root.one("h1").text == hostile
    assert f"failed: {hostile}" in page.text
    assert page.root.all("script") == []


def test_the_same_study_gives_the_same_bytes(root: Path) -> None:
    assert page_of(root).html == page_of(root).html


def test_a_withdrawal_removes_the_page_that_names_them(root: Path) -> None:
    done = written(root)
    with Catalog.open(root) as catalog:
        withdraw(catalog, "S03", (), "ana", VirtualClock())
    assert not done.path.exists()
    assert "S03" not in page_of(root).html


def test_the_command_writes_the_study(root: Path, femo: Femo) -> None:
    write_model(root, "m-01", evaluations(), people=CODES)
    lab = Femo(femo.home, root)
    done = lab.json("report", "--study", "--model", "m-01", "--show-p", "--operator", "bo")
    assert (done["subject"], done["participants"]) == ("study", list(CODES))
    assert Path(done["report"]).parent == root / EXPORTS
    assert Path(done["report"]).stat().st_mode & 0o777 == 0o600
    assert json.loads((root / "looks.jsonl").read_text())["operator"] == "bo"
    assert "not shown" not in lab.ok("report", "--study")
