"""Where a run has no conductance: gaps, stretches that are not valid, what stays in the lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from femo_tui.report import words

if TYPE_CHECKING:
    from femo_tui.stats.recording import Samples

GAP, NOT_WORN, OUT_OF_RANGE, KEPT = "gap", "not worn", "out of range", "kept in the lab"
FIRST_LINE_S = 1.0  # within this of run start a sensor speaks for the first time; later is a gap


@dataclass(frozen=True, slots=True)
class Missing:
    """A span without conductance."""

    begin_s: float
    end_s: float
    kind: str

    @property
    def length_s(self) -> float:
        return self.end_s - self.begin_s

    @property
    def middle_s(self) -> float:
        return (self.begin_s + self.end_s) / 2


def missing_in(
    samples: Samples, end_s: float, rate_hz: float | None, cut: Sequence[tuple[float, float]]
) -> tuple[Missing, ...]:
    """Return every gap, every stretch that is not valid and every cut, by time.

    Args:
        samples: of the run, without those that were cut out; at least one.
        end_s: where the run ends; what is missing before it, or at its begin, is a gap.
        rate_hz: what the sensor promised. What a gap is, the rules of signals.quality say.
        cut: spans that stay in the lab.
    """
    import numpy as np

    from femo_tui.model.records import SampleFlag
    from femo_tui.signals.quality import assess_gsr

    t_s = samples.t_s
    begin_s = 0.0 if t_s[0] > FIRST_LINE_S else float(t_s[0])
    end_s = max(end_s, float(t_s[-1]) + 1e-6)
    flags = np.where(samples.valid, SampleFlag.OK, SampleFlag.OUT_OF_RANGE)
    whole = assess_gsr(t_s, samples.gsr_us, flags, begin_s, end_s, rate_hz)
    cuts = [Missing(a, min(b, end_s), KEPT) for a, b in cut if a < end_s]
    found = [Missing(at, at + length, GAP) for at, length in whole.gaps]
    # the hole that a cut leaves is no gap of the sensor
    found = [g for g in found if not any(c.begin_s < g.end_s and c.end_s > g.begin_s for c in cuts)]
    kinds = np.where(samples.valid, 0, np.where(np.isnan(samples.gsr_us), 1, 2))
    edges = (np.flatnonzero(np.diff(kinds)) + 1).tolist()
    for first, behind in zip([0, *edges], [*edges, len(kinds)], strict=True):
        if kinds[first]:
            until = float(t_s[behind]) if behind < len(t_s) else float(t_s[-1])
            kind = NOT_WORN if kinds[first] == 1 else OUT_OF_RANGE
            found.append(Missing(float(t_s[first]), until, kind))
    return tuple(sorted([*found, *cuts], key=lambda one: one.begin_s))


def summary(missing: Sequence[Missing]) -> str:
    """Return in a sentence where there is no conductance."""
    said = []
    for kind in (GAP, NOT_WORN, OUT_OF_RANGE, KEPT):
        those = [one for one in missing if one.kind == kind]
        if those:
            longest = max(one.length_s for one in those)
            which = words.plural(len(those), "gap") if kind == GAP else f"{len(those)} × {kind}"
            said.append(f"{which}, the longest {longest:.1f} s")
    return f"{'; '.join(said)}." if said else "No gap, and every sample is valid."
