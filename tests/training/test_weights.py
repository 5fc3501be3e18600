"""Weights become a LiteRT model that says what Keras says; what is no such weights is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from femo_tui.errors import TrainingError
from femo_tui.training import engines, weights
from femo_tui.training.features import extract
from femo_tui.training.weights import convert
from femo_tui.training.writing import installed
from tests.support.femo import Femo
from tests.support.small_network import FIFTY, SmallNetwork


@pytest.mark.timeout(180)
def test_features_are_keras_features_on_fifty_images(network: SmallNetwork, tmp_path: Path) -> None:
    found = network.converted
    assert (found.alpha, found.dim) == (0.25, 256)
    engine = engines.mobilenet(found.path, found.sha256, found.dim)
    paths = sorted(
        path.relative_to(network.faces).as_posix() for path in network.faces.rglob("*.jpg")
    )
    ours = extract(network.faces, paths, [engine], tmp_path).rows[engine.name]
    keras = np.load(network.keras_features)
    assert ours.shape == keras.shape == (FIFTY, 256)
    assert np.abs(keras).mean() > 0.05  # there is something to agree on
    assert keras.std(axis=0).mean() > 0.005
    assert np.abs(ours - keras).max() <= 1e-4


def test_weights_are_converted_once(network: SmallNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "run_tensorflow", None)  # would fail if it were asked
    again = convert(str(network.weights), network.folder)
    assert again.reused
    assert again.sha256 == network.converted.sha256


def test_a_damaged_converted_network_is_not_used(network: SmallNetwork, tmp_path: Path) -> None:
    shutil.copytree(network.folder, tmp_path / "weights")
    model = next((tmp_path / "weights").glob("*.tflite"))
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    asked: list[str] = []

    def run(job: str, facts: dict[str, str]) -> dict[str, float]:
        asked.append(job)
        raise TrainingError("asked")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "run_tensorflow", run)
        with pytest.raises(TrainingError, match="asked"):
            convert(str(network.weights), tmp_path / "weights")
    assert asked == ["convert"]


def test_weights_that_are_none_are_named_in_one_sentence(
    network: SmallNetwork, tmp_path: Path
) -> None:
    import h5py

    content = network.weights.read_bytes()
    (tmp_path / "cut.weights.h5").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.h5").write_text("weights", "utf-8")
    with h5py.File(tmp_path / "other.weights.h5", "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((7, 7, 3, 64), np.float32)  # as ResNet begins
    shutil.copy(network.weights, tmp_path / "shape.weights.h5")
    with h5py.File(tmp_path / "shape.weights.h5", "r+") as file:
        name = next(n for n in _kernels(file) if file[n].shape == (1, 1, 8, 16))
        del file[name]
        file[name] = np.zeros((1, 1, 8, 24), np.float32)
    for name, says in (
        ("cut.weights.h5", "cut short"),
        ("text.h5", "no HDF5"),
        ("other.weights.h5", "another network's"),
        ("shape.weights.h5", "do not fit MobileNet"),
        ("absent.h5", "no such file"),
    ):
        with pytest.raises(TrainingError, match=says) as raised:
            convert(str(tmp_path / name), tmp_path / "converted")
        assert name in str(raised.value)
        assert "\n" not in str(raised.value)
    assert not list((tmp_path / "converted").iterdir())


def _kernels(file: object) -> list[str]:
    found: list[str] = []
    file.visit(found.append)  # type: ignore[attr-defined]
    return [name for name in found if hasattr(file[name], "shape")]  # type: ignore[index]


def test_without_weights_the_baselines_still_train(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    done = femo.run("train", "--weights", str(study_faces / "absent.h5"), "--json")
    assert done.returncode == 0, done.stderr
    assert "absent.h5: no such file" in done.stderr
    shown = femo.json("models")
    assert [model["features"] for model in shown] == ["hog"]


def test_weights_that_were_moved_since_are_read_where_they_lie(
    network: SmallNetwork, tmp_path: Path
) -> None:
    """Fine-tuning and the Keras model need the file itself, not what it was converted to."""
    shutil.copytree(network.folder, tmp_path / "weights")
    moved = Path(shutil.copy(network.weights, tmp_path / "elsewhere.weights.h5"))
    again = convert(str(moved), tmp_path / "weights")
    assert again.reused
    assert again.weights == moved


def test_a_network_that_cannot_be_read_is_named(network: SmallNetwork, tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"no network")):
        path = tmp_path / f"{number}.tflite"
        path.write_bytes(content)
        with pytest.raises(TrainingError, match=rf"{number}\.tflite cannot be read"):
            engines.mobilenet(path, network.converted.sha256, network.converted.dim).make()


def test_a_package_that_is_not_needed_here_need_not_be_installed() -> None:
    """Without weights nothing of TensorFlow is; the card says so at the end of the training."""
    found = installed(("numpy", "no-such-package"))
    assert found == {"numpy": np.__version__, "no-such-package": "not installed"}
