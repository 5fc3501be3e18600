"""What answers lead to: some end the run, some pause it so that the operator can talk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from femo_tui.model.protocol import Step


@dataclass(frozen=True, slots=True)
class Consequence:
    """Whether the run ends or pauses, and the answer that is why."""

    ends: bool
    reason: str


class Screening:
    """Looks at each answer once, and again where it is changed.

    So a run that goes on after a pause is not paused for the same answer again.
    """

    def __init__(self, *, attended: bool) -> None:
        self._attended = attended
        self._seen: set[tuple[str, int, str, int]] = set()

    def look(self, step: Step, attempt: int, answers: Mapping[str, int]) -> Consequence | None:
        """Return what follows from the answers that are new, None if nothing does."""
        found: list[Consequence] = []
        for scale in step.scales:
            value = answers.get(scale.name)
            if value is None or (step.name, attempt, scale.name, value) in self._seen:
                continue
            self._seen.add((step.name, attempt, scale.name, value))
            said = f"{step.name}: {scale.name} was answered {value}"
            if value in scale.stop_at:
                found.append(Consequence(True, said))
            elif value in scale.pause_at and self._attended:
                found.append(Consequence(False, f"{said}, talk to the participant"))
            elif value in scale.pause_at:
                found.append(Consequence(True, f"{said}, and with --auto nobody is there to talk"))
        return max(found, key=lambda consequence: consequence.ends, default=None)
