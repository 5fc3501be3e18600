"""What counts and what it is worth."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from femo_tui.model.contrasts import parse_contrast
from femo_tui.model.run_state import RunStatus
from femo_tui.model.study import Baseline, Measure, Study
from femo_tui.signals.grove import GroveCalibration
from femo_tui.stats.cautions import cautions
from femo_tui.stats.figures_cache import CACHE
from femo_tui.stats.render.methods import methods
from femo_tui.stats.results import Asked, study_results
from femo_tui.store.amendments import amend
from femo_tui.store.tombstone import Tombstone, bury
from tests.support.gsr_results import HAPPY, STUDY, reasons, results, values
from tests.support.gsr_store import Changed, people_of, write_run


def test_the_measures_are_what_their_formulas_say(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", {"happy": 6.0, "neutral-3": 4.0})
    assert values(results(tmp_path)) == pytest.approx({"S01": (6 - 4) / 4 * 100})
    log = results(tmp_path, Asked(measure=Measure.LOG_RATIO))
    assert values(log) == pytest.approx({"S01": math.log(6 / 4)})
    in_us = results(tmp_path, Asked(measure=Measure.US))
    assert values(in_us) == pytest.approx({"S01": 6.0})
    pair = next(c for c in in_us.primary.comparisons if c.label == "Happy_S - Neutral_S").pairs[0]
    assert (pair.first, pair.second) == pytest.approx((4.0, 6.0))


@pytest.mark.parametrize(
    ("baseline", "level_us"),
    [
        (Baseline.NEUTRALS_AROUND, 4.5),
        (Baseline.NEUTRAL_BEFORE, 4.0),
        (Baseline.NEUTRAL_AFTER, 5.0),
        (Baseline.FIRST_NEUTRAL, 2.0),
        (Baseline.BASELINE_STEP, 8.0),
    ],
)
def test_each_baseline_is_the_one_that_was_chosen(
    tmp_path: Path, baseline: Baseline, level_us: float
) -> None:
    levels = {"baseline": 8.0, "neutral-1": 2.0, "neutral-2": 4.0, "neutral-3": 5.0, "boredom": 9.0}
    write_run(tmp_path, "S01", levels)
    found = results(tmp_path, Asked(baseline=baseline))
    expected = (9 - level_us) / level_us * 100
    assert values(found, "Boredom_S") == pytest.approx({"S01": expected})


def test_against_the_resting_step_neutral_has_a_change_of_its_own(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", {"baseline": 4.0, "happy": 6.0})
    found = results(tmp_path, Asked(baseline=Baseline.BASELINE_STEP))
    pair = next(c for c in found.primary.comparisons if c.label == "Happy_S - Neutral_S").pairs[0]
    assert (pair.first, pair.second) == pytest.approx((25.0, 50.0))


def test_spontaneous_windows_are_cut_to_the_acted_ones(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", {})
    rows = (run_dir / "gsr.csv").read_text().splitlines(keepends=True)
    # the happy film's window is 37 to 41 s; its middle two seconds, 38 to 40, stand at 10 µS
    for i, row in enumerate(rows[1:], start=1):
        cells = row.split(",")
        if 38 <= float(cells[0]) < 40:
            rows[i] = ",".join([*cells[:4], "10.000000", cells[5]])
    (run_dir / "gsr.csv").write_text("".join(rows))
    found = results(tmp_path)
    elicitation = next(family for family in found.families if family.name == "elicitation")
    happy = next(c for c in elicitation.comparisons if c.label == "Happy_S - Happy_A")
    assert happy.equal_s == 2.0
    assert happy.pairs[0].second == pytest.approx(100.0)
    assert values(found) == pytest.approx({"S01": 50.0})


def test_a_lag_shifts_the_windows(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", {"happy": 6.0, "acted-neutral": 8.0})
    # 2 s later the happy window (39–43 s) takes its last second from the next step, which begins at
    # 42 s, and the neutral window before it (33–37 s) one from the happy film, which begins at 36 s
    emotion, neutral = (3 * 6 + 8) / 4, (3 * 5 + 6) / 4
    shifted = values(results(tmp_path, Asked(lag_s=2.0)))
    assert shifted == pytest.approx({"S01": (emotion - neutral) / neutral * 100})
    assert values(results(tmp_path)) == pytest.approx({"S01": 20.0})


def test_a_repeated_run_is_one_participant(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", {"happy": 6.0})
    write_run(tmp_path, "S01", {"happy": 7.0}, number=2)
    found = results(tmp_path)
    assert found.n == 1
    assert values(found) == pytest.approx({"S01": 40.0})
    assert "repeated: 2026-11-22T101530/run-02 counts" in reasons(found)["S01"][0]


def test_a_person_may_choose_the_run_that_counts(tmp_path: Path) -> None:
    first = write_run(tmp_path, "S01", {"happy": 6.0}, status=RunStatus.STOPPED)
    write_run(tmp_path, "S01", {"happy": 7.0}, number=2)
    before = results(tmp_path)
    assert values(before) == pytest.approx({"S01": 40.0})
    assert "not complete: stopped" in reasons(before)["S01"][0]
    amend(first, {"amends": "primary", "primary": True, "operator": "ana"})
    assert values(results(tmp_path)) == pytest.approx({"S01": 20.0})


def test_whoever_does_not_count_is_named_with_the_reason(tmp_path: Path) -> None:
    rejected = {"happy": Changed("failed", "no face")}
    write_run(tmp_path, "S01", HAPPY)
    write_run(tmp_path, "S02", HAPPY, changed=rejected)
    write_run(tmp_path, "S03", HAPPY, changed={"happy": Changed(flag="not_worn")})
    write_run(tmp_path, "P1", HAPPY)
    write_run(tmp_path, "S04", HAPPY, changed={"happy": Changed(primary=False)})
    write_run(tmp_path, "S05", HAPPY, scopes=("face",))
    write_run(tmp_path, "S06", HAPPY, protocol="another")
    write_run(tmp_path, "S07", HAPPY, sha256="3" * 64)
    write_run(tmp_path, "S08", HAPPY, status=RunStatus.ABORTED)
    write_run(tmp_path, "S09", HAPPY, simulated=True)
    buried = write_run(tmp_path, "S12", HAPPY)
    bury(buried, Tombstone("run-01", "s", "S12", "study", "2026-11-22T12:00:00Z", "ana", "asked"))
    kept = write_run(tmp_path, "S10", HAPPY)
    amend(kept, {"amends": "data", "data": "until_asked"})
    study = Study(protocol="study", pilots=("P1",), protocol_sha256="2" * 64)
    found = results(tmp_path, study=study, codes=("S01", "S11"))
    assert values(found) == pytest.approx({"S01": 20.0})
    told = {who: "; ".join(why) for who, why in reasons(found).items()}
    for who, reason in {
        "S02": "failed: no face",
        "S03": "the sensor was not worn",
        "P1": "a pilot",
        "S04": "the film had been shown before",
        "S05": "recorded without consent to gsr",
        "S06": "protocol another; the study's is study",
        "S07": "another version of protocol study (33333333…)",
        "S08": "not complete: aborted",
        "S09": "SIMULATED, among runs that are not",
        "S10": "until asked",
        "S11": "no run recorded",
        "S12": "discarded: asked",
    }.items():
        assert reason in told[who], who
    assert "S01" not in told
    stress = next(c for c in found.primary.comparisons if c.label == "Stress_S - Neutral_S")
    assert stress.participants == ("S01", "S02", "S03", "S04")


def test_a_run_whose_tombstone_is_damaged_is_named_and_the_others_count(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY)
    buried = write_run(tmp_path, "S02", HAPPY)
    bury(buried, Tombstone("run-01", "s", "S02", "study", "2026-11-22T12:00:00Z", "ana", "asked"))
    stone = buried / "tombstone.json"
    stone.chmod(0o600)
    stone.write_bytes(stone.read_bytes()[:-30])
    found = results(tmp_path)
    assert values(found) == pytest.approx({"S01": 20.0})
    buried_as = "2026-11-22T101530/run-01: discarded; its tombstone.json cannot be read"
    assert any(why.startswith(buried_as) for why in reasons(found)["S02"])


def test_consent_that_was_taken_back_counts_now(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY)
    people = people_of("S01", scopes=frozenset())
    found = study_results(tmp_path, STUDY, people, Asked())
    assert (found.n, reasons(found)["S01"][0].partition(": ")[2]) == (
        0,
        "no consent to gsr",
    )


def test_only_the_latest_accepted_attempt_counts(tmp_path: Path) -> None:
    changed = {"happy": Changed("redo", "coughed", again=True)}
    write_run(tmp_path, "S01", HAPPY, changed=changed)
    found = results(tmp_path)
    happy = [w for w in found.participants[0].windows if w.class_name == "Happy_S"]
    assert [w.attempt for w in happy] == [2]
    assert "Happy_S, step happy, attempt 1: redo: coughed" in reasons(found)["S01"]


def test_a_window_that_is_rejected_later_goes_and_comes_back(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", HAPPY)
    amend(
        run_dir,
        {
            "amends": "verdict",
            "step": "happy",
            "attempt": 1,
            "verdict": "failed",
            "reason": "moved",
        },
    )
    assert values(results(tmp_path)) == {}
    assert "failed: moved" in reasons(results(tmp_path))["S01"][0]
    amend(run_dir, {"amends": "verdict", "step": "happy", "attempt": 1, "verdict": "accepted"})
    assert values(results(tmp_path)) == pytest.approx({"S01": 20.0})


def test_a_baseline_under_ten_resolutions_is_refused(tmp_path: Path) -> None:
    # 0.4 µS is six to seven counts of a 10-bit Grove sensor above its unworn reading
    neutral = {f"neutral-{i}": 0.4 for i in (1, 2, 3)}
    write_run(tmp_path, "S01", {**neutral, "happy": 0.8})
    found = results(tmp_path)
    assert values(found) == {}
    resolution_us = GroveCalibration().resolution_us(0.4)
    told = next(why for why in reasons(found)["S01"] if why.startswith("Happy_S"))
    assert f"under 10 resolutions of {resolution_us:.3f} µS" in told


def test_the_calibrations_doubt_reaches_the_percentage(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", {"happy": 6.0})
    value = results(tmp_path).participants[0].values["Happy_S"]
    # by shifting the unworn reading itself: the same raw readings, seven counts lower
    calibration = GroveCalibration()
    shifted = GroveCalibration(cal=512 - 7.0)
    rest, happy = (shifted.conductance_us(calibration.reading(us)) for us in (5.0, 6.0))
    off = abs((happy / rest - 6 / 5) * 100)
    assert value.percent_uncertainty == pytest.approx(off, rel=0.1)


def test_simulated_and_real_never_mix_unless_asked(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY, simulated=True)
    alone = results(tmp_path)
    assert (alone.n, alone.simulated, alone.mixed) == (1, True, False)
    write_run(tmp_path, "S02", HAPPY)
    real = results(tmp_path)
    assert (real.n, real.simulated) == (1, False)
    mixed = results(tmp_path, Asked(mix_simulated=True))
    assert (mixed.n, mixed.simulated, mixed.mixed) == (2, True, True)
    assert any("SIMULATED and real data are mixed" in line for line in cautions(mixed))


def test_families_are_what_the_study_declares(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY)
    default = results(tmp_path)
    assert [c.label for c in default.primary.comparisons] == [
        *("Happy_S - Neutral_S", "Stress_S - Neutral_S", "Boredom_S - Neutral_S")
    ]
    declared = Study(protocol="study", primary=("Stress_S - Boredom_S",))
    asked = Asked(pairs=(parse_contrast("Happy_S - Stress_A"), parse_contrast("Happy_S - Happy_A")))
    found = results(tmp_path, asked, study=declared)
    labels = {f.name: [c.label for c in f.comparisons] for f in found.families}
    assert labels["primary"] == ["Stress_S - Boredom_S"]
    assert labels["elicitation"] == [f"{e}_S - {e}_A" for e in ("Happy", "Stress", "Boredom")]
    assert labels["asked"] == ["Happy_S - Stress_A"]  # the other one is there already
    assert "Boredom_S - Stress_S" not in labels["pairs"]
    assert len(labels["pairs"]) == 6 + 6 - 1
    assert [f.confirmatory for f in found.families] == [True, False, False, False]
    assert all(c.p_holm is None for f in found.families[1:] for c in f.comparisons)


def test_p_is_shown_from_the_planned_n_on(tmp_path: Path) -> None:
    for number in range(1, 4):
        assert results(tmp_path).p_shown is False
        write_run(tmp_path, f"S0{number}", HAPPY)
    reached = results(tmp_path)
    assert (reached.n, reached.p_shown, reached.early) == (3, True, False)


def test_each_register_can_be_counted_and_is_called_pseudo_replication(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY)
    write_run(tmp_path, "S02", HAPPY)
    found = results(tmp_path, Asked(per_register=True))
    happy = found.primary.comparisons[0]
    assert happy.test.n_pairs == 2 * 40  # 4 s at 10 Hz each
    assert happy.pairs[0].second == pytest.approx((6 * 0.99 - 5) / 5 * 100)
    acted = next(f for f in found.families if f.name == "elicitation").comparisons[0]
    assert acted.test.n_pairs == 2 * 20  # as far as the shorter one goes
    assert any(line.startswith("PSEUDO-REPLICATION") for line in cautions(found))


def test_results_are_made_again_only_when_something_changed(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", HAPPY)
    first = results(tmp_path)
    assert results(tmp_path, previous=first) is first
    kept = (tmp_path / CACHE).stat().st_mtime_ns
    assert results(tmp_path).fingerprint == first.fingerprint
    assert (tmp_path / CACHE).stat().st_mtime_ns == kept
    amend(run_dir, {"amends": "verdict", "step": "happy", "attempt": 1, "verdict": "failed"})
    changed = results(tmp_path, previous=first)
    assert changed is not first
    assert values(changed) == {}
    assert (tmp_path / CACHE).stat().st_mode & 0o777 == 0o600


def test_what_was_kept_of_a_run_goes_with_it(tmp_path: Path) -> None:
    run_dir = write_run(tmp_path, "S01", HAPPY)
    write_run(tmp_path, "S02", HAPPY)
    results(tmp_path)
    assert "S01" in (tmp_path / CACHE).read_text()
    for path in run_dir.iterdir():
        path.unlink()
    run_dir.rmdir()
    results(tmp_path)
    assert "S01" not in (tmp_path / CACHE).read_text()


def test_a_spoilt_cache_is_made_again(tmp_path: Path) -> None:
    write_run(tmp_path, "S01", HAPPY)
    before = results(tmp_path)
    lines = (tmp_path / CACHE).read_text()
    (tmp_path / CACHE).write_text("no json\n" + lines.replace('"windows"', '"doors"'))
    assert values(results(tmp_path)) == values(before)


def test_non_responders_are_listed_and_stay(tmp_path: Path) -> None:
    fine = GroveCalibration(bits=16, cal=32768.0, resolution_counts=1.0)
    flat = dict.fromkeys(("happy", "stress", "boredom"), 5.0)
    write_run(tmp_path, "S01", flat, calibration=fine)
    write_run(tmp_path, "S02", HAPPY, calibration=fine)
    write_run(tmp_path, "S03", flat)
    found = results(tmp_path)
    assert found.non_responders == ("S01",)
    assert found.unjudged_responders == ("S03",)  # its sensor cannot tell 0.05 µS
    assert found.n == 3


def test_an_empty_store_has_results_that_say_so(tmp_path: Path) -> None:
    found = results(tmp_path)
    assert (found.n, found.participants, found.friedman) == (0, (), None)
    assert "not recorded" in methods(found)
