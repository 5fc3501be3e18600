"""The figures of a run, as `run_stop` and `femo record --json` give them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from femo_tui.model.events import Facts


@dataclass(slots=True)
class RunCounts:
    """What was recorded, lost and accepted since run start."""

    gsr_samples: int = 0
    gsr_lost: int = 0
    gsr_rejected_lines: int = 0
    frames: int = 0
    frames_with_face: int = 0
    frames_dropped: int = 0
    windows_accepted: int = 0
    windows_failed: int = 0

    def facts(self) -> Facts:
        return dict(asdict(self))
