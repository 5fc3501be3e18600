"""Training of 1 840 images: femo beside Keras' frozen-base fit and scikit-learn, in one run.

Run: python -m tests.bench.training --weights FILE [--without-keras] [--json]
Needs scikit-learn (`pip install -e .[bench]`). The faces are drawn: 23 people, 8 classes, 10 each.
The one-off conversion of the weights runs first and is reported apart, as is the Keras model's
writing. Memory is the trainer's own peak; children that load TensorFlow are reported apart.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from femo_tui.training import client
from femo_tui.training.journal import JOURNAL
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo, wait_until

PEOPLE, PER_CLASS = 23, 10
IMAGES = PEOPLE * 8 * PER_CLASS
EPOCHS = 10
CANCELS = 10
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

KERAS = """
import json, resource, sys, time
begun = time.monotonic()
import keras
weights, folder, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
base = keras.applications.MobileNet(weights=None, include_top=False, pooling="avg",
                                    input_shape=(224, 224, 3))
base.load_weights(weights)
base.trainable = False
train, test = keras.utils.image_dataset_from_directory(
    folder, image_size=(224, 224), batch_size=32, validation_split=0.1, subset="both", seed=1,
    verbose=False)
images = keras.Input((224, 224, 3))
scaled = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
out = keras.layers.Dense(8, activation="softmax")(base(scaled, training=False))
model = keras.Model(images, out)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, validation_data=test, epochs=epochs, verbose=0)
print(json.dumps({"took_s": time.monotonic() - begun,
                  "accuracy": history.history["val_accuracy"][-1],
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""

# In a process of its own, so that matrix products have one thread, as in the trainer.
INSIDE = """
import json, sys, threading, time
from pathlib import Path
import numpy as np
from femo_tui.training import engines
from femo_tui.training.crossing import as_they_are, cross
from femo_tui.training.features import extract
from femo_tui.training.folds import at_random, by_participant
from femo_tui.training.images import decode, network_input
from femo_tui.training.imported import imported_set
from femo_tui.training.request import Head
from femo_tui.training.workers import worker_count
store, model, sha256 = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
images = imported_set(store, "drawn").images
engine = engines.mobilenet(model, sha256, 1024)
begun = time.monotonic()
found = extract(store, [i.path for i in images], [engine], store / "training" / "features")
x = found.rows[engine.name]
names = sorted({i.class_name for i in images})
y = np.array([names.index(i.class_name) for i in images])
cached = cross(as_they_are(x), y, 8, [at_random(len(y), 1)], Head.LBFGS, 1)
cached_s = time.monotonic() - begun
people = [i.participant for i in images]
folds = by_participant(people)[:22]
begun = time.monotonic()
ours = cross(as_they_are(x), y, 8, folds, Head.LBFGS, 1)
lopo_s = time.monotonic() - begun
from sklearn.linear_model import LogisticRegression
begun = time.monotonic()
right = 0
for fold in folds:
    model_ = LogisticRegression(max_iter=1000).fit(x[fold.train], y[fold.train])
    right += int((model_.predict(x[fold.test]) == y[fold.test]).sum())
sklearn_s = time.monotonic() - begun
prepared = [network_input(decode((store / i.path).read_bytes(), i.path)) for i in images[:200]]
computes = [engine.make() for _ in range(worker_count())]
def forward(compute):
    for image in prepared:
        compute._interpreter.set_tensor(compute._input, image)
        compute._interpreter.invoke()
threads = [threading.Thread(target=forward, args=(c,)) for c in computes]
begun = time.monotonic()
for t in threads: t.start()
for t in threads: t.join()
forward_s = time.monotonic() - begun
print(json.dumps({
    "cached_s": cached_s, "lopo_s": lopo_s, "sklearn_s": sklearn_s,
    "lopo_accuracy": float((ours.labels == y[ours.rows]).mean()),
    "sklearn_accuracy": right / len(ours.rows),
    "forward_per_s": len(prepared) * len(computes) / forward_s}))
"""


@dataclass
class Peak:
    """The largest memory of the trainer seen so far, its children left out."""

    store: Path
    mb: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.stopped.wait(0.02):
            active = client.active_training(self.store)
            if active is not None and active.pid:
                try:
                    status = Path(f"/proc/{active.pid}/status").read_text("ascii")
                except OSError:
                    continue
                for line in status.splitlines():
                    if line.startswith("VmHWM:"):
                        self.mb = max(self.mb, int(line.split()[1]) / 1024)


@dataclass(frozen=True)
class Trained:
    """One training, timed from the command on."""

    result: dict[str, Any]
    first_word_s: float
    first_feature_s: float | None
    headline_s: float
    study_s: float
    evaluated_s: float
    whole_s: float
    feature_rate: float | None
    peak_mb: float
    notes: tuple[str, ...]


def trained(femo: Femo, weights: Path) -> Trained:
    """Train by the command, and read its times from the journal."""
    peak = Peak(femo.store)
    watcher = threading.Thread(target=peak.watch, daemon=True)
    watcher.start()
    before = len(_journals(femo))
    begun_s = time.monotonic()
    with femo.started("train", "--weights", str(weights), "--json") as process:
        wait_until(lambda: len(_journals(femo)) > before, "the first word")
        first_word_s = time.monotonic() - begun_s
        said, problem = process.communicate(timeout=600)
        whole_s = time.monotonic() - begun_s
    assert process.returncode == 0, problem
    peak.stopped.set()
    watcher.join()
    journal = client.trainings(femo.store)[-1] / JOURNAL
    events = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    features = [e for e in events if e["event"] == "progress" and e["stage"] == "features"]
    began = next((e["t_s"] for e in events if e["event"] == "stage" and e["name"] == "features"), 0)
    found = [e for e in events if e["event"] == "validation"]
    rate = None
    if features and features[-1]["t_s"] > began:
        rate = features[-1]["total"] / (features[-1]["t_s"] - began)
    return Trained(
        json.loads(said.splitlines()[-1]),
        first_word_s,
        features[0]["t_s"] if features else None,
        next(e["t_s"] for e in found if e["kind"] == "by_participant"),
        next(e["t_s"] for e in found if e["kind"] == "study"),
        found[-1]["t_s"],
        whole_s,
        rate,
        peak.mb,
        tuple(e["text"] for e in events if e["event"] == "note"),
    )


def _journals(femo: Femo) -> list[Path]:
    return [run / JOURNAL for run in client.trainings(femo.store) if (run / JOURNAL).exists()]


def cancelled_s(femo: Femo, weights: Path) -> list[float]:
    """Return how long each of some cancels took, at moments spread over a training."""
    found = []
    for number in range(CANCELS):
        femo.ok("train", "--weights", str(weights), "--detach")
        time.sleep(0.1 + 0.3 * number)
        begun_s = time.monotonic()
        client.cancel(femo.store, "bench")
        found.append(time.monotonic() - begun_s)
    return found


def inside(femo: Femo, model: Path, sha256: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", INSIDE, str(femo.store), str(model), sha256],
        env={**os.environ, **ONE_THREAD},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def keras(weights: Path, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", KERAS, str(weights), str(folder), str(EPOCHS)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(weights: Path, *, with_keras: bool, base: Path) -> dict[str, Any]:
    femo = Femo(base / "home", base / "store")
    femo.home.mkdir()
    faces = draw_faces(base / "drawn", PEOPLE, PER_CLASS)
    femo.ok("dataset", "import", str(faces), "--simulated", timeout_s=300)
    warm_up = Femo(base / "home", base / "warm")
    small = draw_faces(base / "small", 2, 1)
    warm_up.ok("dataset", "import", str(small), "--simulated")
    first = trained(warm_up, weights)
    (femo.store / "training").mkdir(exist_ok=True)
    (warm_up.store / "training" / "weights").rename(femo.store / "training" / "weights")
    fresh = trained(femo, weights)
    cached = trained(femo, weights)
    facts = json.loads(next((femo.store / "training" / "weights").glob("*.json")).read_bytes())
    model = femo.store / "training" / "weights" / facts["path"]
    found: dict[str, Any] = {
        "images": fresh.result["images"],
        "conversion": next(note for note in first.notes if note.startswith("converted")),
        "writing": next(note for note in fresh.notes if "written" in note),
        "first_word_s": fresh.first_word_s,
        "first_feature_s": fresh.first_feature_s,
        "features_per_s": fresh.feature_rate,
        "to_study_evaluation_s": fresh.study_s,
        "to_headline_s": fresh.headline_s,
        "to_last_evaluation_s": fresh.evaluated_s,
        "whole_s": fresh.whole_s,
        "cached_to_headline_s": cached.headline_s,
        "cached_whole_s": cached.whole_s,
        "trainer_peak_mb": max(fresh.peak_mb, cached.peak_mb),
        "headline_accuracy": fresh.result["validations"][0]["accuracy"],
        **inside(femo, model, facts["sha256"]),
        "cancel_longest_s": max(cancelled_s(femo, weights)),
    }
    if with_keras:
        found |= {f"keras_{name}": value for name, value in keras(weights, faces).items()}
    return found


def report(found: dict[str, Any]) -> list[str]:
    keras_s = found.get("keras_took_s")
    lines = [
        f"{found['images']} images; weights {found['conversion']}",
        f"first word {found['first_word_s']:.2f} s after the command (budget 0.5)",
        f"features {found['features_per_s']:.0f}/s; raw forward limit"
        f" {found['forward_per_s']:.0f}/s",
        f"from JPEG to the study's evaluation {found['to_study_evaluation_s']:.1f} s, to the"
        f" headline {found['to_headline_s']:.1f} s, to the last baseline"
        f" {found['to_last_evaluation_s']:.1f} s, whole command {found['whole_s']:.1f} s",
        f"cached: features and head {found['cached_s']:.2f} s; to the headline"
        f" {found['cached_to_headline_s']:.1f} s",
        f"22 folds, cached: {found['lopo_s']:.2f} s; scikit-learn {found['sklearn_s']:.2f} s,"
        f" ratio {found['lopo_s'] / found['sklearn_s']:.2f} (budget 0.33); accuracy"
        f" {found['lopo_accuracy']:.3f} and {found['sklearn_accuracy']:.3f}",
        f"trainer's peak memory {found['trainer_peak_mb']:.0f} MB (budget 160)",
        f"cancel, the longest of {CANCELS}: {1000 * found['cancel_longest_s']:.0f} ms (budget 50)",
        found["writing"],
    ]
    if keras_s is not None:
        lines += [
            f"Keras, frozen base, {EPOCHS} epochs: {keras_s:.0f} s,"
            f" {found['keras_peak_mb']:.0f} MB, validation {found['keras_accuracy']:.3f}",
            f"  femo to the study's evaluation: 1/{keras_s / found['to_study_evaluation_s']:.1f}"
            f" (budget 1/15), to the headline 1/{keras_s / found['to_headline_s']:.1f};"
            f" cached 1/{keras_s / found['cached_s']:.0f} (budget 1/300)",
        ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--without-keras", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="femo-bench-") as base:
        os.environ["FEMO_STATE_DIR"] = str(Path(base) / "home" / "state")
        found = measure(
            chosen.weights.absolute(), with_keras=not chosen.without_keras, base=Path(base)
        )
    if chosen.json:
        print(json.dumps(found))
    else:
        print("\n".join(report(found)))


if __name__ == "__main__":
    main()
