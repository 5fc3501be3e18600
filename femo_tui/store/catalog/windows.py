"""What the catalog tells of windows over all runs of a store."""

from __future__ import annotations

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from femo_tui.model.run_state import ACCEPTED, AUTO, RunStatus
from femo_tui.store.catalog.opened import OpenCatalog
from femo_tui.store.catalog.schema import AttemptRecord, RunRecord

SKIPPED = "skipped"  # why a window ended that an operator left
_ENDED = frozenset(status.value for status in RunStatus)


class Windows(OpenCatalog):
    """Counts over windows; the runs are those of this store, by folder relative to it."""

    def unjudged_windows(self) -> dict[str, int]:
        """Return how many windows have no verdict in each run that ended with such, by folder."""
        chosen = (
            select(RunRecord.run_dir, func.count())
            .join(AttemptRecord, AttemptRecord.run_id == RunRecord.id)
            .where(RunRecord.store == self.store)
            .where(AttemptRecord.verdict == "", RunRecord.status.in_(_ENDED))
            .group_by(RunRecord.run_dir)
        )
        return self._by_folder(chosen)

    def undecided_windows(self) -> dict[str, int]:
        """Return how many windows the rules alone failed in each complete run, by folder.

        One that was done again, or left by whoever skipped its step, is decided.
        """
        other = aliased(AttemptRecord)
        same_step = and_(other.run_id == AttemptRecord.run_id, other.step == AttemptRecord.step)
        better = or_(other.verdict.in_(ACCEPTED), other.attempt > AttemptRecord.attempt)
        chosen = (
            select(RunRecord.run_dir, func.count())
            .join(AttemptRecord, AttemptRecord.run_id == RunRecord.id)
            .where(RunRecord.store == self.store, RunRecord.status == RunStatus.COMPLETE.value)
            .where(AttemptRecord.verdict.not_in(ACCEPTED), AttemptRecord.verdict_by == AUTO)
            .where(AttemptRecord.reason != SKIPPED, ~exists().where(same_step, better))
            .group_by(RunRecord.run_dir)
        )
        return self._by_folder(chosen)

    def _by_folder(self, chosen: Select[str, int]) -> dict[str, int]:
        before = f"{self.store}/"
        with self._read() as session:
            return {row[0].removeprefix(before): row[1] for row in session.execute(chosen)}

    def face_counts(self) -> dict[tuple[str, str, int], tuple[int, int]]:
        """Return folder of the run, step, attempt → frames in the window, those with a face."""
        counted = AttemptRecord.frames, AttemptRecord.frames_with_face
        chosen = (
            select(RunRecord.run_dir, AttemptRecord.step, AttemptRecord.attempt, *counted)
            .join(AttemptRecord, AttemptRecord.run_id == RunRecord.id)
            .where(RunRecord.store == self.store)
        )
        before = f"{self.store}/"
        with self._read() as session:
            return {
                (run_dir.removeprefix(before), step, attempt): (frames, with_face)
                for run_dir, step, attempt, frames, with_face in session.execute(chosen)
            }
