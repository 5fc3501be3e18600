"""The participant's screen as a run needs it: opened again if it was lost, black if it hangs."""

from __future__ import annotations

from femo_tui.devices.base import Inbox
from femo_tui.errors import DeviceError
from femo_tui.model.protocol import OnFailure, Step
from femo_tui.model.records import DeviceEvent, Stream
from femo_tui.recorder.rig import Rig

PLAYER_DIED = "player_died"
# How a step ends where its screen or its film failed, in words for the operator.
FAILURES = {
    PLAYER_DIED: "the player died",
    "film_not_started": "the film did not start",
    "film_failed": "the film cannot be played",
    "film_stalled": "the film stood still",
}


def policy_of(step: Step, *, attended: bool) -> OnFailure:
    """Return what follows a failure in a step; where nobody can look, the step is skipped."""
    waits = step.on_failure is OnFailure.PAUSE
    return OnFailure.SKIP if waits and not attended else step.on_failure


class Screen:
    """The player of a rig; while `problem` says something, the participant sees nothing of ours."""

    def __init__(self, rig: Rig, inbox: Inbox) -> None:
        self._rig = rig
        self._inbox = inbox
        self._silent = False
        self.problem = ""

    def heed(self, event: DeviceEvent) -> None:
        """Take in what the player says of itself."""
        if event.stream is Stream.PLAYER and event.name in ("player_silent", "player_answers"):
            self._silent = event.name == "player_silent"

    def revive(self) -> bool:
        """Open the screen again; return whether there is one."""
        self._rig.player.close()
        self._silent = False
        try:
            self._rig.player.open()
        except DeviceError as problem:
            self.problem = f"the participant's screen is gone: {problem}"
            return False
        self._rig.player.start(self._inbox)
        self.problem = ""
        return True

    def is_there(self) -> bool:
        """Return whether something can be shown, after another try where nothing could."""
        return not self.problem or self.revive()

    def black(self) -> None:
        """Show black at once; a player that does not answer is ended."""
        self._rig.player.blank()
        if self._silent:
            self._rig.player.close()
