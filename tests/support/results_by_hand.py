"""Every n and every participant's value of a study, from run folders, standard library only.

Prints one JSON object: participant → class → percentage of change against the neutrals around.
Run: python results_by_hand.py STORE PROTOCOL [PILOT …]
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

store, protocol, pilots = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def percentages(run: Path) -> dict[str, float]:
    events = lines(run / "run.jsonl")
    with (run / "gsr.csv").open(newline="") as file:
        rows = [(float(row["t_s"]), row["flag"], row["gsr_us"]) for row in csv.DictReader(file)]
    samples = [(t, float(us)) for t, flag, us in rows if flag == "ok"]
    verdicts = {(e["step"], e["attempt"]): e["verdict"] for e in events if e["event"] == "verdict"}
    for line in lines(run / "amendments.jsonl"):
        if line["amends"] == "verdict":
            verdicts[line["step"], line["attempt"]] = line["verdict"]
    ends = {(e["step"], e["attempt"]): e["t_s"] for e in events if e["event"] == "window_stop"}
    windows = {}
    for event in events:
        key = (event.get("step"), event.get("attempt"))
        if event["event"] != "window_start" or not verdicts.get(key, "").startswith("accepted"):
            continue
        if event["class"] and event.get("primary", True):
            inside = [us for t, us in samples if event["t_s"] <= t < ends[key]]
            last = [us for t, us in samples if max(event["t_s"], ends[key] - 30) <= t < ends[key]]
            flags = [flag for t, flag, _ in rows if event["t_s"] <= t < ends[key]]
            worn = 2 * flags.count("not_worn") <= len(flags)
            if inside and worn:  # the latest attempt of a step replaces the ones before
                windows[event["step"]] = (event["t_s"], event["class"], inside, last)
    found: dict[str, list[float]] = {}
    for onset, name, inside, _ in windows.values():
        emotion, elicitation = name.split("_")
        neutrals = sorted(w for w in windows.values() if w[1] == f"Neutral_{elicitation}")
        around = [w for w in neutrals if w[0] < onset][-1:] + [w for w in neutrals if w[0] > onset][
            :1
        ]
        if emotion != "Neutral" and around:
            baseline = sum(sum(w[3]) / len(w[3]) for w in around) / len(around)
            value = sum(inside) / len(inside)
            found.setdefault(name, []).append((value - baseline) / baseline * 100)
    return {name: sum(values) / len(values) for name, values in found.items()}


answer = {}
for person in sorted(p for p in (store / "sessions").iterdir() if p.name not in pilots):
    for run in sorted(person.glob("*/run-*")):
        events = lines(run / "run.jsonl")
        start, stop = events[0], events[-1]
        decided = [a for a in lines(run / "amendments.jsonl") if a["amends"] == "data"]
        kept = decided[-1]["data"] == "keep" if decided else stop.get("data", "keep") == "keep"
        consents = "gsr" in start["consent"]["scopes"]
        is_ours = stop.get("status") == "complete" and start["protocol"]["name"] == protocol
        if is_ours and kept and consents:
            answer[person.name] = percentages(run)  # the latest run counts
print(json.dumps(answer))
