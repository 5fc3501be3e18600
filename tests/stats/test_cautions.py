"""What a reader is told before the numbers, and how they came about."""

from __future__ import annotations

import json
from pathlib import Path

from femo_tui.model.contrasts import parse_contrast
from femo_tui.model.events import Facts
from femo_tui.model.study import Measure, Study
from femo_tui.signals.grove import GroveCalibration
from femo_tui.stats.cautions import cautions
from femo_tui.stats.comparisons import Pair, compare, corrected
from femo_tui.stats.render.document import study_markdown
from femo_tui.stats.render.methods import methods
from femo_tui.stats.render.text import study_text
from femo_tui.ui.widgets.comparison_lines import lines_of, minus
from tests.support.gsr_results import HAPPY, results
from tests.support.gsr_store import Changed, write_run

PRIMARY = parse_contrast("Happy_S - Neutral_S")
SPONTANEOUS = ("happy", "stress", "boredom")


def test_a_good_statistician_warns(tmp_path: Path) -> None:
    for number in range(1, 6):
        write_run(tmp_path, f"S0{number}", {"happy": 5 + number / 10, "stress": 6.0})
    told = "\n".join(cautions(results(tmp_path, study=Study(protocol="study"))))
    assert "pairs that differ cannot reach p < .05; the smallest possible p is 0.0625" in told
    assert "No planned number of participants" in told
    assert "Windows of 2.0 s are shorter than one skin conductance response" in told
    assert "One clip stands for each emotion" in told
    assert "Happy_S - Neutral_S: for 5 of 5 participants only one neutral" in told


def test_what_cannot_reach_it_is_said_once_and_marked_on_every_row(tmp_path: Path) -> None:
    """Two-sided exact p of n pairs that all go one way: 2/2⁵ is .0625, 2/2⁶ is .03125; Holm's
    first of three needs 3 · 2/2ⁿ < .05, which 2⁷ = 128 is the first to give."""
    for number in range(1, 7):
        levels = {"happy": 5 + number / 10, "stress": 6 + number / 9, "boredom": 4 - number / 8}
        write_run(tmp_path, f"S{number:02d}", levels, changed=_without_acted(number))
    found = results(tmp_path)
    said = [line for line in cautions(found) if "pairs that differ" in line]
    assert [line[0] for line in said] == ["†", "‡"]
    assert "5 pairs that differ cannot reach p < .05; the smallest possible p is 0.0625" in said[0]
    assert said[0].endswith("it takes 6.")
    assert said[1].startswith("‡ Happy_S - Neutral_S, Stress_S - Neutral_S, Boredom_S - Neutral_S:")
    assert said[1].endswith("not first in a family of 3 under Holm; that takes 7.")
    wanted = {
        one.label: "‡"
        if family.confirmatory
        else "†"
        if one.test.n_pairs and one.test.n_ranked < 6
        else ""
        for family in found.families
        for one in family.comparisons
    }
    assert set(wanted.values()) == {"", "†", "‡"}
    text, page = study_text(found), study_markdown(found)
    assert text.count("cannot reach p < .05") == page.count("cannot reach p < .05") == 1
    console = {content.plain.strip() for _, content in lines_of(found, 80)[1]}
    for label, mark in wanted.items():
        row = next(line for line in text.splitlines() if line.startswith(f"{label}  "))
        assert set(row) & {"†", "‡"} == set(mark)
        row = next(line for line in page.splitlines() if line.startswith(f"| {label} "))
        assert set(row) & {"†", "‡"} == set(mark)
        row = next(line for line in console if line.startswith(minus(label)))
        assert set(row) & {"†", "‡"} == set(mark)


def _without_acted(number: int) -> dict[str, Changed]:
    """Return what is missing of the first participant: the acted classes, which five have."""
    acted = ("acted-happy", "acted-stress", "acted-boredom")
    return {name: Changed("failed") for name in acted} if number == 1 else {}


def test_a_source_that_sends_microsiemens_is_not_said_to_be_uncalibrated(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", HAPPY)
    write_run(tmp_path, "S02", HAPPY, calibration=GroveCalibration())
    path = run_dir / "run.jsonl"
    first, rest = path.read_text("utf-8").split("\n", 1)
    start = json.loads(first)
    start["devices"]["gsr"]["facts"]["calibration"] = None  # as of an amplifier over LSL
    path.write_text(f"{json.dumps(start)}\n{rest}", "utf-8")
    told = [one for one in cautions(results(tmp_path)) if "not calibrated" in one]
    assert [one.partition(":")[0] for one in told] == ["The sensor was not calibrated for S02"]


def test_leaning_differences_are_told_with_the_test_that_they_do_not_touch(tmp_path: Path) -> None:
    for number in range(1, 13):
        level_us = 5.05 if number < 10 else 8.0 + number / 10
        write_run(tmp_path, f"S{number:02d}", {"happy": level_us + number / 1000, "stress": 5.3})
    found = results(tmp_path)
    happy = found.primary.comparisons[0]
    assert happy.test.skewness is not None
    assert happy.test.skewness.leans
    told = [line for line in cautions(found) if "lean upwards" in line]
    assert len(told) == 1
    assert told[0].startswith("Happy_S - Neutral_S: the differences lean upwards (skewness ")
    assert "the sign test (p < .001) does not" in told[0]
    hidden = results(tmp_path, study=Study(protocol="study", planned_n=20))
    assert any("the sign test does not" in line for line in cautions(hidden))


def test_one_order_for_everybody_is_a_confound_and_is_told(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY)
    assert not any("The order was" in line for line in cautions(results(tmp_path)))
    write_run(tmp_path, "S02", HAPPY)
    write_run(tmp_path, "S03", HAPPY, changed={"boredom": Changed("failed")})
    told = (
        "The order was the same for everybody (spontaneous stress, boredom, happy; acted happy,"
        " stress, boredom; spontaneous before acted): what differs may be an emotion's place in the"
        " session."
    )
    found = results(tmp_path)
    assert told in cautions(found)
    assert "The order was the same for everybody: spontaneous stress," in methods(found)
    write_run(tmp_path, "S04", HAPPY, order=("happy", "stress", "boredom"))
    balanced = results(tmp_path)
    assert any("everybody (acted happy, stress, boredom; spont" in c for c in cautions(balanced))
    assert "The order of spontaneous emotions differed between participants." in methods(balanced)


def test_uncorrected_comparisons_are_counted_once_p_is_shown(tmp_path: Path) -> None:
    for number in range(1, 4):
        write_run(tmp_path, f"S0{number}", HAPPY)
    told = "\n".join(cautions(results(tmp_path)))
    assert "12 exploratory comparisons stand uncorrected" in told
    early = "\n".join(cautions(results(tmp_path, study=Study(protocol="study", planned_n=4))))
    assert "uncorrected" not in early
    assert "do not let them decide when to stop" in early


def test_the_log_ratio_disagrees_by_holms_p_where_holm_runs() -> None:
    """By hand: p 2/64 by percentages, 4/64 by log ratios, which one of six ranks changes; three
    such make 6/64 and 12/64: with Holm both say no."""
    lowest = (-0.01, 0.2, 0.3, 0.4, 0.5, 0.6)
    pairs = [
        Pair(f"S{i}", 0.0, i + 1.0, 0.0, log_ratio, None, False)
        for i, log_ratio in enumerate(lowest)
    ]
    alone = compare(PRIMARY, pairs, Measure.PERCENT, None)
    assert alone.log_test is not None
    assert (alone.test.p_exact, alone.log_test.p_exact) == (2 / 64, 4 / 64)
    assert alone.disagrees
    family = corrected([alone, alone, alone])
    assert [(one.p_holm, one.log_p_holm) for one in family] == [(6 / 64, 12 / 64)] * 3
    assert not any(one.disagrees for one in family)


def test_methods_count_ages_of_those_who_are_in_the_primary_analysis(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY)
    write_run(tmp_path, "S02", HAPPY, changed={n: Changed("failed") for n in SPONTANEOUS})
    text = methods(results(tmp_path))
    assert (
        "1 participants are in the primary analysis, of 3 planned (age 30 years; sex X 1)" in text
    )
    assert "1 more have windows that count, in no comparison of the primary family." in text


def test_percentages_and_log_ratios_may_disagree_and_then_it_says_so(tmp_path: Path) -> None:
    # rises of 300 % outrank falls to a fifth on the percentage, and do not on the log ratio
    for number, level in enumerate([20.0] * 5 + [1.0] * 5 + [20.4, 20.8, 21.2, 1.0], start=1):
        write_run(tmp_path, f"S{number:02d}", {"happy": level + number / 50})
    happy = results(tmp_path).primary.comparisons[0]
    assert happy.log_test is not None
    assert happy.disagrees
    assert any("Happy_S - Neutral_S: the log ratio comes" in c for c in cautions(results(tmp_path)))


def test_methods_say_what_was_recorded_and_what_was_not(tmp_path: Path) -> None:
    room: Facts = {"electrode_site": "index and middle finger", "room_c": "21.5"}
    write_run(tmp_path, "S01", HAPPY, environment=room)
    write_run(tmp_path, "S02", HAPPY)
    text = methods(results(tmp_path))
    assert "electrode site: index and middle finger (not recorded for 1)" in text
    assert "electrode metal: not recorded" in text
    assert "recorded with Grove GSR (electrode site" in text  # a port is none of a paper's matters
    assert "Room temperature, °C: 21.5 (not recorded for 1); relative humidity, %: not" in text
    assert "time since settling, min: not recorded." in text
    assert "test, measured 2026-11-01" in text
    assert "Windows: spontaneous 4.0 s; acted 2.0 s" in text
    assert "Holm's correction ran over the primary family (Happy_S - Neutral_S," in text
    assert "SciPy" in text
