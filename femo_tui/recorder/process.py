"""One run from request to seal: consent, locks, devices, folder, engine, catalog."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from femo_tui import __version__
from femo_tui.errors import RecorderBusy, StoreError
from femo_tui.model.clock import Clock, HostClock, VirtualClock
from femo_tui.model.events import FORMAT_VERSION, Facts, RunStart, RunStop, StateChange
from femo_tui.model.participants import Participant
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.run_state import CommandName, RunState
from femo_tui.model.study import Study
from femo_tui.recorder.assemble import load_plan, make_rig
from femo_tui.recorder.client import active_run, describe, socket_path, store_lock_path
from femo_tui.recorder.control import ControlSocket
from femo_tui.recorder.device_locks import DeviceLocks
from femo_tui.recorder.engine import RunEngine
from femo_tui.recorder.inbox import Asked, EngineInbox, HostInbox, VirtualInbox
from femo_tui.recorder.log import log, logging_to
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.rig import Rig, consented_uris
from femo_tui.recorder.room import check_room
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.wall_clock import iso
from femo_tui.recorder.wire import WIRE_VERSION, Command
from femo_tui.store.files import make_folder
from femo_tui.store.layout import open_session_and_run
from femo_tui.store.lock import HeldLock
from femo_tui.store.run_writer import RunWriter, write_recorder_json


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
    """Record one run and return how it ended.

    On a VirtualClock it runs as fast as the machine does, with simulated devices only. `started`
    is called with the run folder once recording has begun; before that, nothing is left behind if
    anything is wrong.

    Raises:
        FemoError: the run could not be started; each kind says what to do.
    """
    clock = clock or HostClock()
    participant, study = _look_up(request)
    gsr, camera = consented_uris(participant, request.gsr, request.camera)
    protocol, media = _plan(request)
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
        device_locks.take([gsr, camera, request.player], holder)
        inbox: EngineInbox = VirtualInbox(clock) if isinstance(clock, VirtualClock) else HostInbox()
        rig = make_rig(protocol, gsr, camera, request.player, clock)
        at_end.callback(rig.close)
        rig.open()
        control = ControlSocket(socket_path(request.store_root), inbox)
        at_end.callback(control.close)
        session, run_dir = open_session_and_run(request.store_root, participant.code, clock.utc())
        start = _run_start(request, participant, study, protocol, rig, session, run_dir, clock)
        writer = _begin_run(run_dir, start, holder)
        at_end.callback(writer.close)
        store_lock.note({**holder, "run_dir": str(run_dir)})
        stage = Stage(
            clock=clock,
            origin_s=start.boot_s,
            log=writer,
            player=rig.player,
            language=request.language,
            media=media,
            player_simulated="player" in start.simulated,
        )
        engine = RunEngine(protocol, rig, writer, inbox, stage, auto=request.auto)
        with logging_to(run_dir), _signals_stop(inbox, request.operator):
            log.info("recording with %s", ", ".join(_models(rig)))
            rig.start(inbox)
            started(run_dir)
            stop = engine.run()
            rig.close()
            log.info("%s after %.1f s: %s", stop.status.value, stop.t_s, stop.reason)
        writer.seal()
        _index(request.store_root, run_dir)
    return RunResult(run_dir, stop, bool(start.simulated))


def _look_up(request: RecordRequest) -> tuple[Participant, Study]:
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study

    with Catalog.open(request.store_root) as catalog:
        participant = catalog.participant(request.participant)
    return participant, load_study(request.store_root)


def _plan(request: RecordRequest) -> tuple[StudyProtocol, dict[str, Path]]:
    protocol, media = load_plan(request)
    check_room(protocol, request.store_root)
    return protocol, media


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


def _run_start(
    request: RecordRequest,
    participant: Participant,
    study: Study,
    protocol: StudyProtocol,
    rig: Rig,
    session: str,
    run_dir: Path,
    clock: Clock,
) -> RunStart:
    return RunStart(
        t_s=0.0,
        format=FORMAT_VERSION,
        run=run_dir.name,
        session=session,
        participant=participant.code,
        age=participant.age,
        sex=None if participant.sex is None else participant.sex.value,
        consent={
            "scopes": sorted(scope.value for scope in participant.consent.scopes),
            "form_version": participant.consent.form_version,
            "given_utc": participant.consent.given_utc,
        },
        operator=request.operator,
        utc=iso(clock.utc()),
        boot_id=_boot_id(),
        boot_s=clock.now_s(),
        study={"title": study.title, "sha256": study.sha256},
        protocol=protocol.facts(),
        language=request.language,
        devices=rig.facts(),
        environment=request.environment,
        versions=_versions(),
        simulated=rig.simulated(),
        auto=request.auto,
    )


def _models(rig: Rig) -> list[str]:
    infos = (rig.gsr_info, rig.camera_info, rig.player_info)
    return [info.model for info in infos if info is not None]


def _begin_run(run_dir: Path, start: RunStart, holder: Facts) -> RunWriter:
    """Write the first lines of a run; a folder that cannot be begun is taken away again."""
    try:
        writer = RunWriter(run_dir, start.boot_s, holder)
        writer.event(start)
        writer.event(StateChange(0.0, RunState.ARMING))
        write_recorder_json(run_dir, {**holder, "femo": __version__})
    except StoreError:
        shutil.rmtree(run_dir, ignore_errors=True)
        with suppress(OSError):  # the session has other runs
            run_dir.parent.rmdir()
        raise
    return writer


def _index(root: Path, run_dir: Path) -> None:
    """Enter the run into the catalog; a catalog that cannot take it loses nothing."""
    from femo_tui.store.catalog import Catalog

    try:
        with Catalog.open(root) as catalog:
            catalog.index_run(run_dir)
    except StoreError as problem:
        print(
            f"femo: the run is whole but not in the catalog ({problem}); run `femo reindex` later",
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


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"


def _versions() -> Facts:
    return {
        "femo": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
