"""Reads the runs that have not ended: each by one reader, which reads only what was added.

The follower and the overview look at the same growing run; both come from threads of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import StoreError
from femo_tui.model.clock import Clock
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot

if TYPE_CHECKING:
    from femo_tui.store.run_reader import RunReader

BYTES_AT_ONCE = 4_000_000  # of samples: a tenth of a second's reading
SCAN_EVERY_S = 30.0  # for folders that are new: to look through a thousand takes 50 ms


class RunWatch:
    """The runs of one store that may still change."""

    def __init__(self, store_root: Path, clock: Clock) -> None:
        self._root, self._clock = store_root, clock
        self._readers: dict[Path, RunReader] = {}
        self._unfinished: set[Path] = set()
        self._scanned_s = float("-inf")
        self._entered: dict[Path, tuple[object, ...]] = {}  # what the catalog was last told
        self._reading = threading.Lock()

    def look(self, run_dir: Path) -> RunSnapshot:
        """Read what was added to a run; raises StoreError."""
        from femo_tui.store.run_reader import RunReader

        with self._reading:
            reader = self._readers.get(run_dir)
            if reader is None:
                reader = RunReader(run_dir, keep_samples=False, bytes_at_once=BYTES_AT_ONCE)
                self._readers[run_dir] = reader
            return reader.poll()

    def changed(self, ended: Collection[str]) -> list[RunSnapshot]:
        """Return the runs not in `ended` of which the catalog has not been told as they stand."""
        self._scan(ended)
        found = []
        for run_dir in sorted(self._unfinished.union(list(self._readers))):
            if run_dir.relative_to(self._root).as_posix() in ended:
                self._unfinished.discard(run_dir)
                continue
            try:
                run = self.look(run_dir)
                while run.unread_bytes:
                    run = self.look(run_dir)
            except StoreError:
                continue  # it is just being made or removed: the next look finds it settled
            if run.start is not None and self._entered.get(run_dir) != _facts(run):
                found.append(run)
        return found

    def entered(self, run: RunSnapshot) -> None:
        """Note that the catalog knows a run as it stands."""
        self._entered[run.run_dir] = _facts(run)

    def _scan(self, ended: Collection[str]) -> None:
        from femo_tui.store.layout import iter_runs

        now_s = self._clock.now_s()
        if 0 <= now_s - self._scanned_s < SCAN_EVERY_S:
            return
        self._scanned_s = now_s
        found = set(iter_runs(self._root))
        self._unfinished = {d for d in found if d.relative_to(self._root).as_posix() not in ended}


def _facts(run: RunSnapshot) -> tuple[object, ...]:
    """Return what makes an entry of the list another one; a growing run's length does not."""
    over = run.state is RunState.LOST or run.stop is not None
    verdicts = tuple(window.verdict for window in run.windows)
    return (run.state, run.stop, run.sealed, verdicts, run.gsr.length if over else 0)
