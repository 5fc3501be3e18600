"""The networks of a fine-tuning in TensorFlow: one frozen trunk, and an end of each to be tuned.

The trunk's output is computed once for all of them. Batch normalisation stays as it was learnt.
Every device computes the same function of its share of a batch; gradients are added up, so that the
same batch gives the same step on one device and on many. Loaded in children only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from femo_tui.training.request import LAST_BLOCK
from femo_tui.training.tuning.job import AUTO, MIXED, SINGLE, TuneJob

if TYPE_CHECKING:
    import keras
    import tensorflow as tf
    from numpy.typing import NDArray

    Arrays: TypeAlias = "list[NDArray[np.generic]]"
    Distributed: TypeAlias = "tf.distribute.DistributedValues"

RATE = 1e-4  # of Adam
_MIXED_FROM = (7, 0)  # the compute capability from which GPUs have units for half precision


class Networks:
    """All networks of a job, on all devices of all workers."""

    def __init__(self, job: TuneJob, weights: Path, strategy: tf.distribute.Strategy) -> None:
        import keras

        self._strategy = strategy
        self.precision = precision_of(job.precision)
        keras.mixed_precision.set_global_policy(self.precision)
        with strategy.scope():
            trunk, end = halves(weights, job.blocks)
            self._ends = [_End(end, job, number) for number in range(job.networks)]
        self._trunk = _compiled(
            lambda images: strategy.run(lambda some: trunk(some, training=False), (images,))
        )
        self._learn = [self._learner(end) for end in self._ends]
        self._look = [self._looker(end) for end in self._ends]

    @property
    def shares(self) -> int:
        """Return among how many devices a batch is shared."""
        return int(self._strategy.num_replicas_in_sync)

    @property
    def own_shares(self) -> tuple[int, ...]:
        """Return the numbers of those that are here."""
        found = self.spread(lambda share: np.array(share, np.int64))
        return tuple(int(one) for one in self._strategy.experimental_local_results(found))

    def spread(self, share_of: Callable[[int], NDArray[np.generic]]) -> Distributed:
        """Give each device here its share of something."""
        import tensorflow as tf

        return self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(share_of(int(context.replica_id_in_sync_group)))
        )

    def trunk(self, images: Distributed) -> Distributed:
        return self._trunk(images)

    def learn(
        self, number: int, features: Distributed, labels: Distributed, weights: Distributed
    ) -> tf.Tensor:
        """Take one step of a network; return the loss before it, over the whole batch."""
        return self._learn[number](features, labels, weights)

    def loss(
        self, number: int, features: Distributed, labels: Distributed, weights: Distributed
    ) -> tf.Tensor:
        """Return the weighted sum of a network's losses over the whole batch."""
        return self._look[number](features, labels, weights)

    def begin(self, number: int, phase: int) -> None:
        """Have a network and its optimizer as they were before a phase."""
        self.set_state(number, self._ends[number].before(phase))

    def weights(self, number: int) -> Arrays:
        """Return the tuned kernels of a network, then its head's coefficients and biases."""
        return [np.array(variable) for variable in self._ends[number].variables]

    def sha256(self) -> str:
        """Return a hash of all that was tuned: workers that computed alike have the same."""
        digest = hashlib.sha256()
        for number in range(len(self._ends)):
            for array in self.weights(number):
                digest.update(array.tobytes())
        return digest.hexdigest()

    def state(self, number: int) -> Arrays:
        """Return all that a network's next step depends on."""
        return [np.array(variable) for variable in self._ends[number].everything]

    def set_state(self, number: int, state: Sequence[NDArray[np.generic]]) -> None:
        for variable, value in zip(self._ends[number].everything, state, strict=True):
            variable.assign(value)

    def agree(self, value: int) -> bool:
        """Return whether all devices of all workers name the same number."""
        mine = self.spread(lambda share: np.array([value, value * value], np.float64))
        total, of_squares = self._strategy.reduce("SUM", mine, axis=None).numpy()
        # Numbers of one size have, of all with that sum, the smallest sum of squares.
        return bool(of_squares * self.shares == total * total)

    def _learner(self, end: _End) -> Callable[..., Any]:
        import tensorflow as tf

        def one(features: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                loss = end.loss(features, labels, weights)
                scaled = end.optimizer.scale_loss(loss)
            # Keras' optimizers add up the gradients of all devices before they apply them.
            end.optimizer.apply(tape.gradient(scaled, end.variables), end.variables)
            return loss

        return self._summed(one)

    def _looker(self, end: _End) -> Callable[..., Any]:
        return self._summed(end.loss)

    def _summed(self, one: Callable[..., tf.Tensor]) -> Callable[..., Any]:
        strategy = self._strategy

        def on_all(features: Distributed, labels: Distributed, weights: Distributed) -> tf.Tensor:
            found = strategy.run(one, (features, labels, weights))
            return strategy.reduce("SUM", found, axis=None)

        return _compiled(on_all)


class _End:
    """The last blocks of one network and its head."""

    def __init__(self, end: keras.Model, job: TuneJob, number: int) -> None:
        import keras

        self._blocks = keras.models.clone_model(end)
        self._blocks.set_weights(end.get_weights())
        freeze_normalisation(self._blocks)
        self._heads = [(job.coefficients[p][number], job.biases[p][number]) for p in range(2)]
        coefficients, biases = self._heads[0]
        # In single precision whatever the rest computes in: a softmax in half loses digits.
        self._head = keras.layers.Dense(len(biases), dtype=SINGLE, name=f"head{number}")
        self._head.build((None, len(coefficients)))
        self._head.set_weights([coefficients, biases])
        self.variables = [*self._blocks.trainable_variables, *self._head.trainable_variables]
        self.optimizer = keras.optimizers.Adam(RATE)
        if keras.mixed_precision.global_policy().name == MIXED:
            self.optimizer = keras.optimizers.LossScaleOptimizer(self.optimizer)
        self.optimizer.build(self.variables)
        self._first = [np.array(variable) for variable in self.everything]

    def before(self, phase: int) -> Arrays:
        head = len(self.variables) - 2
        return [*self._first[:head], *self._heads[phase], *self._first[head + 2 :]]

    @property
    def everything(self) -> list[keras.Variable]:
        return [*self.variables, *self.optimizer.variables]

    def loss(self, features: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        scores = self._head(self._blocks(features, training=False))
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
        return tf.reduce_sum(weights * losses)


def halves(weights: Path, blocks: int) -> tuple[keras.Model, keras.Model]:
    """Return MobileNet's frozen trunk, and its last `blocks` blocks to pooled features."""
    import keras

    from femo_tui.training.tensorflow_child import alpha_of, mobilenet

    base = mobilenet(weights, alpha_of(weights))
    first = LAST_BLOCK - blocks
    between = base.get_layer(f"conv_pw_{first}_relu" if first else "conv1_relu").output
    trunk = keras.Model(base.inputs, between)
    trunk.trainable = False
    end = keras.Model(between, base.outputs[0])
    freeze_normalisation(end)
    return trunk, end


def freeze_normalisation(model: keras.Model) -> None:
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def precision_of(asked: str) -> str:
    """Return in which precision to compute: half on GPUs that have units for it."""
    import tensorflow as tf

    if asked != AUTO:
        return asked
    gpus = tf.config.list_physical_devices("GPU")
    able = [
        tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))
        for gpu in gpus
    ]
    return MIXED if able and min(able) >= _MIXED_FROM else SINGLE


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    compiled: Callable[..., Any] = tf.function(function)
    return compiled
