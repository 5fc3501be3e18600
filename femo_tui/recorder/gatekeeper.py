"""Holds the gate of one run: looks at the window that was just recorded, writes its verdict."""

from __future__ import annotations

from femo_tui.devices.base import DeviceInfo
from femo_tui.errors import IllegalCommand
from femo_tui.model.events import Facts, Verdict
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.run_state import ACCEPTED, AUTO
from femo_tui.recorder.counts import RunCounts
from femo_tui.recorder.gate import Criterion, GatedWindow, as_facts, judge, why_failed
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.stage import Stage

VERDICTS = ("accepted", "accepted_with_reason", "redo", "failed")


class Gatekeeper:
    """The window of `stage` is the one at the gate; a verdict takes it away."""

    def __init__(self, protocol: StudyProtocol, rig: Rig, stage: Stage, counts: RunCounts) -> None:
        self._protocol = protocol
        self._rig = rig
        self._stage = stage
        self._counts = counts

    @property
    def window(self) -> GatedWindow | None:
        """Return the closed window that has no verdict yet."""
        window = self._stage.window
        return None if window is None or window.end_s is None else window

    def look(self) -> str:
        """Return which criteria the window at the gate misses, empty if it meets all."""
        return why_failed(self._criteria())

    def criteria(self) -> Facts:
        """Return every criterion of the window at the gate: what it reached, what it needs."""
        return as_facts(self._criteria())

    def give(self, verdict: str, by: str, reason: str) -> None:
        """Write the verdict on the window at the gate.

        Raises:
            IllegalCommand: there is none such, or it needs a reason that is not given.
        """
        window = self.window
        if window is None:
            raise IllegalCommand("verdict: no window waits for one")
        self._check(verdict, by, reason)
        self._counts.windows_accepted += verdict in ACCEPTED
        self._counts.windows_failed += verdict == "failed"
        self._stage.log.event(
            Verdict(
                self._stage.run_s(self._stage.clock.now_s()),
                window.step,
                window.attempt,
                window.class_name,
                verdict,
                by,
                reason,
                self.criteria(),
            )
        )
        self._stage.window = None

    def _check(self, verdict: str, by: str, reason: str) -> None:
        if verdict not in VERDICTS:
            raise IllegalCommand(f"verdict {verdict!r} is unknown: use {', '.join(VERDICTS)}")
        missed = self.look()
        if verdict == "accepted" and missed and by != AUTO:
            raise IllegalCommand(
                f"the window misses {missed}: accept it with a reason, or redo the step"
            )
        if verdict == "accepted_with_reason" and not reason:
            raise IllegalCommand("accepting with a reason needs the reason")

    def _criteria(self) -> list[Criterion]:
        window = self.window
        assert window is not None
        gsr, camera = self._rig.gsr_info, self._rig.camera_info
        return judge(
            window,
            self._protocol.thresholds,
            self._protocol.film_length,
            gsr_rate_hz=None if gsr is None else gsr.rate_hz,
            camera_fps=None if camera is None else self._fps(camera),
        )

    def _fps(self, camera: DeviceInfo) -> float:
        """Return how many frames a second are to be looked at: fewer if the camera gives fewer."""
        wanted = self._protocol.camera_fps
        return wanted if camera.rate_hz is None else min(wanted, camera.rate_hz)
