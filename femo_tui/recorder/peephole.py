"""Shows the camera of a running recording for as long as somebody keeps looking.

Looking is no command: it goes past the engine, changes nothing, and stands nowhere in the run.
"""

from __future__ import annotations

import threading
from typing import Protocol

from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.thumbnail import Thumbnail

OPEN_FOR_S = 2.0  # after the last look; a console asks several times a second


class ShowsThumbnails(Protocol):
    """A camera that makes small pictures while it is told to."""

    @property
    def thumbnail(self) -> Thumbnail | None: ...

    def set_thumbnail(self, on: bool) -> None: ...


class Peephole:
    """Opens with the first look and closes by itself; safe to look through from any thread."""

    def __init__(
        self,
        camera: ShowsThumbnails | None,
        why_not: str = "",
        *,
        clock: Clock | None = None,
        open_for_s: float = OPEN_FOR_S,
    ) -> None:
        """Look through `camera`; where there is none, `why_not` says why."""
        self._camera = camera
        self.why_not = why_not
        self._clock = clock or HostClock()
        self._open_for_s = open_for_s
        self._looked_s = 0.0
        self._changing = threading.Lock()
        self._closer: threading.Thread | None = None
        self._end = threading.Event()

    def look(self) -> Thumbnail | None:
        """Return the newest picture, None until the first has been made."""
        if self._camera is None:
            return None
        with self._changing:
            self._looked_s = self._clock.now_s()
            if self._closer is None and not self._end.is_set():
                self._camera.set_thumbnail(True)
                self._closer = threading.Thread(
                    target=self._close_unlooked, name="peephole", daemon=True
                )
                self._closer.start()
        return self._camera.thumbnail

    def close(self) -> None:
        """Make no more pictures, whoever looks."""
        self._end.set()
        closer = self._closer
        if closer is not None:
            closer.join()

    def _close_unlooked(self) -> None:
        assert self._camera is not None
        while True:
            self._end.wait(self._open_for_s / 4)
            with self._changing:
                unlooked_s = self._clock.now_s() - self._looked_s
                if self._end.is_set() or unlooked_s >= self._open_for_s:
                    self._camera.set_thumbnail(False)
                    self._closer = None
                    return
