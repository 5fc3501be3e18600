"""What the tests of training share: drawn faces, and weights that are made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from femo_tui.training.weights import convert
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo
from tests.support.small_network import SmallNetwork


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> SmallNetwork:
    place = tmp_path_factory.mktemp("network")
    faces = draw_faces(place / "faces", people=5, per_class=5, classes=("Happy_A", "Neutral_A"))
    weights, features = place / "small.weights.h5", place / "features.npy"
    subprocess.run(
        [sys.executable, "-m", "tests.support.make_weights", weights, faces, features],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
        check=True,
        capture_output=True,
        timeout=120,
    )
    folder = place / "weights"
    converted = convert(str(weights), folder)
    return SmallNetwork(weights, folder, converted, faces, features)


@pytest.fixture(scope="session")
def recorded_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the runs of three simulated people; tests work on copies."""
    place = tmp_path_factory.mktemp("recorded")
    (place / "home").mkdir()
    femo = Femo(place / "home", place / "store")
    femo.ok("demo", "--headless", "--participants", "3", "--store", str(femo.store))
    return femo.store


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, recorded_study: Path) -> Femo:
    """A copy of the recorded study for one file of tests."""
    place = tmp_path_factory.mktemp("copy")
    (place / "home").mkdir()
    shutil.copytree(recorded_study, place / "store")
    return Femo(place / "home", place / "store")


@pytest.fixture(scope="session")
def study_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people, the study's eight classes, three images each."""
    return draw_faces(tmp_path_factory.mktemp("faces") / "drawn", people=6, per_class=3)
