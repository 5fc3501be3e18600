"""Reads the runs that have not ended: each by one reader, which reads only what was added.

The follower and the overview look at the same growing run; both come from threads of their own.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import StoreError
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.model.snapshot import RunSnapshot

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.run_reader import RunReader

ENDED = frozenset(status.value for status in RunStatus)
BYTES_AT_ONCE = 4_000_000  # of samples: a tenth of a second's reading


class RunWatch:
    """The runs of one store that may still change."""

    def __init__(self, store_root: Path) -> None:
        self._root = store_root
        self._readers: dict[Path, RunReader] = {}
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

    def enter_unfinished(self, catalog: Catalog) -> bool:
        """Enter what is new of runs that had not ended; return whether anything was."""
        from femo_tui.store.layout import iter_runs

        ended = {run.run_dir for run in catalog.runs() if run.status in ENDED}
        unfinished = [
            run_dir
            for run_dir in iter_runs(self._root)
            if run_dir.relative_to(self._root).as_posix() not in ended
        ]
        return True in {self._enter(catalog, run_dir) for run_dir in unfinished}

    def _enter(self, catalog: Catalog, run_dir: Path) -> bool:
        try:
            run = self.look(run_dir)
            while run.unread_bytes:
                run = self.look(run_dir)
            facts = _facts(run)
            if self._entered.get(run_dir) == facts:
                return False
            catalog.index_snapshot(run)
        except StoreError:
            return False  # nothing is in it yet: it is being begun
        self._entered[run_dir] = facts
        return True


def _facts(run: RunSnapshot) -> tuple[object, ...]:
    """Return what makes an entry of the list another one; a growing run's length does not."""
    over = run.state is RunState.LOST or run.stop is not None
    verdicts = tuple(window.verdict for window in run.windows)
    return (run.state, run.stop, run.sealed, verdicts, run.gsr.length if over else 0)
