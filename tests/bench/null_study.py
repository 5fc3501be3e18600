"""The false alarms of a whole study in which nothing has an effect, through record → results.

22 simulated people a study (`sim:…?effect=0`), each recorded by the real engine in virtual time,
then tested; the family error of the primary family is the share of studies with any Holm p < .05.

Run: python -m tests.bench.null_study [--json] [--studies 200] [--people 22]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

ALPHA = 0.05


def has_false_alarm(study: int, people: int, at: Path) -> bool:
    """Record and test one study; return whether its primary family finds anything."""
    from femo_tui.model.clock import VirtualClock
    from femo_tui.recorder.process import record
    from femo_tui.recorder.simulated_study import prepare_simulated_study, simulated_request
    from femo_tui.stats.results import Asked, study_results
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study

    root = at / f"study-{study}"
    prepare_simulated_study(root, people)
    for number in range(1, people + 1):
        seed = 1000 * (study + 1) + number
        request = simulated_request(root, number)
        request = replace(request, gsr=f"sim:{seed}?effect=0", camera="none")
        record(request, clock=VirtualClock())
    with Catalog.open(root) as catalog:
        registered = catalog.participants()
    results = study_results(root, load_study(root), registered, Asked())
    assert results.n == people
    return any((c.p_holm or 0.0) < ALPHA for c in results.primary.comparisons)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--people", type=int, default=22)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        os.environ["FEMO_STATE_DIR"] = f"{folder}/state"
        asked = [
            pool.submit(has_false_alarm, i, args.people, Path(folder)) for i in range(args.studies)
        ]
        alarms = sum(one.result() for one in asked)
    share = alarms / args.studies
    allowed = ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / args.studies)
    figures = {"studies": args.studies, "family_error": share, "allowed": round(allowed, 4)}
    if args.json:
        print(json.dumps(figures))
        return
    print(f"{args.studies} studies of {args.people} people without any effect:")
    print(f"family error {share:.3f}, allowed {allowed:.3f}")


if __name__ == "__main__":
    main()
