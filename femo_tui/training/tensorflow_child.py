"""What only TensorFlow can do, in a process of its own: convert, fine-tune, write the Keras model.

One job a process: `python -m femo_tui.training.tensorflow_child JOB`, its facts as one JSON line on
standard input, its answer as the last one on standard output; lines before it that hold `told` say
how far it is. It ends when standard input does.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import TrainingError
from femo_tui.training.images import SIZE
from femo_tui.training.request import IMAGENET

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    import keras
    import numpy as np
    from numpy.typing import NDArray

    from femo_tui.model.events import Facts

    _Tell: TypeAlias = Callable[[Facts], None]

CHECKED_IMAGES = 8
FIRST_KERNEL_WIDTH = 32  # filters of MobileNet's first layer at alpha 1
KERAS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/"


def main(job: str) -> int:
    """Do one job; return the exit status."""
    begun_s = time.monotonic()
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries print where they like; the answer has a line of its own
    try:
        facts = _JOBS[job](asked, lambda told: print(json.dumps(told), file=answers, flush=True))
    except TrainingError as problem:
        print(json.dumps({"error": str(problem)}), file=answers, flush=True)
        return 1
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts |= {"took_s": round(time.monotonic() - begun_s, 3), "peak_mb": round(peak_mb, 1)}
    print(json.dumps(facts), file=answers, flush=True)
    return 0


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def _convert(asked: dict[str, str], _tell: _Tell) -> dict[str, float]:
    """Convert MobileNet's weights to LiteRT and compare the features of both."""
    import numpy as np

    path = Path(asked["file"])
    if asked["weights"] == IMAGENET and not path.is_file():
        _download(path)
    alpha = alpha_of(path)
    network = mobilenet(path, alpha)
    content = _to_litert(network)
    Path(asked["to"]).write_bytes(content)
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, (CHECKED_IMAGES, 7, 7, 3))
    images = noise.repeat(SIZE // 7, axis=1).repeat(SIZE // 7, axis=2).astype(np.float32)
    difference = float(
        np.abs(_run_litert(content, images) - network.predict(images, verbose=0)).max()
    )
    from femo_tui.training.weights import AGREES

    if not difference <= AGREES:
        raise TrainingError(
            f"weights {path.name}: LiteRT's features differ from Keras' by {difference:.1g}, more"
            f" than {AGREES:g}; update ai-edge-litert and tensorflow together"
        )
    dim = int(network.output_shape[-1])
    return {"alpha": alpha, "dim": dim, "largest_difference": difference}


def _write(asked: dict[str, str], _tell: _Tell) -> dict[str, float]:
    """Write the whole model, images to probabilities, as `.keras` and as `.tflite`."""
    import keras
    import numpy as np

    head = np.load(asked["head"])
    path = Path(asked["file"])
    network = mobilenet(path, alpha_of(path))
    images = keras.Input((SIZE, SIZE, 3), name="rgb_0_to_255")
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="as_mobilenet")(images)
    dense = keras.layers.Dense(head["biases"].shape[0], activation="softmax", name="head")
    model = keras.Model(images, dense(network(scaled)), name="femo")
    dense.set_weights([head["coefficients"], head["biases"]])
    model.save(asked["keras"])
    content = _to_litert(model)
    Path(asked["tflite"]).write_bytes(content)
    rng = np.random.default_rng(1)
    checked = rng.integers(0, 256, (CHECKED_IMAGES, SIZE, SIZE, 3)).astype(np.float32)
    difference = np.abs(_run_litert(content, checked) - model.predict(checked, verbose=0)).max()
    return {"largest_difference": float(difference)}


def alpha_of(path: Path) -> float:
    """Return MobileNet's width from its first kernel.

    Raises:
        TrainingError: the file is damaged, or holds another network.
    """
    import h5py  # comes with Keras

    try:
        with h5py.File(path, "r") as file:
            shapes: list[tuple[int, ...]] = []

            def note(_name: str, item: object) -> None:
                if isinstance(item, h5py.Dataset):
                    shapes.append(tuple(item.shape))

            file.visititems(note)
    except OSError:
        raise TrainingError(
            f"weights {path.name}: the file is cut short or no HDF5; copy or download it again"
        ) from None
    kernels = [shape for shape in shapes if len(shape) == 4 and shape[:3] == (3, 3, 3)]
    if len(kernels) != 1 or kernels[0][3] % 8:
        raise TrainingError(
            f"weights {path.name}: these are another network's, not MobileNet's; give MobileNet v1"
            " without its top"
        )
    return kernels[0][3] / FIRST_KERNEL_WIDTH


def mobilenet(path: Path, alpha: float) -> keras.Model:
    """Return Keras' MobileNet with the weights: 224 × 224 × 3, −1 to 1, to pooled features."""
    import keras

    network = keras.applications.MobileNet(
        weights=None, include_top=False, pooling="avg", input_shape=(SIZE, SIZE, 3), alpha=alpha
    )
    try:
        network.load_weights(str(path))
    except (ValueError, KeyError, OSError, AttributeError, TypeError) as problem:
        raise TrainingError(
            f"weights {path.name}: they do not fit MobileNet v1 without its top"
            f" ({_one_line(problem)}); give another file"
        ) from None
    return network


def _download(path: Path) -> None:
    """Have Keras download its ImageNet weights to where it keeps them.

    Raises:
        TrainingError: it cannot.
    """
    import keras

    try:
        keras.utils.get_file(path.name, KERAS_URL + path.name, cache_subdir="models")
    except Exception as problem:  # noqa: BLE001 - Keras raises no narrower one
        raise TrainingError(
            f"ImageNet weights are not in Keras' cache ({path}) and cannot be downloaded"
            f" ({_one_line(problem)}): copy them there, or give --weights FILE or --weights none"
        ) from None


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:160]


def _to_litert(model: keras.Model) -> bytes:
    """Return the model as LiteRT in float32: no quantisation, no optimisation of the numbers."""
    import tensorflow as tf

    content: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    return content


def _run_litert(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]["index"]
    way_out = interpreter.get_output_details()[0]["index"]
    rows = []
    for image in images:
        interpreter.set_tensor(entry, image[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(way_out)[0])
    return np.stack(rows)


def _fine_tune(asked: dict[str, str], tell: _Tell) -> dict[str, float]:
    from femo_tui.training.tuning.child import fine_tune

    return fine_tune({**asked}, tell)


_JOBS = {"convert": _convert, "fine_tune": _fine_tune, "write": _write}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
