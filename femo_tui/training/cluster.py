"""The work of a training on the workers of a Dask cluster: shards of images, folds.

The numbers are those of one process: a task is the same function, and a worker computes with one
thread a task, as the trainer does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from femo_tui import __version__
from femo_tui.errors import TrainingError
from femo_tui.training.workers import Workers

if TYPE_CHECKING:
    from distributed import Client

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

CONNECT_S = 10
WAIT_FOR_WORKERS_S = 10
_THREADS = "OPENBLAS_NUM_THREADS"


class _ClusterWorkers:
    """The workers that a scheduler knows; what one that died was doing is done by another."""

    def __init__(self, client: Client, address: str) -> None:
        self._client, self._address = client, address

    def run(
        self, task: Callable[[_Item], _Result], items: Sequence[_Item]
    ) -> Iterator[tuple[int, _Result]]:
        from distributed import CancelledError, KilledWorker, as_completed
        from distributed.comm.core import CommClosedError

        client = self._client
        futures = {}
        try:
            # To every worker at once: none that dies takes the only copy with it.
            shared = client.scatter(task, broadcast=True, hash=False)
            for number, item in enumerate(items):
                futures[client.submit(_apply, shared, item, pure=False)] = number
            for future in as_completed(list(futures), loop=client.loop):
                yield futures[future], future.result()
        except KilledWorker:
            raise TrainingError(
                f"workers of the cluster at {self._address} died again and again: look at their"
                " memory, then go on with `femo train --resume`"
            ) from None
        except (CancelledError, CommClosedError):
            raise TrainingError(
                f"the cluster at {self._address} is gone: start it again, then go on with"
                " `femo train --resume`; what was computed is kept"
            ) from None
        finally:
            client.cancel(list(futures))


def _apply(task: Callable[[_Item], _Result], item: _Item) -> _Result:
    return task(item)


@contextmanager
def cluster_workers(
    address: str, told: Callable[[str], None] = lambda sentence: None
) -> Iterator[Workers]:
    """Yield the workers of a cluster.

    Args:
        address: of its scheduler, such as tcp://lab-gpu:8786.
        told: is told in one sentence who works.

    Raises:
        TrainingError: Dask is not installed, the scheduler does not answer or has no workers, or
            they have another femo.
    """
    try:
        from distributed import Client
    except ImportError:
        raise TrainingError(
            "a cluster needs the package distributed: install it with `pip install 'femo[cluster]'`"
        ) from None
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise TrainingError(
            f"no cluster answers at {address} ({type(problem).__name__}): start `dask scheduler`"
            " there and `dask worker` on the machines that are to work"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT_FOR_WORKERS_S)
        except TimeoutError:
            raise TrainingError(
                f"the cluster at {address} has no workers: start `dask worker {address}` on the"
                " machines that are to work"
            ) from None
        told(_checked(client, address))
        yield _ClusterWorkers(client, address)


def _checked(client: Client, address: str) -> str:
    """Return who works, if all of them compute as this process does.

    Raises:
        TrainingError: one of them does not.
    """
    own = _about()
    try:
        found = client.run(_about)
    except ImportError:
        raise TrainingError(
            f"workers of the cluster at {address} have no femo: install femo {__version__} there"
        ) from None
    for worker, about in sorted(found.items()):
        for name, version in own.items():
            if about.get(name) != version:
                raise TrainingError(
                    f"worker {worker} has {name} {about.get(name)}, this machine {version}: the"
                    " numbers would not be the same; install the same there"
                )
    return f"{len(found)} workers of the cluster at {address} compute"


def _about() -> dict[str, str]:
    """Return what a computation's numbers depend on."""
    import importlib.metadata as metadata

    names = ("numpy", "opencv-python-headless", "ai-edge-litert")
    return {
        "femo": __version__,
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **{name: metadata.version(name) for name in names},
        _THREADS: os.environ.get(_THREADS, "not set"),
    }
