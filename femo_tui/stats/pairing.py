"""Puts participants' values into pairs for a comparison: one pair a participant, or one a register.

One pair a register (one GSR sample) is what the study of 2018 did. Samples of one person are no
independent observations, so it is pseudo-replication and is called so wherever it is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from femo_tui.model.conditions import NEUTRAL, Condition
from femo_tui.model.contrasts import Contrast
from femo_tui.model.left_out import LeftOut
from femo_tui.model.study import Baseline, Measure
from femo_tui.stats.comparisons import Pair
from femo_tui.stats.figures import RunFigures, WindowFigures
from femo_tui.stats.measures import (
    AgainstBaseline,
    ClassValue,
    against_baselines,
    class_of,
    percent_of,
    value_of,
)
from femo_tui.stats.selection import Counted

Registers = Callable[[RunFigures, WindowFigures], Sequence[float]]
"""Returns the valid samples of a window, in µS, in order of time."""


@dataclass(slots=True)
class Pairing:
    """Pairs of one study, measure and baseline; what has no baseline is named in `left_out`."""

    counted: Sequence[Counted]
    measure: Measure
    baseline: Baseline
    registers: Registers | None = None  # given: one pair a register
    left_out: list[LeftOut] = field(default_factory=list)
    _held: dict[tuple[str, Condition], list[AgainstBaseline]] = field(default_factory=dict)
    _values: dict[tuple[str, Condition, bool], ClassValue | None] = field(default_factory=dict)

    def is_reference(self, condition: Condition) -> bool:
        """Return whether a class is what others are held against, so that its change is 0."""
        return condition.emotion == NEUTRAL and self.baseline is not Baseline.BASELINE_STEP

    def value(
        self, person: Counted, condition: Condition, *, equal: bool = False
    ) -> ClassValue | None:
        """Return what a participant has in a class, None without a window that counts."""
        key = person.participant, condition, equal
        if key not in self._values:
            held = self._of(person, condition)
            self._values[key] = value_of(held, person.run.calibration(), equal=equal)
        return self._values[key]

    def neutral_us(self, person: Counted, condition: Condition) -> float | None:
        """Return the mean over a participant's windows of a neutral class."""
        found = [w.mean_us for w in person.windows if class_of(w) == condition]
        levels = [level for level in found if level is not None]
        return sum(levels) / len(levels) if levels else None

    def pairs(self, contrast: Contrast) -> list[Pair]:
        """Return the pairs of a comparison, by participant."""
        found: list[Pair] = []
        for person in self.counted:
            if self.registers is None:
                pair = self._pair(person, contrast)
                found += [] if pair is None else [pair]
            else:
                found += self._register_pairs(person, contrast, self.registers)
        return found

    def equal_s(self, contrast: Contrast) -> float | None:
        """Return what windows are cut to where acted meets spontaneous, None otherwise."""
        if not _is_cut(contrast):
            return None
        lengths = {
            window.equal_s
            for person in self.counted
            for window in person.windows
            if class_of(window) == contrast.second and window.equal_s is not None
        }
        return min(lengths, default=None)

    def _of(self, person: Counted, condition: Condition) -> list[AgainstBaseline]:
        key = person.participant, condition
        if key not in self._held:
            self._held[key] = against_baselines(person, condition, self.baseline, self.left_out)
        return self._held[key]

    def _pair(self, person: Counted, contrast: Contrast) -> Pair | None:
        equal = _is_cut(contrast)
        second = self.value(person, contrast.second, equal=equal)
        if second is None:
            return None
        one_sided = self._is_one_sided(second)
        if self.is_reference(contrast.first):
            in_us = self.measure is Measure.US
            first = second.baseline_us if in_us else 0.0
            doubt = None if self.measure is not Measure.PERCENT else second.percent_uncertainty
            return Pair(
                person.participant,
                first,
                second.of(self.measure),
                0.0,
                second.log_ratio,
                doubt,
                one_sided,
            )
        other = self.value(person, contrast.first, equal=equal)
        if other is None:
            return None
        return Pair(
            person.participant,
            other.of(self.measure),
            second.of(self.measure),
            other.log_ratio,
            second.log_ratio,
            _both(second, other) if self.measure is Measure.PERCENT else None,
            one_sided or self._is_one_sided(other),
        )

    def _register_pairs(
        self, person: Counted, contrast: Contrast, registers: Registers
    ) -> list[Pair]:
        """Return a pair for each sample; two classes meet sample by sample, as far as both go."""
        second = self._registers_of(person, contrast.second, registers)
        if self.is_reference(contrast.first):
            first = [(baseline_us, baseline_us) for _, baseline_us in second]
        else:
            first = self._registers_of(person, contrast.first, registers)
        return [
            Pair(
                person.participant,
                _measured(self.measure, *one),
                _measured(self.measure, *other),
                _measured(Measure.LOG_RATIO, *one),
                _measured(Measure.LOG_RATIO, *other),
                None,
                False,
            )
            for one, other in zip(first, second, strict=False)
        ]

    def _registers_of(
        self, person: Counted, condition: Condition, registers: Registers
    ) -> list[tuple[float, float]]:
        """Return (µS, baseline) of every sample of a class."""
        return [
            (level_us, held.baseline_us)
            for held in self._of(person, condition)
            for level_us in registers(person.run, held.window)
            if level_us > 0
        ]

    def _is_one_sided(self, value: ClassValue) -> bool:
        return self.baseline is Baseline.NEUTRALS_AROUND and value.neutrals < 2


def _is_cut(contrast: Contrast) -> bool:
    """Return whether windows have to be cut to equal length: acted ones are shorter than films."""
    return (
        contrast.first.elicitation is not contrast.second.elicitation
        and contrast.first.emotion == contrast.second.emotion
    )


def _both(second: ClassValue, other: ClassValue) -> float | None:
    """Return the most that both doubts together can make, None if one is not known."""
    if second.percent_uncertainty is None or other.percent_uncertainty is None:
        return None
    return second.percent_uncertainty + other.percent_uncertainty


def _measured(measure: Measure, level_us: float, baseline_us: float) -> float:
    match measure:
        case Measure.PERCENT:
            return percent_of(level_us, baseline_us)
        case Measure.LOG_RATIO:
            return math.log(level_us / baseline_us)
        case Measure.US:
            return level_us
