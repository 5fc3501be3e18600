"""Makes the rig of a run from device URIs: on the host's clock, or on a virtual one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from femo_tui.devices.base import Player
from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock, VirtualClock
from femo_tui.model.protocol import StepKind, StudyProtocol
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.rig import FaceCamera, Rig
from femo_tui.signals.grove import GroveCalibration


def make_rig(
    protocol: StudyProtocol, gsr: str, camera: str, player: str, clock: Clock, store_root: Path
) -> Rig:
    """Return the devices, not yet opened; the GSR sensor as it was last calibrated in the store.

    On a VirtualClock only simulated devices make sense: the camera then runs in this process.

    Raises:
        UsageError: a URI is not understood, or the protocol needs a device that is `none`.
    """
    from femo_tui.devices.gsr import make_gsr
    from femo_tui.devices.player import make_player

    screen = make_player(player)
    if screen is None:
        screen = _without_screen(protocol)
    return Rig(
        gsr=make_gsr(gsr, measured=partial(measured_of, store_root)),
        camera=_make_face_camera(camera, protocol, clock),
        player=screen,
    )


def measured_of(store_root: Path, sensor: str, rate_hz: float) -> GroveCalibration | None:
    """Return the newest calibration of a sensor, for a line rate; None if there is none.

    Raises:
        MalformedRecord: it is there and cannot be read.
    """
    from femo_tui.store.calibration import load_calibration

    kept = load_calibration(store_root, sensor)
    return None if kept is None else GroveCalibration.from_facts(kept.grove).at_rate(rate_hz)


def _without_screen(protocol: StudyProtocol) -> Player:
    from femo_tui.devices.player_none import NoPlayer

    if any(step.kind is StepKind.CLIP for step in protocol.steps):
        raise UsageError(
            f"protocol {protocol.name} shows films, so it needs a player: use mpv, or sim"
        )
    return NoPlayer()


def _make_face_camera(uri: str, protocol: StudyProtocol, clock: Clock) -> FaceCamera | None:
    if uri == "none":
        return None
    if isinstance(clock, VirtualClock):
        from femo_tui.recorder.camera_virtual import PacedCamera

        return PacedCamera(uri, protocol.camera_fps, clock, keep_frames=protocol.keep_frames)
    from femo_tui.recorder.camera_link import CameraLink

    return CameraLink(uri, protocol.camera_fps, keep_frames=protocol.keep_frames)


def load_plan(request: RecordRequest) -> StudyProtocol:
    """Return the protocol that is asked for.

    Raises:
        UsageError: there is none of that name, or it has mistakes.
    """
    from femo_tui.store.library import load_protocol

    return load_protocol(request.protocol, request.store_root)


def films_beside(request: RecordRequest) -> Path:
    """Return the folder of the protocol's file, where its films may lie, too."""
    from femo_tui.store.library import find_protocol

    return find_protocol(request.protocol, request.store_root).parent
