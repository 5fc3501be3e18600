"""Finds the samples of every window in a run folder with nothing but the standard library."""

import csv
import json
import sys
from pathlib import Path

run_dir = Path(sys.argv[1])
events = [json.loads(line) for line in (run_dir / "run.jsonl").read_text().splitlines()]
with (run_dir / "gsr.csv").open(newline="") as file:
    samples = list(csv.DictReader(file))

for start in (event for event in events if event["event"] == "window_start"):
    key = (start["step"], start["attempt"])
    stop = next(
        event
        for event in events
        if event["event"] == "window_stop" and (event["step"], event["attempt"]) == key
    )
    inside = [row for row in samples if start["t_s"] <= float(row["t_s"]) < stop["t_s"]]
    valid = [float(row["gsr_us"]) for row in inside if row["flag"] == "ok"]
    print(*key, len(inside), len(valid), round(sum(valid) / len(valid), 6))
