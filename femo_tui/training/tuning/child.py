"""Fine-tunes the networks of a job, epoch by epoch, each until people held out say to stop.

After every epoch all that the next one depends on is on the disk, so that a fine-tuning that was
lost goes on from there and comes to the same weights. Loaded in children only.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.errors import TrainingError
from femo_tui.model.events import Facts
from femo_tui.training.tuning.device import device_name
from femo_tui.training.tuning.finish import finish
from femo_tui.training.tuning.images import NOBODY, Images
from femo_tui.training.tuning.job import MIXED, TuneJob
from femo_tui.training.tuning.state import FOR_GOOD, HOW_LONG, TuneState
from femo_tui.training.workers import worker_count

if TYPE_CHECKING:
    import tensorflow as tf
    from numpy.typing import NDArray

    from femo_tui.training.tuning.network import Distributed, Networks

BATCH = 32
KEPT_MB = 512  # of the trunk's output for images as they are, which no epoch changes

Tell = Callable[[Facts], None]


def fine_tune(asked: Facts, tell: Tell) -> dict[str, float]:
    """Fine-tune the job in a folder; the first worker writes what came of it there.

    Raises:
        TrainingError: an image is not what it was, or the workers do not fit together.
    """
    folder, root = Path(str(asked["folder"])), Path(str(asked["root"]))
    worker = int(str(asked["worker"]))
    job = TuneJob.read(folder)
    os.environ.pop("TF_CONFIG", None)  # of whatever else this machine is used for
    if job.workers:
        os.environ["TF_CONFIG"] = json.dumps(
            {"cluster": {"worker": job.workers}, "task": {"type": "worker", "index": worker}}
        )
    strategy = _strategy(job)
    import tensorflow as tf

    from femo_tui.training.tuning.network import Networks

    networks = Networks(job, folder / job.weights_name, strategy)
    with ThreadPoolExecutor(worker_count(), thread_name_prefix="images") as threads:
        images = Images(job, root, threads)
        run = _Run(job, networks, images, tell)
        begun_s = time.monotonic()
        try:
            looked_at = run.run(folder, writes=worker == 0)
        except tf.errors.OpError:
            if not job.workers:
                raise
            traceback.print_exc()  # standard error is a log
            raise TrainingError("the workers lost each other") from None
        took_s = time.monotonic() - begun_s
        gpus = tf.config.list_physical_devices("GPU")
        tell(
            {
                "told": "end",
                "device": device_name(),
                "devices": networks.shares,
                "precision": networks.precision,
                "same_to_the_bit_again": not gpus,
                "networks_sha256": networks.sha256(),
                "validation_loss": run.state.losses[-1][-1][1],
            }
        )
        if worker == 0:
            finish(job, folder, run.state, networks, images)
    return {"images_per_s": looked_at / took_s if looked_at else 0.0}


def _strategy(job: TuneJob) -> tf.distribute.Strategy:
    """Return how the devices work together: all of all workers, those of this machine, the one."""
    import keras
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    keras.utils.set_random_seed(job.seed)
    if not gpus:
        # TensorFlow has no deterministic gradient of depthwise convolutions for GPUs and would
        # refuse the step; on CPUs it costs nothing.
        tf.config.experimental.enable_op_determinism()
    if job.workers:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(gpus) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


class _Run:
    """The epochs of a job; all workers go through the same ones side by side."""

    def __init__(self, job: TuneJob, networks: Networks, images: Images, tell: Tell) -> None:
        self._job, self._networks, self._images, self._tell = job, networks, images, tell
        self._own = networks.own_shares
        self._kept: list[Distributed] = []
        self._rows = np.arange(len(job.paths))
        self._looked = 0  # images learnt from, of all epochs here
        self.state = TuneState.of(job)

    def run(self, folder: Path, *, writes: bool) -> int:
        """Go through the epochs that are left; return how many images were learnt from."""
        state, networks = self.state, self._networks
        state.go_on(folder, networks)
        where = state.phase * (state.epochs + 1) + state.epoch
        if not networks.agree(where) or not networks.agree(networks.precision == MIXED):
            raise TrainingError(
                "the workers do not begin from the same epoch, or have GPUs of different kinds:"
                " let them see the same store, then go on with `femo train --resume`"
            )
        if not state.losses:
            state.judge(None, self._held_out(range(self._job.networks)))
        while state.phase == HOW_LONG and state.going:
            going = state.going
            learnt = self._learn(going)
            state.judge(learnt, self._held_out(going))
            self._tell_epoch(going)
            if writes:
                state.write(folder, networks)
        if state.phase == HOW_LONG:
            state.phase, state.epoch, self._kept = FOR_GOOD, 0, []
            for network in range(self._job.networks):
                networks.begin(network, FOR_GOOD)
        while state.going:
            self._learn(state.going)
            state.epoch += 1
            if writes:
                state.write(folder, networks)
        return self._looked

    def _tell_epoch(self, going: list[int]) -> None:
        state, model = self.state, self._job.networks - 1
        if model in going:
            training, validation = state.losses[-1][model]
            facts: Facts = {"training_loss": training, "validation_loss": validation}
            self._tell({"told": "epoch", "epoch": state.epoch, **facts})

    def _learn(self, going: list[int]) -> list[float]:
        """Go once through the images, mixed anew; return each network's mean loss."""
        job, networks, state = self._job, self._networks, self.state
        epoch, learn = state.epoch + 1, job.learn[state.phase]
        order = np.random.default_rng((job.seed, epoch)).permutation(self._rows)
        sums = np.zeros(job.networks)
        for number, (batch, images) in enumerate(self._batches(order, epoch)):
            features = networks.trunk(images)
            labels = self._labels(batch)
            for network in going:
                weights = self._of(learn[network], batch)
                total = float(weights.sum())
                if total > 0:
                    shares = self._shared(weights / total)
                    loss = networks.learn(network, features, labels, shares)
                    sums[network] += total * float(loss)
            self._tell_progress(min((number + 1) * self._size, len(order)))
        self._looked += len(order)
        return list(sums / np.maximum(learn.sum(axis=1), 1e-12))

    def _tell_progress(self, done: int) -> None:
        """Say how far the images are gone through; how often the second phase does is not known
        in the first, where the most that it can be is counted."""
        state, count = self.state, len(self._rows)
        before = (len(self.state.losses) - 1) * count if state.phase == FOR_GOOD else 0
        most = before + (1 + (state.phase == HOW_LONG)) * state.last_epoch * count
        self._tell({"told": "progress", "done": before + state.epoch * count + done, "total": most})

    def _held_out(self, going: Iterable[int]) -> list[float]:
        """Return each network's mean loss on the people held out of it."""
        job, networks = self._job, self._networks
        sums = np.zeros(job.networks)
        for batch, features in self._looked_at(np.flatnonzero(job.stop.max(axis=0) > 0)):
            labels = self._labels(batch)
            for network in going:
                weights = self._of(job.stop[network], batch)
                if weights.any():
                    shares = self._shared(weights)
                    sums[network] += float(networks.loss(network, features, labels, shares))
        return list(sums / np.maximum(job.stop.sum(axis=1), 1e-12))

    def _looked_at(self, rows: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], Distributed]]:
        """Yield the trunk's output for images as they are, kept as far as there is room."""
        kept = len(self._kept)
        batches = self._split(rows)
        yield from zip(batches[:kept], self._kept, strict=True)
        rest = np.concatenate([rows[:0], *batches[kept:]])
        for batch, images in self._batches(rest[rest != NOBODY], None):
            features = self._networks.trunk(images)
            if (len(self._kept) + 1) * _megabytes(features) <= KEPT_MB:
                self._kept.append(features)
            yield batch, features

    def _batches(
        self, rows: NDArray[np.intp], epoch: int | None
    ) -> Iterator[tuple[NDArray[np.intp], Distributed]]:
        """Yield the rows of each batch and its images; the next is made ready meanwhile."""
        batches = self._split(rows)
        with ThreadPoolExecutor(1, thread_name_prefix="batch") as ahead:

            def ready(batch: NDArray[np.intp]) -> dict[int, NDArray[np.float32]]:
                return {share: self._images(batch[share :: self._n], epoch) for share in self._own}

            coming = [ahead.submit(ready, batch) for batch in batches[:1]]
            for number, batch in enumerate(batches):
                images = coming.pop().result()
                if number + 1 < len(batches):
                    coming.append(ahead.submit(ready, batches[number + 1]))
                yield batch, self._networks.spread(images.__getitem__)

    def _split(self, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Return batches of one size, the last one filled up: devices need no second program."""
        missing = -len(rows) % self._size
        filled = np.concatenate([rows, np.full(missing, NOBODY, np.intp)])
        return list(filled.reshape(-1, self._size))

    @property
    def _n(self) -> int:
        return self._networks.shares

    @property
    def _size(self) -> int:
        return -(-BATCH // self._n) * self._n

    def _of(self, weights: NDArray[np.float32], batch: NDArray[np.intp]) -> NDArray[np.float32]:
        return np.where(batch == NOBODY, np.float32(0), weights[batch])

    def _labels(self, batch: NDArray[np.intp]) -> Distributed:
        labels = np.where(batch == NOBODY, 0, self._job.labels[batch])
        return self._shared(labels.astype(np.int32))

    def _shared(self, values: NDArray[np.generic]) -> Distributed:
        """Give each device here its share of what stands beside a batch."""
        return self._networks.spread(lambda share: values[share :: self._n])


def _megabytes(features: Distributed) -> float:
    import tensorflow as tf

    parts = tf.nest.flatten(features, expand_composites=True)
    return sum(int(tf.size(part)) * int(part.dtype.size) for part in parts) / 1e6
