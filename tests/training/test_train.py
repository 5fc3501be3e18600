"""`femo train` from folder or recording to a finished model, headless."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from femo_tui.training import client
from femo_tui.training.journal import TrainState
from tests.support.femo import Femo, wait_until
from tests.support.litert import whole_network
from tests.support.small_network import SmallNetwork

CONTRACT = {
    *("kind", "features", "frames", "folds", "n", "accuracy", "balanced_accuracy", "macro_f1"),
    *("kappa", "ci_low", "ci_high", "chance", "confusion"),
}


@pytest.mark.timeout(180)
def test_a_folder_becomes_an_evaluated_model(
    femo: Femo, network: SmallNetwork, study_faces: Path
) -> None:
    brought = femo.json("dataset", "import", str(study_faces), "--simulated")
    assert (brought["images"], brought["refused"]) == (144, [])
    network.lend(femo.store)
    found = femo.json("train", "--weights", str(network.weights))
    assert list(found)[:5] == ["model", "classes", "images", "participants", "validations"]
    assert (found["model"], found["images"], found["participants"]) == ("m-01", 144, 6)
    assert len(found["classes"]) == 8
    assert found["simulated"] is True
    for one in found["validations"]:
        assert set(one) >= CONTRACT
        assert sum(map(sum, one["confusion"])) == one["n"]
        assert one["ci_low"] <= one["accuracy"] <= one["ci_high"]
    by = {(one["kind"], one["features"]): one for one in found["validations"]}
    assert set(by) == {
        (kind, features)
        for kind in ("by_participant", "study")
        for features in ("mobilenet", "hog", "nuisance")
    }
    assert by["by_participant", "mobilenet"]["folds"] == 6
    assert by["by_participant", "hog"]["accuracy"] > 0.5  # random weights see less
    assert by["study", "mobilenet"]["note"] == "participants shared: optimistic"
    assert found["not_possible"][0]["reason"] == "one clip per emotion"

    model = femo.store / "models" / "m-01"
    assert (model / "labels.txt").read_text("utf-8").split() == found["classes"]
    assert zipfile.is_zipfile(model / "model.keras")
    assert "SIMULATED" in (model / "card.md").read_text("utf-8")
    assert len((model / "images.txt").read_text("utf-8").splitlines()) == 144
    notes = " ".join(client.look(femo.store, client.trainings(femo.store)[0]).notes)
    difference = re.search(r"model\.tflite written .* agree to (\S+)", notes)
    assert difference is not None
    assert float(difference.group(1)) <= 1e-4

    face = next((study_faces / "Happy_A").iterdir())
    told = femo.json("classify", "m-01", str(face))
    assert told["files"][0]["class"] in found["classes"]
    assert told["files"][0]["probabilities"] == pytest.approx(
        whole_network(model / "model.tflite", face, found["classes"]), abs=1e-4
    )
    outside = femo.json("evaluate", "m-01", str(study_faces))
    assert (outside["kind"], outside["n"], outside["near_duplicates"]) == ("external", 144, 144)
    assert len(femo.json("models", "show", "m-01")["validations"]) == len(found["validations"])


def test_a_recorded_study_trains_with_gsr_and_what_is_left_out_is_named(
    femo: Femo, recorded_study: Path
) -> None:
    shutil.copytree(recorded_study, femo.store)
    femo.ok("participant", "edit", "S03", "--consent", "gsr,face,keep")
    found = femo.json("train", "--weights", "none", "--with-gsr")
    assert (found["participants"], found["simulated"]) == (2, True)
    assert {"participant": "S03", "what": "", "reason": "no consent to train"} in found["left_out"]
    assert not [o for o in found["left_out"] if o["participant"] != "S03"]
    honest = [v for v in found["validations"] if v["kind"] == "by_participant"]
    units = {(v["features"], v["unit"]): v["n"] for v in honest}
    # ten windows a person: three neutral films, three others, four acted; ten frames of each
    assert units["hog", "frame"] == 200
    assert units["hog", "window"] == units["face+gsr", "window"] == units["face", "window"] == 20
    gain = [d for d in found["differences"] if d["features"] == "face+gsr"]
    assert [(d["than"], d["people"]) for d in gain] == [("face", 2)]
    assert femo.json("models")[0]["simulated"] is True


def test_it_goes_on_without_whoever_started_it(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    with femo.started("train", "--weights", "none") as starter:
        wait_until(lambda: client.active_training(femo.store) is not None, "the trainer")
        starter.send_signal(signal.SIGHUP)  # its terminal closed
        starter.wait()
    wait_until(lambda: client.active_training(femo.store) is None, "the end of the training")
    assert client.look(femo.store, client.trainings(femo.store)[0]).state is TrainState.DONE
    assert femo.json("models")[0]["model"] == "m-01"


def test_detached_attached_and_refused_twice(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    assert femo.run("train", "--attach").returncode == 1
    assert femo.run("train", "--cancel").returncode == 1
    assert femo.run("train", "--resume").returncode == 1
    run_dir = Path(femo.json("train", "--weights", "none", "--detach")["training"])
    active = client.active_training(femo.store)
    assert active is not None
    os.kill(active.pid, signal.SIGSTOP)
    try:
        second = femo.run("train", "--weights", "none")
        assert second.returncode == 1
        assert "has been training since" in second.stderr
    finally:
        os.kill(active.pid, signal.SIGCONT)
    attached = femo.run("train", "--attach", "--json")
    # it may have ended before the attaching command began
    if attached.returncode == 0:
        assert json.loads(attached.stdout.splitlines()[-1])["model"] == "m-01"
    wait_until(lambda: client.active_training(femo.store) is None, "the end of the training")
    assert client.look(femo.store, run_dir).state is TrainState.DONE


def test_cancelled_at_once_and_leaving_no_half_model(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    femo.ok("train", "--weights", "none", "--detach")
    run_dir = client.trainings(femo.store)[-1]
    wait_until(lambda: bool(client.look(femo.store, run_dir).data), "the features")
    begun_s = time.monotonic()
    client.cancel(femo.store, "ada")
    took_s = time.monotonic() - begun_s
    assert client.look(femo.store, run_dir).state is TrainState.CANCELLED
    assert client.active_training(femo.store) is None
    assert not list((femo.store / "models").glob("*"))
    assert took_s < 1.0  # 50 ms is the bench's business; here other tests run beside
    again = femo.json("train", "--weights", "none")
    assert again["model"] == "m-01"


def test_ctrl_c_cancels(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    with femo.started("train", "--weights", "none") as starter:
        wait_until(lambda: client.active_training(femo.store) is not None, "the trainer")
        run_dir = client.trainings(femo.store)[-1]
        wait_until(lambda: bool(client.look(femo.store, run_dir).stages), "its first word")
        starter.send_signal(signal.SIGINT)
        _, said = starter.communicate(timeout=20)
    assert starter.returncode == 1
    assert "cancelled" in said
    assert client.look(femo.store, run_dir).state is TrainState.CANCELLED


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "there is no image to train on"),
        (("--dataset", "nowhere"), "'nowhere' is unknown"),
    ],
)
def test_nothing_to_train_on_is_one_sentence(femo: Femo, args: tuple[str, ...], says: str) -> None:
    femo.ok("study", "init")
    done = femo.run("train", "--weights", "none", *args)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("femo: ")


def test_progress_begins_at_once(femo: Femo, study_faces: Path) -> None:
    """The first word is written before anything heavy is loaded."""
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    run = subprocess.Popen(
        femo.command("train", "--weights", "none", "--detach"),
        env=femo.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    run.communicate(timeout=50)
    run_dir = client.trainings(femo.store)[0]
    first = json.loads((run_dir / "journal.jsonl").read_text("utf-8").splitlines()[0])
    assert first["event"] == "begin"
    assert first["t_s"] < 0.5
    wait_until(lambda: client.active_training(femo.store) is None, "the end of the training")
