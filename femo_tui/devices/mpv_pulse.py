"""Notices when mpv stops answering, and ends one that does not come back."""

from __future__ import annotations

from femo_tui.devices import player_trouble
from femo_tui.devices.mpv_ipc import MpvIpc
from femo_tui.model.records import DeviceEvent

HEARTBEAT_S = 0.5
_WE_SLEPT_S = 0.5  # between two looks: it is this computer that stood still, not mpv


class Pulse:
    """Asks mpv something trifling twice a second."""

    def __init__(self, now_s: float) -> None:
        self._heard_s = self._asked_s = self._felt_s = now_s
        self._silent = False
        self.hung = False  # it was ended for its silence

    def feel(self, mpv: MpvIpc, now_s: float, *, heard: bool) -> list[DeviceEvent]:
        """Say so when mpv falls silent or answers again; to be called many times a second."""
        if heard or now_s - self._felt_s > _WE_SLEPT_S:
            self._heard_s = now_s
        self._felt_s = now_s
        if now_s - self._asked_s >= HEARTBEAT_S and not self._silent:
            self._asked_s = now_s
            mpv.send("get_property", "idle-active")
        if mpv.gone:
            return []
        if self._silent and heard:
            self._silent = False
            return [player_trouble.answers(now_s)]
        silence_s = now_s - self._heard_s
        if not self._silent and silence_s > player_trouble.SILENT_AFTER_S:
            self._silent = True
            return [player_trouble.silent(now_s)]
        if not self.hung and silence_s > player_trouble.HUNG_AFTER_S:
            self.hung = True
            mpv.kill()
        return []
