"""From Keras MobileNet weights to a checked LiteRT model, once for each file of weights."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from femo_tui.errors import TrainingError
from femo_tui.store.files import make_folder, replace, write_json
from femo_tui.training.images import PREPROCESSING
from femo_tui.training.request import IMAGENET
from femo_tui.training.tensorflow_process import run_tensorflow

WEIGHTS = "weights"  # below the store's training folder
# Where Keras keeps its own ImageNet weights, and what it calls them.
KERAS_FILE = "mobilenet_1_0_224_tf_no_top.h5"
AGREES = 1e-4  # the largest difference between LiteRT's features and Keras' that is let pass


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted network, and what its conversion took."""

    path: Path  # the LiteRT model: image → pooled features
    sha256: str
    weights: Path  # the Keras weights that it came from
    weights_sha256: str
    alpha: float  # MobileNet's width
    dim: int
    largest_difference: float  # from Keras' features
    took_s: float
    peak_mb: float
    reused: bool


def find_weights(asked: str) -> Path:
    """Return the file of Keras weights: the one asked for, else ImageNet's in Keras' cache.

    ImageNet's are downloaded by Keras in the conversion where the cache has none.

    Raises:
        TrainingError: there is no such file.
    """
    if asked == IMAGENET:
        home = os.environ.get("KERAS_HOME")
        return (Path(home) if home else Path.home() / ".keras") / "models" / KERAS_FILE
    path = Path(asked).expanduser()
    if not path.is_file():
        raise TrainingError(
            f"weights {path}: no such file; give a Keras file of MobileNet's weights, or"
            " --weights none for the plain baselines"
        )
    return path


def convert(asked: str, folder: Path, note: Callable[[str], None] = lambda text: None) -> Converted:
    """Return the converted network of some weights, converting them if that was never done.

    TensorFlow runs in a child process, whose time and memory are reported apart and end with it.

    Args:
        asked: `imagenet`, or a file.
        folder: where converted networks are kept.
        note: told what is going on, in one sentence.

    Raises:
        TrainingError: the weights are missing, damaged, or another network's.
    """
    weights = find_weights(asked)
    make_folder(folder)
    if weights.is_file():
        sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
        found = _converted_before(folder, weights, sha256)
        if found is not None:
            return found
    if weights.is_file():
        note(f"converting {weights.name} to LiteRT, once: TensorFlow takes some seconds to load")
    else:
        note(f"downloading {weights.name} (17 MB) from Keras and converting it to LiteRT, once")
    unfinished = folder / f".{os.getpid()}.part"
    try:
        facts = run_tensorflow(
            "convert", {"weights": asked, "file": str(weights), "to": str(unfinished)}
        )
        sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
        model_sha256 = hashlib.sha256(unfinished.read_bytes()).hexdigest()
        path = folder / f"{sha256[:16]}-{PREPROCESSING}.tflite"
        replace(path, unfinished.read_bytes())
    finally:
        unfinished.unlink(missing_ok=True)
    converted = Converted(
        path=path,
        sha256=model_sha256,
        weights=weights,
        weights_sha256=sha256,
        alpha=float(facts["alpha"]),
        dim=int(facts["dim"]),
        largest_difference=float(facts["largest_difference"]),
        took_s=float(facts["took_s"]),
        peak_mb=float(facts["peak_mb"]),
        reused=False,
    )
    write_json(
        path.with_suffix(".json"),
        {**asdict(converted), "path": path.name, "weights": str(weights)},
    )
    return converted


def _converted_before(folder: Path, weights: Path, sha256: str) -> Converted | None:
    """Return what these weights were converted to, if the file is whole.

    The weights are where they lie now: they may have been moved since.
    """
    path = folder / f"{sha256[:16]}-{PREPROCESSING}.tflite"
    try:
        body = json.loads(path.with_suffix(".json").read_bytes())
        content = path.read_bytes()
        converted = Converted(**{**body, "path": path, "weights": weights, "reused": True})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = hashlib.sha256(content).hexdigest() == converted.sha256
    return converted if whole and converted.weights_sha256 == sha256 else None
