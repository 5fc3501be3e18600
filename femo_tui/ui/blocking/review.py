"""A finished run as it is reviewed: read, judged, verified."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.counting import plural
from femo_tui.model.progress import Report
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.blocking.thumbnails import thumbnails

if TYPE_CHECKING:
    from femo_tui.store.rows import SavedFrame


@dataclass(frozen=True, slots=True)
class Review:
    """One run, on behalf of one operator."""

    desk: Desk
    run_dir: Path

    def read(self) -> RunSnapshot:
        return self.desk.read_run(self.run_dir)

    def verify(self, report: Report) -> list[str]:
        """Hash the run and read every row; return one sentence for each fault."""
        from femo_tui.store.verify import verify_run

        return verify_run(self.run_dir, report)

    def judge_window(self, window: WindowSummary, verdict: str, reason: str) -> RunSnapshot:
        """Give a window another verdict; return the run as it stands then."""
        from femo_tui.store.judging import judge_window

        desk = self.desk
        step, attempt = window.step, window.attempt
        judge_window(self.run_dir, step, attempt, verdict, desk.operator, reason, desk.clock)
        return self._entered(f"{step}-{attempt}: {verdict} ({reason})")

    def judge_frames(self, frames: Collection[int], reason: str, *, accepted: bool) -> RunSnapshot:
        """Accept or reject single faces; return the run as it stands then."""
        from femo_tui.store.judging import judge_frames

        desk = self.desk
        judge_frames(self.run_dir, frames, desk.operator, reason, desk.clock, accepted=accepted)
        word = "accepted" if accepted else "rejected"
        return self._entered(f"{plural(len(frames), 'frame')} {word} ({reason})")

    def faces(self, window: WindowSummary) -> list[SavedFrame]:
        """Return the frames of a window whose faces were saved."""
        from femo_tui.store.saved_frames import saved_frames

        return saved_frames(self.run_dir, window.step, window.attempt)

    def pictures(self, frames: Collection[SavedFrame], side: int) -> Iterator[Thumbnail | None]:
        """Yield each face, small and grey; None where its image cannot be read."""
        return thumbnails((self.run_dir / frame.face_file for frame in frames), side)

    def _entered(self, what: str) -> RunSnapshot:
        """Bring the catalog up to date, and note in the audit log who decided what."""
        from femo_tui.store import audit
        from femo_tui.store.catalog import Catalog

        run = self.read()
        with Catalog.open(self.desk.store_root) as catalog:
            catalog.index_snapshot(run)
        facts = {"run": "/".join(self.run_dir.parts[-3:]), "what": what}
        code = self.run_dir.parts[-3]
        audit.note(self.desk.store_root, "amend", self.desk.operator, facts, [code])
        return run
