"""The console's one way to the store and the recorder; everything here may block.

Screens call it from threads only. Heavy modules (SQLAlchemy behind the catalog) are imported at the
first call that needs them, after the first paint.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui import paths
from femo_tui.errors import FemoError, ProtocolError, RecorderError, TrainingError
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.participants import Participant
from femo_tui.model.progress import Report
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import NEEDS_NO_CONTROLS, CommandName, RunData, RunStatus
from femo_tui.model.snapshot import Controls, RunSnapshot
from femo_tui.model.study import DEMONSTRATION
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.client import (
    ActiveRun,
    RecorderClient,
    active_run,
    console_is_there,
    new_console,
)
from femo_tui.recorder.preflight_client import PreflightClient
from femo_tui.recorder.request import RecordRequest, lost_request
from femo_tui.recorder.wire import Reply
from femo_tui.ui import words
from femo_tui.ui.overview import Overview, StudyFacts, held_once
from femo_tui.ui.plans import PlannedRun, plan_run
from femo_tui.ui.run_watch import RunWatch

if TYPE_CHECKING:
    from femo_tui.store.catalog import ConsentEntry, Reindexed

_ENDED = {*(status.value for status in RunStatus), RunData.DISCARDED.value}


class Desk:
    """One store, seen by one operator from one station."""

    def __init__(
        self,
        store_root: Path,
        operator: str,
        *,
        station: str | None = None,
        clock: Clock | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self.store_root = store_root
        self.operator = operator
        self.station = station or socket.gethostname().partition(".")[0]
        self.clock = clock or HostClock()
        self._zone = zone
        self._console = new_console()
        self.steered = False  # this console has steered a run
        self.runs = RunWatch(store_root, self.clock)
        self._seen: Overview | None = None
        self._seen_marks: tuple[tuple[int, int], ...] = ()
        self._seen_mark = ""

    @property
    def shared(self) -> bool:
        """Return whether other stations write to the catalog, too."""
        return paths.catalog_url() is not None

    @property
    def is_demonstration(self) -> bool:
        """Return whether the store is one of `femo demo`, as last seen."""
        return self._seen is not None and self._seen.study.title == DEMONSTRATION

    def local(self, utc: datetime) -> datetime:
        """Return a moment as the station's wall clock shows it."""
        return utc.astimezone(self._zone)

    def now(self) -> datetime:
        return self.local(self.clock.utc())

    def disk_free_bytes(self) -> int | None:
        """Return what is free where runs are written, None while the store does not exist."""
        try:
            return shutil.disk_usage(self.store_root).free
        except OSError:
            return None

    # --- the catalog -------------------------------------------------------------------------

    def overview(self) -> Overview:
        """Read the study, its people and its runs as the catalog has them."""
        from femo_tui.store.catalog import Catalog
        from femo_tui.store.withdrawn import withdrawn_ids

        marks = self._catalog_marks()
        if self._seen is None or marks != self._seen_marks or self.shared:
            with Catalog.open(self.store_root) as catalog:
                mark = catalog.mark()
                if self._seen is not None and (marks, mark) == (self._seen_marks, self._seen_mark):
                    return self._at_this_moment(self._seen)
                people, runs = held_once(self._seen, catalog.participants(), catalog.runs())
                unjudged = catalog.unjudged_windows()
                backed_up = catalog.last_backup_utc()
            stale = self._stale_models(people)
            at = None if backed_up is None else datetime.fromisoformat(backed_up)
            gone = frozenset(withdrawn_ids(self.store_root))
            self._seen = Overview(self.study(), people, runs, self.now(), unjudged, stale, at, gone)
            self._seen_marks, self._seen_mark = marks, mark
        return self._at_this_moment(self._seen)

    def _at_this_moment(self, seen: Overview) -> Overview:
        from femo_tui.store.waiting import waiting_runs

        return replace(seen, at=self.now(), waiting=waiting_runs(self.store_root))

    def trouble(self, problem: FemoError) -> str:
        """Return why the catalog cannot be read, and what waits for it."""
        from femo_tui.store.waiting import waiting_runs

        waiting = [words.run_of(name) for name in waiting_runs(self.store_root)]
        if not waiting:
            return str(problem)
        names = words.first(waiting)
        many = "s wait" if len(waiting) > 1 else " waits"
        return f"{problem}. {len(waiting)} recorded run{many} to be entered into it: {names}"

    def _stale_models(self, people: Sequence[Participant]) -> dict[str, str]:
        """Return the models that should be used no more; where there is none, nothing is loaded."""
        if not (self.store_root / "models").is_dir():
            return {}
        from femo_tui.training.models import list_models

        try:
            models = list_models(self.store_root, people)
        except TrainingError as problem:
            return {"models": str(problem)}
        return {model.name: words.first(model.stale) for model in models if model.stale}

    def enter_unfinished(self) -> bool:
        """Read on in the runs that had not ended; return whether an entry became another one."""
        from femo_tui.store.catalog import Catalog

        known = () if self._seen is None else self._seen.runs
        here = [run for run in known if not run.station]
        changed = self.runs.changed({run.run_dir for run in here if run.status in _ENDED})
        if not changed:
            return False
        with Catalog.open(self.store_root) as catalog:
            for run in changed:
                catalog.index_snapshot(run)
                self.runs.entered(run)
        return True

    def reindex(self, report: Report) -> Reindexed:
        """Enter every run folder again, and sum up what results are made of."""
        from femo_tui.stats.figures_cache import make_figures
        from femo_tui.store.catalog import Catalog

        with Catalog.open(self.store_root) as catalog:
            done = catalog.reindex(report)
        make_figures(self.store_root, report)
        return done

    def _catalog_marks(self) -> tuple[tuple[int, int], ...]:
        """Return what is another whenever the catalog or the study was written to."""
        marks = []
        for name in ("catalog.db", "catalog.db-wal", "study.toml"):
            try:
                found = (self.store_root / name).stat()
            except OSError:
                marks.append((0, 0))
            else:
                marks.append((found.st_mtime_ns, found.st_size) if found.st_size else (0, 0))
        return tuple(marks)

    def register(self, participant: Participant) -> None:
        """Add a participant; raises FemoError in one sentence."""
        from femo_tui.store.catalog import Catalog

        with Catalog.open(self.store_root) as catalog:
            catalog.add_participant(participant, self.operator)

    def edit(self, participant: Participant) -> None:
        """Change what is known of a participant; what was consented to before is kept."""
        from femo_tui.store.catalog import Catalog

        with Catalog.open(self.store_root) as catalog:
            catalog.edit_participant(
                participant.code,
                self.operator,
                age=participant.age,
                sex=participant.sex,
                notes=participant.notes,
                scopes=participant.consent.scopes,
                form_version=participant.consent.form_version,
                expires_utc=participant.consent.expires_utc,
            )

    def study(self) -> StudyFacts:
        from femo_tui.store.study import load_study

        study = load_study(self.store_root)
        return StudyFacts(
            study.title,
            study.protocol,
            study.planned_n,
            study.consent_form_version,
            study.pilots,
            study.backup_days,
        )

    def history(self, code: str) -> tuple[ConsentEntry, ...]:
        """Return all that a participant ever agreed to, the newest last."""
        from femo_tui.store.catalog import Catalog

        with Catalog.open(self.store_root) as catalog:
            return tuple(catalog.consents(code))

    def decide_data(self, run_dir: Path, data: RunData, reason: str) -> None:
        """Keep or discard what was recorded in a run that was broken off."""
        from femo_tui.store.catalog import Catalog
        from femo_tui.store.disposal import decide_data

        with Catalog.open(self.store_root) as catalog:
            decide_data(catalog, run_dir, data, self.operator, reason, self.clock)

    # --- protocols and run folders -----------------------------------------------------------

    def protocols(self) -> tuple[StudyProtocol, ...]:
        """Read every protocol that can be read; `femo protocol check` tells of the others."""
        from femo_tui.store.library import list_protocols, load_protocol

        readable = []
        for name in list_protocols(self.store_root):
            try:
                readable.append(load_protocol(name, self.store_root))
            except ProtocolError:
                continue
        return tuple(readable)

    def plan(self, protocol: str, participant: str) -> PlannedRun:
        """Look up what a run would be for a participant, before anything is opened."""
        return plan_run(self.store_root, protocol, participant, self.clock.utc())

    def protocol(self, name: str) -> StudyProtocol:
        from femo_tui.store.library import load_protocol

        return load_protocol(name, self.store_root)

    def read_run(self, run_dir: Path) -> RunSnapshot:
        """Read a run folder once, to its end."""
        from femo_tui.store.run_reader import RunReader

        return RunReader(run_dir, keep_samples=False).poll()

    def close_partial(self, run_dir: Path) -> None:
        """Close a lost run as partial, seal it, and bring its entry up to date."""
        from femo_tui.store.catalog import Catalog
        from femo_tui.store.recover import close_partial

        closed = close_partial(run_dir, self.operator, self.clock)
        with Catalog.open(self.store_root) as catalog:
            catalog.index_snapshot(closed)

    def lost_request(self, run_dir: Path) -> RecordRequest:
        """Return what makes a lost run go on; raises UsageError where it does not say."""
        return lost_request(run_dir, self.operator)

    # --- the recorder ------------------------------------------------------------------------

    def active(self) -> ActiveRun | None:
        """Return what is being recorded on the store."""
        return active_run(self.store_root)

    def send(self, command: CommandName, args: dict[str, JsonValue], pressed_s: float) -> Reply:
        """Send a command to the recorder; raises RecorderError where none answers."""
        active = self.active()
        if active is None:
            raise RecorderError(f"{command.value}: nothing is being recorded on this store")
        if not active.controllable:
            raise RecorderError(
                "the recorder is of another version of femo: it can only be watched from here"
            )
        recorder = RecorderClient(active.socket_path, self.operator, self._console)
        reply = recorder.send(command, args, pressed_s=pressed_s)
        if command not in NEEDS_NO_CONTROLS or command is CommandName.TAKE_OVER:
            self.steered = self.steered or reply.ok
        return reply

    def held_elsewhere(self, run: RunSnapshot) -> Controls | None:
        """Return who steers a run from another console that is still there."""
        held = run.controls
        elsewhere = held is not None and held.console != self._console
        return held if elsewhere and held and console_is_there(held.console) else None

    def picture(self) -> Thumbnail | None:
        """Look at the camera of the running recording; nothing of it is kept.

        Raises:
            RecorderError: nothing is recorded, or it has no camera; the text says why.
        """
        active = self.active()
        if active is None:
            raise RecorderError("nothing is being recorded, so there is no picture")
        return RecorderClient(active.socket_path, self.operator).picture()

    def preflight(self, request: RecordRequest) -> PreflightClient:
        return PreflightClient(request)

    def start(self, request: RecordRequest) -> Path:
        """Start a recorder that outlives the console; return its run folder."""
        from femo_tui.recorder.launch import start_detached

        return start_detached(request)
