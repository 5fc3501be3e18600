"""Who does the work of a training: this machine's cores, or a cluster's (see cluster.py)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Protocol, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Workers(Protocol):
    """Runs a task on many items, several at a time."""

    def run(
        self, task: Callable[[_Item], _Result], items: Sequence[_Item]
    ) -> Iterator[tuple[int, _Result]]:
        """Yield (number of the item, what the task made of it) as they are done.

        What is not begun when the caller leaves off, or a task fails, is not done.
        """
        ...


class _Threads:
    """The cores of this machine."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def run(
        self, task: Callable[[_Item], _Result], items: Sequence[_Item]
    ) -> Iterator[tuple[int, _Result]]:
        futures = {self._executor.submit(task, item): i for i, item in enumerate(items)}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()


@contextmanager
def local_workers() -> Iterator[Workers]:
    """Yield a thread for each core that this process may use; their memory is free afterwards."""
    with ThreadPoolExecutor(worker_count(), thread_name_prefix="training") as executor:
        yield _Threads(executor)


def worker_count() -> int:
    """Return on how many cores to compute: those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
