"""Ends a fine-tuning: the tuned weights, and what each network says of every image."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.store.files import PRIVATE
from femo_tui.training.tensorflow_child import alpha_of, mobilenet
from femo_tui.training.tuning.job import SINGLE, STATE, TUNED_WEIGHTS, Tuned, TuneJob
from femo_tui.training.tuning.network import halves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.training.tuning.images import Images
    from femo_tui.training.tuning.network import Networks
    from femo_tui.training.tuning.state import TuneState

AT_ONCE = 32


def finish(
    job: TuneJob, folder: Path, state: TuneState, networks: Networks, images: Images
) -> None:
    """Write the tuned weights, and what each network says of every image, in single precision."""
    import keras
    import tensorflow as tf

    keras.mixed_precision.set_global_policy(SINGLE)
    weights = folder / job.weights_name
    trunk, end = halves(weights, job.blocks)
    look = tf.function(lambda some: trunk(some, training=False))
    look_on = tf.function(lambda features: end(features, training=False))
    rows = np.arange(len(job.paths))
    learnt = [networks.weights(network) for network in range(job.networks)]
    logs = np.empty((job.networks, len(rows), job.biases.shape[-1]), np.float32)
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        features = look(tf.constant(images(some, None)))
        for number, (*kernels, coefficients, biases) in enumerate(learnt):
            for variable, value in zip(end.trainable_variables, kernels, strict=True):
                variable.assign(value)
            scores = look_on(features).numpy() @ coefficients + biases
            logs[number, some] = _log_softmax(scores)
    network = mobilenet(weights, alpha_of(weights))  # the end is now that of the last, the model's
    for layer in end.layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(layer.get_weights())
    unfinished = folder / f".{os.getpid()}.weights.h5"
    network.save_weights(unfinished)
    unfinished.chmod(PRIVATE.inside(folder).file)
    unfinished.replace(folder / TUNED_WEIGHTS)
    Tuned(
        logs,
        np.asarray(learnt[-1][-2], np.float32),
        np.asarray(learnt[-1][-1], np.float32),
        tuple(state.best_epochs),
        np.array(state.losses, np.float64),
        job.fingerprint(),
    ).write(folder)
    (folder / STATE).unlink(missing_ok=True)


def _log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs
