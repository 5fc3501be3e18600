"""The console's one way to the store and the recorder.

Heavy modules (SQLAlchemy behind the catalog) are imported at the first call that needs them, after
the first paint.
"""

from __future__ import annotations

import shutil
import socket
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import ProtocolError, RecorderError
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.participants import Participant
from femo_tui.model.progress import Report
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import NEEDS_NO_CONTROLS, CommandName, RunData
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
from femo_tui.ui.blocking.catalog_reader import CatalogReader
from femo_tui.ui.blocking.child import Acting
from femo_tui.ui.blocking.plans import PlannedRun, plan_run
from femo_tui.ui.blocking.run_watch import RunWatch

if TYPE_CHECKING:
    from femo_tui.store.catalog import ConsentEntry, Reindexed


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
        self.catalog = CatalogReader(store_root, self.runs, self.now)

    @property
    def acting(self) -> Acting:
        """Return on which store this operator has something done in a process of its own."""
        return Acting(self.store_root, self.operator)

    @property
    def is_demonstration(self) -> bool:
        """Return whether the store is one of `femo demo`, as last seen."""
        seen = self.catalog.seen
        return seen is not None and seen.study.title == DEMONSTRATION

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

    def reindex(self, report: Report) -> Reindexed:
        """Enter every run folder again, and sum up what results are made of."""
        from femo_tui.stats.figures_cache import make_figures
        from femo_tui.store.catalog import Catalog

        with Catalog.open(self.store_root) as catalog:
            done = catalog.reindex(report)
        make_figures(self.store_root, report)
        return done

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

    def choose_primary(self, run_dir: Path, reason: str) -> str:
        """Have a run count for its participant; return what was done, in words."""
        from femo_tui.store.choosing import choose_primary, counts_now

        instead = choose_primary(run_dir, self.operator, reason, self.clock)
        return counts_now(run_dir, instead)

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
        """Return what is being recorded on the store, its folder as this console writes it.

        The recorder may know the store by another path, through a link.
        """
        active = active_run(self.store_root)
        if active is None or active.run_dir is None:
            return active
        return replace(active, run_dir=self.store_root.joinpath(*active.run_dir.parts[-4:]))

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
