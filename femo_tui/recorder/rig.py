"""The three devices of a run, opened together, exclusively, and only as consent allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from femo_tui.devices.base import DeviceInfo, GsrSensor, Inbox, Player
from femo_tui.errors import ConsentError
from femo_tui.model.conditions import Condition
from femo_tui.model.events import Facts
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.time_slice import SHORTEST_S, set_time_slice


class FaceCamera(Protocol):
    """A camera with its detection: the process of its own, or the simulation at virtual time."""

    def open(self) -> DeviceInfo: ...

    def start(self, inbox: Inbox) -> None: ...

    def cue(self, condition: Condition | None) -> None: ...

    @property
    def thumbnail(self) -> Thumbnail | None: ...

    def set_thumbnail(self, on: bool) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Rig:
    """The devices of one run; None where one is not used."""

    gsr: GsrSensor | None
    camera: FaceCamera | None
    player: Player
    gsr_info: DeviceInfo | None = None
    camera_info: DeviceInfo | None = None
    player_info: DeviceInfo | None = None

    def open(self) -> None:
        """Open every device, or none: the first that fails closes the others and raises."""
        try:
            self.player_info = self.player.open()
            if self.gsr is not None:
                self.gsr_info = self.gsr.open()
            if self.camera is not None:
                self.camera_info = self.camera.open()
        except BaseException:
            self.close()
            raise

    def start(self, inbox: Inbox) -> None:
        """Let every device put its records into the inbox, from threads that wake at once."""
        set_time_slice(SHORTEST_S)
        self.player.start(inbox)
        if self.gsr is not None:
            self.gsr.start(inbox)
        if self.camera is not None:
            self.camera.start(inbox)

    def cue(self, condition: Condition | None) -> None:
        """Tell the simulated devices what the participant lives through."""
        for device in (self.gsr, self.camera, self.player):
            if device is not None:
                device.cue(condition)

    def close(self) -> None:
        """Release every device; closing twice is harmless."""
        closers: list[Callable[[], None]] = [self.player.close]
        closers += [device.close for device in (self.gsr, self.camera) if device is not None]
        for close in closers:
            close()

    def facts(self) -> Facts:
        """Return what `run_start` says of the devices."""
        infos = {"gsr": self.gsr_info, "camera": self.camera_info, "player": self.player_info}
        return {name: None if info is None else _facts(info) for name, info in infos.items()}

    def simulated(self) -> list[str]:
        """Name the devices whose data are not of this world."""
        infos = {"gsr": self.gsr_info, "camera": self.camera_info, "player": self.player_info}
        return [name for name, info in infos.items() if info is not None and info.simulated]


def _facts(info: DeviceInfo) -> Facts:
    return {
        "uri": info.uri,
        "model": info.model,
        "simulated": info.simulated,
        "rate_hz": info.rate_hz,
        "facts": info.facts,
    }


def consented_uris(participant: Participant, gsr: str, camera: str) -> tuple[str, str]:
    """Return the device URIs with `none` in place of what the participant did not consent to.

    Raises:
        ConsentError: nothing is left to record.
    """
    may_gsr = participant.allows(Scope.GSR) and gsr != "none"
    may_face = participant.allows(Scope.FACE) and camera != "none"
    if not may_gsr and not may_face:
        refused = [s.value for s in (Scope.GSR, Scope.FACE) if not participant.allows(s)]
        reason = (
            f"did not consent to {' or '.join(refused)}" if refused else "would have no device left"
        )
        if participant.consent.lapsed:
            reason = f"has no valid consent: {participant.refusal(Scope.GSR, Scope.FACE)}"
        raise ConsentError(
            f"participant {participant.code} {reason}, so there is nothing to record:"
            f" change the consent with `femo participant edit {participant.code}`,"
            " or name a device that consent covers"
        )
    return gsr if may_gsr else "none", camera if may_face else "none"


def no_picture(participant: Participant, rig: Rig) -> str:
    """Return why there is no camera to look at, empty if there is one."""
    if rig.camera is not None:
        return ""
    if not participant.allows(Scope.FACE):
        expired = participant.consent.lapsed and participant.refusal(Scope.FACE)
        why = f": {expired}" if expired else " did not consent to face"
        return f"participant {participant.code}{why}: there is no picture"
    return "this run uses no camera: there is no picture"
