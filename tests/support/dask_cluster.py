"""A Dask cluster on this machine: a scheduler and workers in processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Cluster:
    """A scheduler and workers."""

    def __init__(self, held: ExitStack, folder: Path) -> None:
        self._held, self._folder = held, folder
        scheduler = self._run("scheduler", "--port", "0", "--host", "127.0.0.1")
        self.address = self._said(scheduler, r"Scheduler at:\s+(tcp://\S+)")
        self.workers: list[subprocess.Popen[str]] = []

    def add_worker(self, **env: str) -> None:
        worker = self._run("worker", self.address, "--nthreads", "1", "--no-nanny", **env)
        self._said(worker, r"Registered to:\s+(tcp)")
        self.workers.append(worker)

    def _run(self, kind: str, *args: str, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *args, "--no-dashboard"],
            cwd=self._folder,
            env={**os.environ, **ONE_THREAD, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._held.callback(process.wait)
        self._held.callback(process.kill)
        return process

    def _said(self, process: subprocess.Popen[str], pattern: str) -> str:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"{pattern} was never said")


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    with ExitStack() as held:
        started = Cluster(held, folder)
        for _ in range(workers):
            started.add_worker()
        yield started
