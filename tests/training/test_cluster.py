"""A training on a real Dask cluster: two workers in processes of their own, one killed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from femo_tui.errors import TrainingError
from femo_tui.training import engines
from femo_tui.training.cluster import cluster_workers
from femo_tui.training.crossing import as_they_are, cross
from femo_tui.training.features import Extracted, extract
from femo_tui.training.folds import by_participant
from femo_tui.training.request import Head
from tests.support.dask_cluster import ONE_THREAD, cluster
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo
from tests.support.small_network import SmallNetwork

CLASSES = ("Happy_A", "Neutral_A")
KINDS = (engines.HOG, engines.COLOUR, engines.PERCEPTUAL_HASH)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute with one thread a task, as the trainer does."""
    for name, value in ONE_THREAD.items():
        monkeypatch.setenv(name, value)


def faces_in(folder: Path, people: int, per_class: int) -> list[str]:
    drawn = draw_faces(folder / "faces", people=people, per_class=per_class, classes=CLASSES)
    return sorted(path.relative_to(folder).as_posix() for path in drawn.glob("*/*.jpg"))


def same(one: Extracted, other: Extracted) -> bool:
    return (one.kept, one.hashes, one.unreadable) == (
        other.kept,
        other.hashes,
        other.unreadable,
    ) and all(one.rows[name].tobytes() == other.rows[name].tobytes() for name in one.rows)


def test_a_training_on_two_workers_finds_what_one_process_finds(femo: Femo, tmp_path: Path) -> None:
    faces = tmp_path / "faces"
    draw_faces(faces, people=4, per_class=4, classes=CLASSES)
    femo.ok("dataset", "import", str(faces), "--participant-pattern", "_(S[0-9]+)_")
    alone = femo.json("train", "--weights", "none")
    with cluster(tmp_path) as two:
        shared = femo.run("train", "--weights", "none", "--cluster", two.address, "--json")
    assert shared.returncode == 0, shared.stderr
    assert f"2 workers of the cluster at {two.address} compute" in shared.stderr
    body = json.loads(shared.stdout)
    assert body.pop("model") != alone.pop("model")
    assert body == alone


@pytest.mark.timeout(180)  # the first test that needs the network waits for it to be made
def test_a_worker_is_killed_in_the_middle_and_the_numbers_are_the_same(
    tmp_path: Path, network: SmallNetwork
) -> None:
    made = network.converted
    here, sent = (
        (engines.mobilenet(model, made.sha256, made.dim), *KINDS)
        for model in (made.path, made.path.read_bytes())
    )
    paths = faces_in(tmp_path, people=10, per_class=8)
    (tmp_path / "cut.jpg").write_bytes((tmp_path / paths[0]).read_bytes()[:500])
    paths.insert(7, "cut.jpg")
    alone = extract(tmp_path, paths, here, tmp_path / "alone")
    with cluster(tmp_path) as two, cluster_workers(two.address) as workers:
        victim = two.workers[0]

        def kill(done: int, _total: int) -> None:
            if done and victim.poll() is None:
                victim.send_signal(signal.SIGKILL)
                victim.wait()

        shared = extract(tmp_path, paths, sent, tmp_path / "shared", kill, workers=workers)
        assert victim.returncode == -signal.SIGKILL
        assert same(shared, alone)
        assert "cut.jpg" in shared.unreadable[7]

        two.add_worker()
        x = alone.rows[engines.HOG.name]
        who = [Path(paths[number]).name.split("_")[1] for number in alone.kept]
        y = np.array([CLASSES.index(Path(paths[number]).parent.name) for number in alone.kept])
        folds = by_participant(who)
        assert len(folds) == 10
        ours = cross(as_they_are(x), y, 2, folds, Head.LBFGS, 1)
        victim = two.workers[1]
        theirs = cross(as_they_are(x), y, 2, folds, Head.LBFGS, 1, kill, workers)
        assert victim.returncode == -signal.SIGKILL
    assert theirs.log_probabilities.tobytes() == ours.log_probabilities.tobytes()
    assert theirs.rows.tolist() == ours.rows.tolist()


def test_workers_that_do_not_see_the_files_are_sent_the_bytes(tmp_path: Path) -> None:
    paths = faces_in(tmp_path, people=2, per_class=3)
    alone = extract(tmp_path, paths, KINDS, tmp_path / "alone")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    relative = Path(os.path.relpath(tmp_path))  # leads nowhere from the workers' folder
    with cluster(elsewhere, 1) as one, cluster_workers(one.address) as workers:
        shared = extract(relative, paths, KINDS, tmp_path / "shared", workers=workers)
    assert same(shared, alone)


def test_a_cluster_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(TrainingError, match=r"no cluster answers at tcp://127\.0\.0\.1:9 "),
        cluster_workers("tcp://127.0.0.1:9"),
    ):
        pass
    with cluster(tmp_path, 0) as empty:
        empty.add_worker(OPENBLAS_NUM_THREADS="2")
        with (
            pytest.raises(TrainingError, match="has OPENBLAS_NUM_THREADS 2, this machine 1"),
            cluster_workers(empty.address),
        ):
            pass


def test_without_the_extra_one_sentence_says_what_to_install(femo: Femo, tmp_path: Path) -> None:
    draw_faces(tmp_path / "faces", people=2, per_class=2, classes=CLASSES)
    femo.ok("dataset", "import", str(tmp_path / "faces"), "--participant-pattern", "_(S[0-9]+)_")
    (tmp_path / "distributed.py").write_text("raise ImportError('none here')\n", "utf-8")
    without = Femo(femo.home, femo.store, {"PYTHONPATH": str(tmp_path)})
    done = without.run("train", "--weights", "none", "--cluster", "tcp://127.0.0.1:8786")
    assert done.returncode == 1
    assert "install it with `pip install 'femo[cluster]'`" in done.stderr
