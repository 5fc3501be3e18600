"""Fine-tuning of 1 840 images beside training on frozen features, on whatever is there.

Run: python -m tests.bench.fine_tune --weights FILE [--people 23] [--epochs 2] [--json]
The faces are drawn: 8 classes, 10 images each of every person. All folds learn side by side, so an
epoch is what 5 groups of people and the model take together. What 100 epochs of 1 840 images take
is worked out from the epochs after the first, which waits for TensorFlow to lay out its programs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from femo_tui.training import client
from femo_tui.training.journal import JOURNAL
from femo_tui.training.tuning.device import processor_name
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo

PER_CLASS, CLASSES = 10, 8
IMAGES, EPOCHS = 1840, 100  # that the figure is for


def trained(femo: Femo, *args: str) -> tuple[dict[str, Any], float, list[dict[str, Any]]]:
    """Train by the command; return its result, how long it took, and the journal's events."""
    begun_s = time.monotonic()
    found = json.loads(femo.ok("train", *args, "--json", timeout_s=3600).splitlines()[-1])
    took_s = time.monotonic() - begun_s
    lines = (client.trainings(femo.store)[-1] / JOURNAL).read_text("utf-8").splitlines()
    return found, took_s, [json.loads(line) for line in lines]


def measure(weights: Path, people: int, epochs: int, base: Path) -> dict[str, Any]:
    femo = Femo(base / "home", base / "store")
    femo.home.mkdir()
    faces = draw_faces(base / "drawn", people, PER_CLASS)
    femo.ok("dataset", "import", str(faces), "--simulated", timeout_s=300)
    frozen, _, before = trained(femo, "--weights", str(weights))
    asked = ("--weights", str(weights), "--fine-tune", str(epochs))
    tuned, tuned_s, events = trained(femo, *asked)
    images = people * CLASSES * PER_CLASS
    ends = [e["t_s"] for e in events if e["event"] == "epoch"]
    epoch_s = (ends[-1] - ends[0]) / (len(ends) - 1)
    facts = json.loads((femo.store / "models" / tuned["model"] / "model.json").read_bytes())
    features = [e for e in before if e.get("stage") == "features" and e["event"] == "progress"]
    began = next(e["t_s"] for e in before if e.get("name") == "features")
    gain = next(d for d in tuned["differences"] if d["features"] == "fine-tuned")
    return {
        "device": facts["fine_tuning"]["device"],
        "precision": facts["fine_tuning"]["precision"],
        "processor": processor_name(),
        "images": images,
        "networks_side_by_side": facts["fine_tuning"]["folds"] + 1,
        "epoch_s": round(epoch_s, 2),
        "images_per_s": round(images / epoch_s, 1),
        "100_epochs_of_1840_images_min": round(EPOCHS * epoch_s * IMAGES / images / 60, 1),
        "frozen_features_images_per_s": round(images / (features[-1]["t_s"] - began), 1),
        "frozen_to_last_evaluation_s": [e["t_s"] for e in before if e["event"] == "validation"][-1],
        "fine_tuned_whole_s": round(tuned_s, 1),
        "notes": [e["text"] for e in events if e["event"] == "note" and "MB" in e["text"]],
        "frozen_accuracy": frozen["validations"][0]["accuracy"],
        "fine_tuned_accuracy": tuned["validations"][0]["accuracy"],
        "gain_points": [round(100 * gain[k], 1) for k in ("mean", "low", "high")],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--people", type=int, default=23)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.epochs < 2:
        parser.error("--epochs: the first is not measured, so that there have to be 2 at least")
    with tempfile.TemporaryDirectory(prefix="femo-bench-") as base:
        os.environ["FEMO_STATE_DIR"] = str(Path(base) / "home" / "state")
        found = measure(given.weights.absolute(), given.people, given.epochs, Path(base))
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
