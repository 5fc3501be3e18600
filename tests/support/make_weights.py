"""Write a small MobileNet's weights, random from a seed, and what Keras makes of images with them.

Run: python -m tests.support.make_weights WEIGHTS.weights.h5 FOLDER FEATURES.npy
TensorFlow is loaded here only, so that the tests' own process stays small.
"""

from __future__ import annotations

import sys
from pathlib import Path

ALPHA = 0.25
SEED = 20181


def main(weights: Path, folder: Path, features: Path) -> None:
    import cv2
    import keras
    import numpy as np

    keras.utils.set_random_seed(SEED)
    network = keras.applications.MobileNet(
        weights=None, include_top=False, pooling="avg", input_shape=(224, 224, 3), alpha=ALPHA
    )
    rng = np.random.default_rng(SEED)
    for layer in network.layers:
        # Keras' own start lets the signal die away over 27 layers; He's keeps its size.
        values = layer.get_weights()
        if values and values[0].ndim == 4:
            fan_in = np.prod(values[0].shape[: 2 if "dw" in layer.name else 3])
            layer.set_weights([rng.normal(0, 1.1 * np.sqrt(2 / fan_in), values[0].shape)])
    network.save_weights(weights)
    images = []
    for path in sorted(folder.rglob("*.jpg")):
        read = cv2.imread(str(path))
        assert read is not None, path
        image = cv2.cvtColor(read, cv2.COLOR_BGR2RGB)
        shrinks = min(image.shape[:2]) > 224
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        images.append(cv2.resize(image, (224, 224), interpolation=way))
    prepared = keras.applications.mobilenet.preprocess_input(np.stack(images).astype(np.float32))
    np.save(features, network.predict(prepared, verbose=0))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
