"""The false alarms of whole studies in which nothing has an effect, through record → results.

22 simulated people a study (`sim:…?effect=0`), each recorded by the real engine in virtual time,
then tested. The family error is the share of studies whose primary family has any Holm p < .05.

Run: python -m tests.bench.null_study [--json] [--studies 200] [--people 22] [--window-s 30]
Windows are as long as the study's. Much shorter ones (`--window-s 2.5`) hold a response or none: a
single one lifts an emotion's window more than the mean of the two neutrals beside it, so that
differences lean without any effect. How much that costs takes more studies to see than can be
recorded: `--traces` counts the alarms of simulated skin alone, thousands of studies a minute.
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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from femo_tui.stats.results import StudyResults

ALPHA = 0.05
# Acted steps, since they last as long as they say: a film lasts as long as its file.
STEPS = ("neutral-1", "stress", "neutral-2", "boredom", "neutral-3", "happy", "neutral-4")
PRIMARY = ("Stress_A - Neutral_A", "Boredom_A - Neutral_A", "Happy_A - Neutral_A")
PROTOCOL = """
name = "null"
title = "A study in which nothing has an effect"
languages = ["en"]
"""
STEP = """
[[step]]
name = "{name}"
kind = "acted"
emotion = "{emotion}"
media = "quick/face-{emotion}.png"
duration_s = {step_s}
window = {{ start_s = 10.0, duration_s = {window_s} }}
text = {{ en = "Wait." }}
"""


def protocol_text(window_s: float) -> str:
    """Return the protocol: ten seconds to settle before each window."""
    steps = (
        STEP.format(
            name=name, emotion=name.partition("-")[0], step_s=window_s + 10.5, window_s=window_s
        )
        for name in STEPS
    )
    return PROTOCOL + "".join(steps)


def has_false_alarm(study: int, people: int, window_s: float, at: Path) -> bool:
    """Record and test one study; return whether its primary family finds anything."""
    primary = null_results(study, people, window_s, at).primary
    return any((c.p_holm or 0.0) < ALPHA for c in primary.comparisons)


def alarms_of_traces(studies: int, people: int, window_s: float, seed: int = 1) -> int:
    """Return how many of so many studies raise a false alarm, by simulated skin alone."""
    from femo_tui.model.contrasts import parse_contrast
    from femo_tui.model.study import Measure
    from femo_tui.stats.comparisons import Pair, compare, corrected
    from tests.support.null_traces import percentages, window_means_us

    contrasts = [parse_contrast(label) for label in PRIMARY]
    changes = percentages(window_means_us(studies * people, len(STEPS), window_s, seed))
    alarms = 0
    for study in changes.reshape(studies, people, len(contrasts)):
        family = (
            compare(
                contrast,
                [
                    Pair(f"S{i:02d}", 0.0, percent, 0.0, math.log1p(percent / 100), None, False)
                    for i, percent in enumerate(study[:, place].tolist())
                ],
                Measure.PERCENT,
                None,
            )
            for place, contrast in enumerate(contrasts)
        )
        alarms += any((one.p_holm or 0.0) < ALPHA for one in corrected(family))
    return alarms


def null_results(study: int, people: int, window_s: float, at: Path) -> StudyResults:
    """Record and test one study of people in whom nothing has an effect."""
    from femo_tui.model.clock import VirtualClock
    from femo_tui.model.study import Study
    from femo_tui.recorder.process import record
    from femo_tui.recorder.simulated_study import simulated_participant, simulated_request
    from femo_tui.stats.results import Asked, study_results
    from femo_tui.store.catalog import Catalog

    root = at / f"study-{study}"
    root.mkdir()
    protocol = at / f"null-{study}.toml"
    protocol.write_text(protocol_text(window_s), "utf-8")
    persons = [
        simulated_participant(number, "2026-11-22T10:00:00Z") for number in range(1, people + 1)
    ]
    with Catalog.open(root) as catalog:
        for person in persons:
            catalog.add_participant(person, "bench")
    for number in range(1, people + 1):
        seed = 1000 * (study + 1) + number
        request = simulated_request(root, number)
        gsr = f"sim:{seed}?effect=0"
        request = replace(request, protocol=str(protocol), gsr=gsr, camera="none")
        record(request, clock=VirtualClock())
    declared = Study(protocol="null", planned_n=people, primary=PRIMARY)
    results = study_results(root, declared, persons, Asked())
    assert results.n == people
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--people", type=int, default=22)
    parser.add_argument("--window-s", type=float, default=30.0)
    parser.add_argument("--traces", action="store_true", help="simulated skin alone, unrecorded")
    args = parser.parse_args()
    alarms = (
        alarms_of_traces(args.studies, args.people, args.window_s) if args.traces else _alarms(args)
    )
    share = alarms / args.studies
    allowed = ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / args.studies)
    figures = {"studies": args.studies, "family_error": share, "allowed": round(allowed, 4)}
    if args.json:
        print(json.dumps(figures))
        return
    print(f"{args.studies} studies of {args.people} people without any effect:")
    print(f"family error {share:.4f}, allowed {allowed:.4f}")


def _alarms(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FEMO_STATE_DIR"] = f"{folder}/state"
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            asked = [
                pool.submit(has_false_alarm, i, args.people, args.window_s, Path(folder))
                for i in range(args.studies)
            ]
            return sum(one.result() for one in asked)


if __name__ == "__main__":
    main()
