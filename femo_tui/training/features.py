"""Features of many images: from the cache where they are, computed by all workers where not."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import TrainingError
from femo_tui.training.cache import FeatureCache
from femo_tui.training.images import decode
from femo_tui.training.workers import Workers, local_workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from femo_tui.training.engines import Compute, Engine, Row

_TOGETHER = 16  # images that a worker computes at once, and whose features are appended at once


@dataclass(frozen=True, slots=True)
class Extracted:
    """The features of the images that could be read, in their order."""

    kept: tuple[int, ...]  # which of the images asked for
    hashes: tuple[bytes, ...]  # SHA-256 of each kept image's file
    rows: dict[str, NDArray[np.float32]]  # engine's name → n × dim
    unreadable: dict[int, str]  # one sentence for each of the others
    computed: int  # images that were not in the cache


@dataclass(frozen=True, slots=True)
class _Job:
    """One image whose features are wanted."""

    number: int
    path: str
    sha256: bytes
    engines: tuple[str, ...]  # names
    content: bytes | None = None  # for a worker that does not see the file


@dataclass(frozen=True, slots=True)
class _Done:
    """What a worker made of one image; neither rows nor a problem: it does not see the file."""

    job: _Job
    rows: tuple[tuple[str, Row], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class _Shard:
    """Computes the features of some images; goes to other machines, too."""

    root: Path
    engines: tuple[Engine, ...]

    def __call__(self, jobs: tuple[_Job, ...]) -> list[_Done]:
        import cv2

        cv2.setNumThreads(1)
        by_name = {engine.name: engine for engine in self.engines}
        return [self._one(job, by_name) for job in jobs]

    def _one(self, job: _Job, engines: dict[str, Engine]) -> _Done:
        content = self._content(job)
        if content is None:
            return _Done(job)
        try:
            image = decode(content, job.path)
        except TrainingError as problem:
            return _Done(job, problem=str(problem))
        rows = tuple((name, _compute_of(engines[name])(image)) for name in job.engines)
        return _Done(job, rows)

    def _content(self, job: _Job) -> bytes | None:
        if job.content is not None:
            return job.content
        try:
            content = (self.root / job.path).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).digest() == job.sha256 else None


_of_thread = threading.local()


def _compute_of(engine: Engine) -> Compute:
    """Return this thread's instance of an engine."""
    made: dict[str, Compute] = _of_thread.__dict__.setdefault("made", {})
    if engine.name not in made:
        made[engine.name] = engine.make()
    return made[engine.name]


def extract(
    root: Path,
    paths: Sequence[str],
    engines: Sequence[Engine],
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    begin: Callable[[int], None] = lambda computed: None,
    workers: Workers | None = None,
) -> Extracted:
    """Return the features of images, computing what the cache in `folder` lacks.

    Args:
        root: what the paths are relative to.
        paths: the images' files.
        engines: which features.
        folder: the cache.
        progress: called with (images computed, images to compute), in this thread.
        begin: called once with how many images have to be computed.
        workers: who computes; this machine's cores if nobody is named.
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
            jobs = [
                _Job(number, paths[number], hashes[number], tuple(e.name for e in lacking))
                for number, lacking in wanted.items()
            ]
            task = _Shard(root, tuple(engines))
            with ExitStack() as working:
                by = workers or working.enter_context(local_workers())
                found = _compute(task, jobs, by, caches, progress)
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
    task: _Shard,
    jobs: Sequence[_Job],
    workers: Workers,
    caches: dict[str, FeatureCache],
    progress: Callable[[int, int], None],
) -> dict[int, str]:
    """Compute and cache what is wanted; return a sentence for each image that has no features."""
    problems: dict[int, str] = {}
    done = 0
    asked = list(jobs)
    while asked:
        unseen: list[_Job] = []
        shards = [tuple(asked[i : i + _TOGETHER]) for i in range(0, len(asked), _TOGETHER)]
        for _, results in workers.run(task, shards):
            new: dict[str, dict[bytes, Row]] = {name: {} for name in caches}
            for result in results:
                if result.problem:
                    problems[result.job.number] = result.problem
                elif not result.rows:
                    unseen.append(result.job)
                    continue
                for name, row in result.rows:
                    new[name][result.job.sha256] = row
                done += 1
            for name, rows in new.items():
                if rows:
                    caches[name].add(rows)
            progress(done, len(jobs))
        asked = []
        for job in unseen:
            try:
                asked.append(replace(job, content=_as_it_was(task.root, job)))
            except TrainingError as problem:
                problems[job.number] = str(problem)
                done += 1
    return problems


def _as_it_was(root: Path, job: _Job) -> bytes:
    """Return an image's bytes, for a worker that cannot read them itself."""
    try:
        content = (root / job.path).read_bytes()
    except OSError as problem:
        raise TrainingError(
            f"{job.path}: cannot be read ({problem.strerror}); look at the file"
        ) from None
    if hashlib.sha256(content).digest() != job.sha256:
        raise TrainingError(f"{job.path}: changed while it was read; train again")
    return content
