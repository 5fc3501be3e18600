"""The state of the run that is recorded: each change goes by the table and is written."""

from __future__ import annotations

from femo_tui.model.events import Facts, StateChange
from femo_tui.model.run_state import RunState, advance
from femo_tui.recorder.stage import Stage


class Standing:
    """Where a run stands."""

    def __init__(self, stage: Stage) -> None:
        self.state = RunState.ARMING
        self._stage = stage

    def become(self, state: RunState, reason: str = "", criteria: Facts | None = None) -> None:
        """Change the state; at the gate `criteria` says what the window reached.

        Raises:
            IllegalCommand: the table has no such transition.
        """
        self.state = advance(self.state, state)
        now_s = self._stage.clock.now_s()
        self._stage.log.event(StateChange(self._stage.run_s(now_s), state, reason, criteria or {}))

    def go_on(self) -> None:
        """Be running, if the run is not."""
        if self.state is not RunState.RUNNING:
            self.become(RunState.RUNNING)
