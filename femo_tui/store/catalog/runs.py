"""What the catalog knows of runs, entered from their folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select

from femo_tui.errors import MalformedRecord, StoreError
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store.catalog.entries import RUN_COLUMNS, RunRow, run_row
from femo_tui.store.catalog.indexing import drop_empty_sessions, enter_run, entry_name, relative
from femo_tui.store.catalog.opened import OpenCatalog
from femo_tui.store.catalog.schema import AttemptRecord, RunRecord, SessionRecord, StoreRecord
from femo_tui.store.films_shown import Film, Showing
from femo_tui.store.layout import iter_runs
from femo_tui.store.run_reader import RunReader
from femo_tui.store.waiting import entering


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What came of building the runs anew from their folders."""

    runs: int
    removed: int  # runs whose folder is gone
    problems: tuple[str, ...]  # folders that could not be entered, one sentence each


class Runs(OpenCatalog):
    """The runs of the store, and of the other stations on the same catalog."""

    def runs(self, participant: str | None = None) -> list[RunRow]:
        """Return all runs, or one participant's, the oldest first; also those of other stations."""
        chosen = (
            select(*RUN_COLUMNS, RunRecord.store, StoreRecord.station)
            .join(SessionRecord, RunRecord.session_id == SessionRecord.id)
            .outerjoin(StoreRecord, RunRecord.store == StoreRecord.id)
        )
        if participant is not None:
            chosen = chosen.where(SessionRecord.participant == participant)
        with self._read() as session:
            rows = [run_row(row, self.store) for row in session.execute(chosen)]
        return sorted(rows, key=lambda run: (run.started_utc, run.run_dir))

    def shown_elsewhere(self, code: str, before_utc: str = "") -> list[Showing]:
        """Return the films with a window that a participant was shown at other stations.

        Args:
            code: the participant's.
            before_utc: only in runs that began earlier; empty for all.
        """
        chosen = (
            select(AttemptRecord.media, RunRecord.run_dir, AttemptRecord.step, RunRecord.simulated)
            .join(RunRecord, AttemptRecord.run_id == RunRecord.id)
            .join(SessionRecord, RunRecord.session_id == SessionRecord.id)
            .where(SessionRecord.participant == code, RunRecord.store != self.store)
            .where(AttemptRecord.media.is_not(None))
            .order_by(RunRecord.started_utc, AttemptRecord.onset_s)
        )
        if before_utc:
            chosen = chosen.where(RunRecord.started_utc < before_utc)
        with self._read() as session:
            return [
                Showing(Film(media or ""), Path(run_dir), step, simulated)
                for media, run_dir, step, simulated in session.execute(chosen)
            ]

    def index_run(self, run_dir: Path) -> None:
        """Enter a run, or bring its entry up to date, from its folder.

        Raises:
            StoreError: the folder holds no run_start.
        """
        self.index_snapshot(RunReader(run_dir, keep_samples=False).poll())

    def index_snapshot(self, snapshot: RunSnapshot) -> None:
        """Enter a run that was read already; where the database is away it waits to be entered."""
        with entering(self.root, snapshot.run_dir), self._write() as session:
            enter_run(session, snapshot, self.root, self.store)

    def forget_run(self, run_dir: str) -> None:
        """Remove the entry of a run whose folder, relative to the store, is there no more."""
        with self._write() as session:
            name = entry_name(self.store, run_dir)
            session.execute(delete(RunRecord).where(RunRecord.run_dir == name))
            drop_empty_sessions(session)

    def reindex(self, report: Report = unheard) -> Reindexed:
        """Enter every run folder of the store, and drop entries whose folder is gone."""
        found: set[str] = set()
        problems = []
        folders = list(iter_runs(self.root))
        for number, run_dir in enumerate(folders):
            report(Progress(number, len(folders), "runs"))
            try:
                self.index_run(run_dir)
            except (StoreError, MalformedRecord) as problem:
                problems.append(str(problem))
            else:
                found.add(relative(run_dir, self.root))
        before = f"{self.store}/"
        ours = select(RunRecord.run_dir).where(RunRecord.store == self.store)
        with self._write() as session:
            gone = [
                name
                for name in session.scalars(ours)
                if (where := name.removeprefix(before)) not in found
                and not (self.root / where).is_dir()
            ]
            for name in gone:
                session.execute(delete(RunRecord).where(RunRecord.run_dir == name))
            drop_empty_sessions(session)
        return Reindexed(len(found), len(gone), tuple(problems))
