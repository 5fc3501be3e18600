"""Features of many images: from the cache where they are, computed on every core where not."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import TrainingError
from femo_tui.training.cache import FeatureCache
from femo_tui.training.images import decode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from femo_tui.training.engines import Engine, Row

_TOGETHER = 16  # images whose features are appended at once


@dataclass(frozen=True, slots=True)
class Extracted:
    """The features of the images that could be read, in their order."""

    kept: tuple[int, ...]  # which of the images asked for
    hashes: tuple[bytes, ...]  # SHA-256 of each kept image's file
    rows: dict[str, NDArray[np.float32]]  # engine's name → n × dim
    unreadable: dict[int, str]  # one sentence for each of the others
    computed: int  # images that were not in the cache


@dataclass(frozen=True, slots=True)
class _Done:
    """What a worker made of one image."""

    number: int
    sha256: bytes = b""
    rows: tuple[tuple[str, Row], ...] = ()
    problem: str = ""


def worker_count() -> int:
    """Return on how many cores to compute: those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def extract(
    root: Path,
    paths: Sequence[str],
    engines: Sequence[Engine],
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    begin: Callable[[int], None] = lambda computed: None,
) -> Extracted:
    """Return the features of images, computing what the cache in `folder` lacks.

    Args:
        root: what the paths are relative to.
        paths: the images' files.
        engines: which features.
        folder: the cache.
        progress: called with (images computed, images to compute), in this thread.
        begin: called once with how many images have to be computed.
    """
    with ExitStack() as at_end:
        caches = {engine.name: FeatureCache(folder, engine) for engine in engines}
        for cache in caches.values():
            at_end.callback(cache.close)
        hashes, unreadable = _hashes(root, paths)
        missing = {
            number: lacking
            for number, sha256 in hashes.items()
            if (lacking := tuple(e for e in engines if sha256 not in caches[e.name]))
        }
        once = {hashes[number]: number for number in missing}  # the same image, computed once
        wanted = {number: missing[number] for number in once.values()}
        begin(len(wanted))
        if wanted:
            found = _compute(root, paths, hashes, wanted, caches, progress)
            bad = {hashes[number]: sentence for number, sentence in found.items()}
            for number, sha256 in list(hashes.items()):
                if sha256 in bad:
                    name = paths[number]
                    unreadable[number] = bad[sha256].replace(paths[once[sha256]], name)
                    del hashes[number]
        kept = tuple(sorted(hashes))
        order = tuple(hashes[number] for number in kept)
        rows = {name: cache.rows(order) for name, cache in caches.items()}
    return Extracted(kept, order, rows, dict(sorted(unreadable.items())), len(wanted))


def _hashes(root: Path, paths: Sequence[str]) -> tuple[dict[int, bytes], dict[int, str]]:
    hashes: dict[int, bytes] = {}
    unreadable: dict[int, str] = {}
    for number, path in enumerate(paths):
        try:
            hashes[number] = hashlib.sha256((root / path).read_bytes()).digest()
        except OSError as problem:
            unreadable[number] = f"{path}: cannot be read ({problem.strerror}); look at the file"
    return hashes, unreadable


def _compute(
    root: Path,
    paths: Sequence[str],
    hashes: dict[int, bytes],
    wanted: dict[int, tuple[Engine, ...]],
    caches: dict[str, FeatureCache],
    progress: Callable[[int, int], None],
) -> dict[int, str]:
    """Compute and cache what is wanted; return a sentence for each image that has no features."""
    waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[_Done | BaseException] = queue.SimpleQueue()
    workers = min(worker_count(), len(wanted))
    for number in wanted:
        waiting.put(number)
    for _ in range(workers):
        waiting.put(None)

    def work() -> None:
        try:
            import cv2

            cv2.setNumThreads(1)
            compute = {
                e.name: e.make() for e in {e for lacking in wanted.values() for e in lacking}
            }
            while (number := waiting.get()) is not None:
                try:
                    content = (root / paths[number]).read_bytes()
                    image = decode(content, paths[number])
                except (TrainingError, OSError) as problem:
                    done.put(_Done(number, problem=str(problem)))
                    continue
                rows = tuple((e.name, compute[e.name](image)) for e in wanted[number])
                done.put(_Done(number, hashes[number], rows))
        except BaseException as problem:  # noqa: BLE001 - raised again by whoever waits
            done.put(problem)

    threads = [
        threading.Thread(target=work, name=f"features-{number}", daemon=True)
        for number in range(workers)
    ]
    for thread in threads:
        thread.start()
    problems: dict[int, str] = {}
    new: dict[str, dict[bytes, Row]] = {name: {} for name in caches}
    for count in range(1, len(wanted) + 1):
        result = done.get()
        if isinstance(result, BaseException):
            raise result
        if result.problem:
            problems[result.number] = result.problem
        for name, row in result.rows:
            new[name][result.sha256] = row
        if count % _TOGETHER == 0 or count == len(wanted):
            for name, rows in new.items():
                if rows:
                    caches[name].add(rows)
                    rows.clear()
        progress(count, len(wanted))
    for thread in threads:
        thread.join()  # their networks' memory is free before the folds need some
    return problems
