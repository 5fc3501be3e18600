"""The console's way to training: what there is to learn from, the trainer, its models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from femo_tui.errors import TrainingError
from femo_tui.model.participants import Participant
from femo_tui.model.progress import Report
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.store.layout import DATASETS, INDEX
from femo_tui.training import client, launch
from femo_tui.training.journal import JournalReader, TrainSnapshot
from femo_tui.training.models import Model, Shelf, find_model, list_models
from femo_tui.training.request import IMAGENET, NO_WEIGHTS, TrainRequest
from femo_tui.training.survey import Face, Survey, Wanted, faces, mark_face, survey
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.blocking.thumbnails import thumbnails


@dataclass(frozen=True, slots=True)
class TrainingRoom:
    """Training on one store, on behalf of one operator."""

    desk: Desk

    @property
    def root(self) -> Path:
        return self.desk.store_root

    def settings(self) -> TrainRequest:
        """Return what was asked for the last time, or what is usual."""
        # a demonstration is over in minutes, and fetches nothing from the network
        weights = NO_WEIGHTS if self.desk.is_demonstration else IMAGENET
        usual = TrainRequest(self.root, weights, operator=self.desk.operator)
        for run_dir in client.trainings(self.root)[-1:]:
            try:
                last = client.request_of(run_dir)
            except TrainingError:
                return usual
            return replace(last, store_root=self.root, operator=self.desk.operator)
        return usual

    def data_sets(self) -> tuple[str, ...]:
        """Return the names of the imported data sets."""
        return tuple(sorted(p.parent.name for p in self.root.glob(f"{DATASETS}/*/{INDEX}")))

    def survey(self, request: TrainRequest) -> Survey:
        return survey(request)

    def models(self) -> Shelf:
        """Return the models, the oldest first, and those that cannot be read."""
        return list_models(self.root, self._people())

    def model(self, name: str) -> Model:
        return find_model(self.root, name, self._people())

    def _people(self) -> Sequence[Participant]:
        from femo_tui.store.catalog import Catalog

        with Catalog.open(self.root) as catalog:
            return catalog.participants()

    # --- the trainer -------------------------------------------------------------------------

    def start(self, request: TrainRequest) -> None:
        launch.start_training(replace(request, operator=self.desk.operator))

    def resume(self, run_dir: Path) -> None:
        launch.resume_training(self.root, run_dir)

    def cancel(self) -> None:
        client.cancel(self.root, self.desk.operator)

    # --- faces by eye ------------------------------------------------------------------------

    def faces(self, request: TrainRequest, wanted: Wanted, report: Report) -> tuple[Face, ...]:
        return faces(request, wanted, report)

    def pictures(self, paths: Sequence[str], side: int) -> Iterator[Thumbnail | None]:
        """Yield images of the store, small and grey; None where one cannot be read."""
        return thumbnails((self.root / path for path in paths), side)

    def mark(self, face: Face, *, accepted: bool) -> None:
        """Accept or reject a face, and note in the audit log who decided."""
        from femo_tui.store import audit

        desk = self.desk
        mark_face(self.root, face, accepted=accepted, operator=desk.operator, clock=desk.clock)
        word = "accepted" if accepted else "rejected"
        facts = {"run": face.folder, "what": f"frame {face.frame} {word} by eye"}
        code = Path(face.folder).parts[1] if face.folder.startswith("sessions/") else None
        audit.note(self.root, "amend", desk.operator, facts, [code] if code else [])


class Follower:
    """Reads on in the newest training of a store, whoever started it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._reader: JournalReader | None = None
        self._run_dir: Path | None = None

    def poll(self) -> TrainSnapshot | None:
        """Return how it stands; None where there never was any."""
        active = client.active_training(self._root)
        newest = active.run_dir if active else next(iter(client.trainings(self._root)[-1:]), None)
        if newest is None:
            return None
        if self._reader is None or newest != self._run_dir:
            self._reader, self._run_dir = client.reader(self._root, newest), newest
        return self._reader.poll()
