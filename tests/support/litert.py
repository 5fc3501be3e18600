"""A model that femo wrote, asked without femo."""

from __future__ import annotations

from pathlib import Path


def whole_network(model: Path, face: Path, classes: list[str]) -> dict[str, float]:
    """Return what `model.tflite` says of an image at 224 × 224, red first, 0 to 255."""
    import cv2
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    read = cv2.imread(str(face))
    assert read is not None
    image = cv2.resize(read, (224, 224), interpolation=cv2.INTER_LINEAR)
    interpreter = Interpreter(model_path=str(model), num_threads=1)
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(entry, np.ascontiguousarray(image[None, :, :, ::-1], np.float32))
    interpreter.invoke()
    shares = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    return dict(zip(classes, (float(share) for share in shares), strict=True))
