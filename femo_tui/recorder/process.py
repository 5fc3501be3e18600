"""One run from request to seal: consent, locks, devices, folder, engine, catalog."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from femo_tui.errors import RecorderBusy, StoreError
from femo_tui.model.clock import Clock, HostClock, VirtualClock
from femo_tui.model.events import Facts, RunStop
from femo_tui.model.run_state import CommandName, RunData
from femo_tui.recorder.assemble import make_rig
from femo_tui.recorder.client import active_run, describe, socket_path, store_lock_path
from femo_tui.recorder.control import ControlSocket
from femo_tui.recorder.device_locks import DeviceLocks
from femo_tui.recorder.engine import RunEngine
from femo_tui.recorder.exposures import Exposures
from femo_tui.recorder.gate import load_what_judges
from femo_tui.recorder.inbox import Asked, EngineInbox, HostInbox, VirtualInbox
from femo_tui.recorder.log import log, logging_to
from femo_tui.recorder.opening import open_lost_run, open_new_run
from femo_tui.recorder.peephole import Peephole
from femo_tui.recorder.plan import Plan, make_plan
from femo_tui.recorder.priority import raise_priority
from femo_tui.recorder.rehearsal import Rehearsal
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.rig import Rig, consented_uris, no_picture
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.thread_watch import threads_watched
from femo_tui.recorder.wall_clock import iso
from femo_tui.recorder.wire import WIRE_VERSION, Command
from femo_tui.store.disposal import discard
from femo_tui.store.files import make_folder
from femo_tui.store.films_shown import showings_to
from femo_tui.store.lock import HeldLock
from femo_tui.store.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended, for whoever asked for it."""

    run_dir: Path
    stop: RunStop
    simulated: bool

    def facts(self) -> Facts:
        """Return the object that `femo record --json` ends with."""
        return {
            "run_dir": str(self.run_dir),
            "status": self.stop.status.value,
            "reason": self.stop.reason,
            "duration_s": round(self.stop.t_s, 3),
            **self.stop.counts,
            "simulated": self.simulated,
        }


def record(
    request: RecordRequest,
    *,
    clock: Clock | None = None,
    started: Callable[[Path], None] = lambda _: None,
) -> RunResult:
    """Record one run, or go on with the lost run that the request names, and return how it ended.

    On a VirtualClock it runs as fast as the machine does, with simulated devices only. `started`
    is called with the run folder once recording has begun; before that, nothing is left behind if
    anything is wrong.

    Raises:
        FemoError: the run could not be started; each kind says what to do.
    """
    clock = clock or HostClock()
    plan = make_plan(request)
    participant, protocol, films = plan.participant, plan.protocol, plan.films
    gsr, camera = consented_uris(participant, request.gsr, request.camera)
    uris = {"gsr": gsr, "camera": camera, "player": request.player}
    rehearsal = Rehearsal(request, uris, clock)
    clock = rehearsal.clock
    holder: Facts = {
        "what": f"the recording of {participant.code}",
        "participant": participant.code,
        "protocol": protocol.name,
        "operator": request.operator,
        "since_utc": iso(clock.utc()),
        "socket": str(socket_path(request.store_root)),
        "wire_version": WIRE_VERSION,
        "pid": os.getpid(),
    }
    with ExitStack() as at_end:
        store_lock = _take_store(request.store_root, holder)
        at_end.callback(store_lock.release)
        device_locks = DeviceLocks()
        at_end.callback(device_locks.release)
        device_locks.take(list(uris.values()), holder)
        inbox: EngineInbox = VirtualInbox(clock) if isinstance(clock, VirtualClock) else HostInbox()
        rig = make_rig(protocol, **uris, clock=clock, store_root=request.store_root)
        rehearsal.spoil(rig, protocol)
        at_end.callback(rig.close)
        rig.open()
        peephole = Peephole(rig.camera, no_picture(participant, rig))
        control = ControlSocket(socket_path(request.store_root), inbox, peephole)
        at_end.callback(control.close)
        is_simulated = "player" in rig.simulated()
        exposures = partial(_exposures, request, plan, simulated=is_simulated)
        if request.resume is None:
            writer_class = rehearsal.writer_class
            opened = open_new_run(request, plan, rig, holder, clock, writer_class)
        else:
            shown = exposures(request.resume)
            opened = open_lost_run(request.resume, request, plan, rig, holder, clock, shown)
        at_end.callback(opened.writer.close)
        shown = exposures(opened.run_dir)
        for note in shown.seen_before() if request.resume is None else ():
            opened.writer.event(note)
        store_lock.note({**holder, "run_dir": str(opened.run_dir)})
        stage = Stage(
            clock=clock,
            origin_s=opened.origin_s,
            log=opened.writer,
            player=rig.player,
            language=request.language,
            media=films.paths,
            film_frame_s=films.frame_s,
            player_simulated=is_simulated,
            exposures=shown,
            film_speed=_film_speed(rig),
        )
        engine = RunEngine(protocol, rig, inbox, stage, opened, auto=request.auto)
        with (
            logging_to(opened.run_dir),
            _signals_stop(inbox, request.operator),
            threads_watched(inbox),
        ):
            log.info("recording with %s", ", ".join(_models(rig)))
            rehearsal.begin(opened.origin_s, inbox, opened.writer)
            load_what_judges()
            rig.start(inbox)
            if isinstance(clock, HostClock):  # once the devices' threads are there
                log.info("priority: %s", raise_priority())
            started(opened.run_dir)
            stop = engine.run()
            rig.close()
            log.info("%s after %.1f s: %s", stop.status.value, stop.t_s, stop.reason)
        if engine.interrupted:
            opened.writer.close()
        elif stop.data is RunData.DISCARDED:
            opened.writer.close()
            _discard(opened.run_dir, request.operator, stop)
        else:
            opened.writer.seal()
        _index(request.store_root, opened.run_dir, discarded=stop.data is RunData.DISCARDED)
    return RunResult(opened.run_dir, stop, bool(opened.start.simulated))


def _take_store(root: Path, holder: Facts) -> HeldLock:
    make_folder(root)
    path = store_lock_path(root)
    try:
        return HeldLock.acquire(path, holder)
    except StoreError:
        active = active_run(root)
        if active is None:
            raise
        raise RecorderBusy(
            f"{describe(active)} on this store: wait, or end that run with `femo stop`"
        ) from None


def _film_speed(rig: Rig) -> float:
    """Return how much faster than time the player shows films: 1 but for rehearsals and tests."""
    speed = rig.player_info.facts.get("speed") if rig.player_info is not None else None
    return float(speed) if isinstance(speed, int | float) else 1.0


def _models(rig: Rig) -> list[str]:
    infos = (rig.gsr_info, rig.camera_info, rig.player_info)
    return [info.model for info in infos if info is not None]


def _exposures(request: RecordRequest, plan: Plan, run_dir: Path, *, simulated: bool) -> Exposures:
    """Return what the participant has been shown; simulated screens count among themselves."""
    shown = [*plan.shown_elsewhere, *showings_to(request.store_root, plan.participant.code)]
    ours = [showing for showing in shown if showing.simulated is simulated]
    return Exposures(run_dir, plan.protocol.steps, ours, plan.films.sha256_of)


def _discard(run_dir: Path, operator: str, stop: RunStop) -> None:
    """Leave a tombstone of a run that was broken off so that nothing of it is kept."""
    snapshot = RunReader(run_dir).poll()
    asked = [marker.operator for marker in snapshot.markers if marker.command == CommandName.ABORT]
    who = asked[-1] if asked else operator
    discard(run_dir, who, stop.reason, stop.utc, snapshot=snapshot)


def _index(root: Path, run_dir: Path, *, discarded: bool) -> None:
    """Enter the run into the catalog; where that cannot take it now, the run waits."""
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.waiting import let_wait

    try:
        with Catalog.open(root) as catalog:
            catalog.index_run(run_dir)
            if discarded:
                catalog.leave_no_trace()
    except StoreError as problem:
        let_wait(root, run_dir)
        print(
            f"femo: the run is whole but not in the catalog yet ({problem}); it is entered when"
            " femo opens the catalog next",
            file=sys.stderr,
        )


@contextmanager
def _signals_stop(inbox: EngineInbox, operator: str) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the run in order, and a closed terminal change nothing."""

    def stop(number: int, _frame: FrameType | None) -> None:
        command = Command(0, CommandName.STOP, operator, {"text": signal.Signals(number).name})
        inbox.put(Asked(command, lambda _reply: None))

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, stop),
        signal.SIGINT: signal.signal(signal.SIGINT, stop),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
