"""What statistics may cost, in seconds of CPU, which other work on the machine does not change."""

from __future__ import annotations

import random
import time
from pathlib import Path

from femo_tui.model.study import Study
from femo_tui.stats.figures_cache import make_figures
from femo_tui.stats.results import Asked, study_results
from tests.bench.wilcoxon import BUDGET_S, STORE_BUDGET_S, six_comparisons
from tests.support.gsr_store import people_of, write_run

SHARE = 10  # of the thousand participants that the budget is for


def test_six_comparisons_of_fifty_pairs() -> None:
    ours, _ = six_comparisons()
    ours()  # imports SciPy
    began_s = time.process_time()
    ours()
    assert time.process_time() - began_s <= BUDGET_S


def test_results_of_many_participants(tmp_path: Path) -> None:
    rng = random.Random(2)
    codes = [f"S{number:04d}" for number in range(1, 1000 // SHARE + 1)]
    for code in codes:
        write_run(tmp_path, code, {step: rng.uniform(4, 7) for step in ("happy", "stress")})
    make_figures(tmp_path)
    study, people = Study(protocol="study"), people_of(*codes)
    began_s = time.process_time()
    found = study_results(tmp_path, study, people, Asked())
    assert time.process_time() - began_s <= STORE_BUDGET_S / SHARE
    assert found.n == len(codes)
