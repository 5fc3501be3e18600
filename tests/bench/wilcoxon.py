"""How long statistics take: six comparisons of 50 pairs, and a study of 1 000 participants.

Run: python -m tests.bench.wilcoxon [--json] [--rounds N] [--participants N]
Beside it stands SciPy's asymptotic test alone on the same pairs (Z and p, nothing else).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COMPARISONS, PAIRS = 6, 50
BUDGET_S = 0.2
STORE_BUDGET_S = 2.0


def fastest_s(what: Callable[[], object], rounds: int) -> float:
    """Return the fastest of some rounds in seconds."""
    times = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        what()
        times.append(time.perf_counter() - began_s)
    return min(times)


def six_comparisons() -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what makes six comparisons, everything included; then SciPy's Z and p alone."""
    import numpy as np

    from femo_tui.model.contrasts import parse_contrast
    from femo_tui.model.study import Measure
    from femo_tui.stats.comparisons import Pair, compare, corrected
    from femo_tui.stats.exact import untied_quantile
    from femo_tui.stats.omnibus import friedman
    from tests.support.scipys import scipys_asymptotic

    rng = random.Random(1)
    names = ("Happy", "Stress", "Boredom")
    contrasts = [parse_contrast(f"{name}_{way} - Neutral_{way}") for name in names for way in "SA"]
    people = [
        [
            Pair(f"S{i}", 0.0, value, 0.0, value / 90, 0.1, False)
            for i, value in enumerate(rng.gauss(2, 5) for _ in range(PAIRS))
        ]
        for _ in contrasts
    ]

    def ours() -> None:
        untied_quantile.cache_clear()  # as in a process of its own
        family = corrected(
            compare(contrast, pairs, Measure.PERCENT, None)
            for contrast, pairs in zip(contrasts, people, strict=True)
        )
        rows = [[0.0, *(c.pairs[i].second for c in family[:3])] for i in range(PAIRS)]
        friedman(["Neutral_S", *names], rows)

    def scipys() -> None:
        for pairs in people:
            d = np.round([pair.second for pair in pairs], 9)
            scipys_asymptotic(d)

    return ours, scipys


def thousand_participants_s(participants: int) -> tuple[float, float]:
    """Return how long results of a large store take when every run is new, and afterwards."""
    from femo_tui.stats.results import Asked, StudyResults, study_results
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study
    from tests.support.gsr_store import register, write_run, write_study_file

    rng = random.Random(2)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_study_file(root, planned_n=participants)
        codes = [f"S{number:04d}" for number in range(1, participants + 1)]
        for code in codes:
            write_run(root, code, {step: rng.uniform(4, 7) for step in ("happy", "stress")})
        register(root, *codes)

        def results() -> StudyResults:
            with Catalog.open(root) as catalog:
                people = catalog.participants()
            return study_results(root, load_study(root), people, Asked())

        return fastest_s(results, 1), fastest_s(results, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--participants", type=int, default=1000)
    args = parser.parse_args()
    ours_s, scipys_s = (fastest_s(each, args.rounds) for each in six_comparisons())
    new_s, kept_s = thousand_participants_s(args.participants)
    figures = {
        "six_comparisons_s": ours_s,
        "six_comparisons_budget_s": BUDGET_S,
        "scipy_z_and_p_s": scipys_s,
        "participants": args.participants,
        "new_runs_s": new_s,
        "results_s": kept_s,
        "results_budget_s": STORE_BUDGET_S,
    }
    if args.json:
        print(json.dumps(figures))
        return
    print(f"{COMPARISONS} comparisons of {PAIRS} pairs   {ours_s:.4f} s   budget {BUDGET_S} s")
    print(f"SciPy's Z and p alone         {scipys_s:.4f} s")
    print(f"{args.participants} participants, all new   {new_s:.2f} s")
    print(f"{args.participants} participants            {kept_s:.2f} s   budget {STORE_BUDGET_S} s")


if __name__ == "__main__":
    main()
