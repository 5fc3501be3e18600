"""Reads the catalog into overviews: again only where somebody has written to it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import FemoError
from femo_tui.model.participants import Participant
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.ui import words
from femo_tui.ui.blocking.run_watch import RunWatch
from femo_tui.ui.overview import Overview, StudyFacts, held_once

_WRITTEN = ("catalog.db", "catalog.db-wal", "study.toml")  # whenever catalog or study is
_ENDED = {*(status.value for status in RunStatus), RunData.DISCARDED.value}


class CatalogReader:
    """The study, its people and its runs, as the catalog of one store has them."""

    def __init__(self, store_root: Path, runs: RunWatch, now: Callable[[], datetime]) -> None:
        self._root, self._runs, self._now = store_root, runs, now
        self.seen: Overview | None = None  # the last time
        self._seen_marks: tuple[tuple[int, int], ...] = ()
        self._seen_mark = ""

    @property
    def shared(self) -> bool:
        """Return whether other stations write to the catalog, too."""
        return paths.catalog_url() is not None

    def overview(self) -> Overview:
        """Read the study, its people and its runs; raises FemoError in one sentence."""
        from femo_tui.store.catalog import Catalog
        from femo_tui.store.withdrawn import withdrawn_ids

        marks = self._marks()
        if self.seen is None or marks != self._seen_marks or self.shared:
            with Catalog.open(self._root) as catalog:
                mark = catalog.mark()
                if self.seen is not None and (marks, mark) == (self._seen_marks, self._seen_mark):
                    return self._at_this_moment(self.seen)
                people, runs = held_once(self.seen, catalog.participants(), catalog.runs())
                windows = catalog.unjudged_windows(), catalog.undecided_windows()
                backed_up = catalog.last_backup_utc()
            stale, damaged = self._bad_models(people)
            at = None if backed_up is None else datetime.fromisoformat(backed_up)
            gone = frozenset(withdrawn_ids(self._root))
            self.seen = Overview(
                *(self._study(), people, runs, self._now(), *windows, stale, damaged, at, gone)
            )
            self._seen_marks, self._seen_mark = marks, mark
        return self._at_this_moment(self.seen)

    def enter_unfinished(self) -> bool:
        """Read on in the runs that had not ended; return whether an entry became another one."""
        from femo_tui.store.catalog import Catalog

        known = () if self.seen is None else self.seen.runs
        here = [run for run in known if not run.station]
        changed = self._runs.changed({run.run_dir for run in here if run.status in _ENDED})
        if not changed:
            return False
        with Catalog.open(self._root) as catalog:
            for run in changed:
                catalog.index_snapshot(run)
                self._runs.entered(run)
        return True

    def trouble(self, problem: FemoError) -> str:
        """Return why the catalog cannot be read, and what waits for it."""
        from femo_tui.store.waiting import waiting_runs

        waiting = [words.run_of(name) for name in waiting_runs(self._root)]
        if not waiting:
            return str(problem)
        names = words.first(waiting)
        many = "s wait" if len(waiting) > 1 else " waits"
        return f"{problem}. {len(waiting)} recorded run{many} to be entered into it: {names}"

    def _at_this_moment(self, seen: Overview) -> Overview:
        from femo_tui.store.waiting import waiting_runs

        return replace(seen, at=self._now(), waiting=waiting_runs(self._root))

    def _study(self) -> StudyFacts:
        from femo_tui.store.study import load_study

        study = load_study(self._root)
        return StudyFacts(
            study.title,
            study.protocol,
            study.planned_n,
            study.consent_form_version,
            study.pilots,
            study.backup_days,
        )

    def _bad_models(self, people: Sequence[Participant]) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return the stale models, each with why, and the names of those that cannot be read.

        Where there is no model nothing is loaded.
        """
        from femo_tui.store.layout import MODELS

        if not (self._root / MODELS).is_dir():
            return {}, ()
        from femo_tui.training.models import list_models

        shelf = list_models(self._root, people)
        stale = {model.name: words.first(model.stale) for model in shelf.models if model.stale}
        return stale, tuple(one.name for one in shelf.damaged)

    def _marks(self) -> tuple[tuple[int, int], ...]:
        """Return what is another whenever the catalog or the study was written to."""
        marks = []
        for name in _WRITTEN:
            try:
                found = (self._root / name).stat()
            except OSError:
                marks.append((0, 0))
            else:
                marks.append((found.st_mtime_ns, found.st_size) if found.st_size else (0, 0))
        return tuple(marks)
