"""Puts what was written onto the disk, in a thread of its own, so that a slow disk stops nobody."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from femo_tui.errors import StoreError
from femo_tui.store.files import explain, sync_filesystem, sync_path

SYNC_EVERY_S = 0.5  # half of what is promised, as a sync takes time itself
MANY_IMAGES = 64  # more at a time than a camera brings: one sync for all of them is quicker


class Syncer:
    """Syncs images first, then the files whose rows name them; a fault waits for `check`."""

    def __init__(self, folder: Path, descriptors: Sequence[int]) -> None:
        self._folder = folder
        self._descriptors = tuple(descriptors)
        self._images: deque[Path] = deque()
        self._faults: deque[StoreError] = deque()
        self._dirty = True  # the files themselves are new
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="run-syncer", daemon=True)
        self._thread.start()

    def wrote(self, image: Path | None = None) -> None:
        """Say that a row, or an image, was written."""
        if image is not None:
            self._images.append(image)
        self._dirty = True

    def rouse(self) -> None:
        """Ask for a sync now; returns at once."""
        self._wake.set()

    def check(self) -> None:
        """Raise the oldest fault that no caller has seen yet.

        Raises:
            StoreError: a sync failed since the last call; DiskFull where no room was left.
        """
        if self._faults:
            raise self._faults.popleft()

    def close(self) -> None:
        """Sync what is left and end the thread."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait(SYNC_EVERY_S)
            self._wake.clear()
            self._sync()
        self._sync()

    def _sync(self) -> None:
        if not self._dirty:
            return
        self._dirty = False  # before syncing: what is written meanwhile is synced next time
        images = [self._images.popleft() for _ in range(len(self._images))]
        try:
            if len(images) > MANY_IMAGES:
                sync_filesystem(self._folder)
            else:
                for path in {self._folder, *images, *(image.parent for image in images)}:
                    sync_path(path)
            for descriptor in self._descriptors:
                os.fsync(descriptor)
        except OSError as problem:
            self._faults.append(explain(problem, self._folder))
