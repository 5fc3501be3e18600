"""A simulated GSR sensor: skin with a level and responses, read through the Grove arithmetic."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from femo_tui.devices.base import DeviceInfo, DeviceUri, Inbox, Record
from femo_tui.devices.gsr_facts import sensor_facts
from femo_tui.errors import UsageError
from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.records import GsrSample
from femo_tui.signals.grove import GroveCalibration

RATE_HZ = 10.0
READS_HZ = 1000.0  # ADC reads a second behind the means that are sent
NOISE_COUNTS = 0.6  # of one read
ROUNDING_COUNTS = 1 / math.sqrt(12)
# A response is the difference of two exponentials (Bateman), as in Benedek & Kaernbach 2010.
RISE_S = 0.75
DECAY_S = 2.0
SETTLING_S = 6.0  # how fast the level follows a change of condition
DRIFT_S = 120.0  # how long the level's own wandering lasts
DRIFT_SHARE = 0.05
ACTED_SHARE = 0.4  # of a spontaneous emotion's effect
LEVEL_RANGE_US = (0.5, 40.0)

_PEAK_S = math.log(DECAY_S / RISE_S) * DECAY_S * RISE_S / (DECAY_S - RISE_S)
_PEAK = math.exp(-_PEAK_S / DECAY_S) - math.exp(-_PEAK_S / RISE_S)


@dataclass(frozen=True, slots=True)
class Arousal:
    """What an emotion does: the level against rest, and responses a minute."""

    level: float
    responses_per_min: float


REST = Arousal(1.0, 4.0)
# Ordered as the study expects them. At rest skin responds 1–3 times a minute, highly aroused 20 and
# more (Dawson, Schell & Filion, Handbook of Psychophysiology).
AROUSAL = {
    "neutral": REST,
    "happy": Arousal(1.15, 8.0),
    "stress": Arousal(1.3, 14.0),
    "boredom": Arousal(0.92, 2.0),
}


class SimGsr:
    """The skin of one person, who is made by the seed."""

    def __init__(self, uri: DeviceUri, calibration: GroveCalibration) -> None:
        self._uri = uri
        self._calibration = calibration
        self._rate_hz = uri.number("rate", RATE_HZ)
        self._effect = uri.number("effect", 1.0)
        if not 0 < self._rate_hz <= 1000:
            raise UsageError(f"device {uri.text}: rate is from just above 0 to 1000 Hz")
        self._inbox: Inbox | None = None
        self._now = REST

    def open(self) -> DeviceInfo:
        seed = self._uri.path or "0"
        self._chance = random.Random(f"femo gsr {seed}")
        gauss = self._chance.gauss
        self._rest_us = min(12.0, max(2.0, 5 * math.exp(gauss(0, 0.35))))
        self._responsiveness = math.exp(gauss(0, 0.25))
        self._level_us = self._rest_us
        self._drift = 0.0
        self._rising_us = self._falling_us = 0.0
        self._made = 0
        facts = sensor_facts(
            self._calibration, format="sim", unit="adc", seed=seed, effect=self._effect
        )
        return DeviceInfo(
            self._uri.text, f"simulated Grove GSR, seed {seed}", True, self._rate_hz, facts
        )

    def start(self, inbox: Inbox) -> None:
        self._start_s = inbox.clock.now_s()
        self._inbox = inbox
        inbox.attach(self)

    def cue(self, condition: Condition | None) -> None:
        """Live through `condition` from the next sample on; None is rest."""
        aroused = REST if condition is None else AROUSAL.get(condition.emotion, REST)
        share = self._effect * self._responsiveness
        if condition is not None and condition.elicitation is Elicitation.ACTED:
            share *= ACTED_SHARE
        rate = REST.responses_per_min
        self._now = Arousal(
            max(0.1, 1 + share * (aroused.level - 1)),
            max(0.0, rate + share * (aroused.responses_per_min - rate)),
        )

    def close(self) -> None:
        if self._inbox is not None:
            self._inbox.detach(self)
            self._inbox = None

    def next_due_s(self) -> float:
        return self._start_s + (self._made + 1) / self._rate_hz

    def produce(self) -> Sequence[Record]:
        """Make one sample, stamped with the time it was due."""
        due_s = self.next_due_s()
        reads = max(1, round(READS_HZ / self._rate_hz))
        spread = math.hypot(NOISE_COUNTS, ROUNDING_COUNTS) / math.sqrt(reads)
        mean = self._calibration.reading(self._live(1 / self._rate_hz))
        total = round((mean + self._chance.gauss(0, spread)) * reads)
        raw = min(max(total, 0), reads * (self._calibration.steps - 1)) / reads
        device_s = (self._made + 1) / self._rate_hz
        sample = GsrSample(due_s, raw, *self._calibration.judge(raw), device_s, self._made)
        self._made += 1
        return (sample,)

    def _live(self, for_s: float) -> float:
        """Let `for_s` seconds pass and return the skin's conductance in µS."""
        chance = self._chance
        if chance.random() < self._now.responses_per_min / 60 * for_s:
            height_us = 0.25 * self._responsiveness * math.exp(chance.gauss(0, 0.5)) / _PEAK
            self._rising_us += height_us
            self._falling_us += height_us
        self._rising_us *= math.exp(-for_s / RISE_S)
        self._falling_us *= math.exp(-for_s / DECAY_S)
        self._drift *= 1 - for_s / DRIFT_S
        self._drift += chance.gauss(0, DRIFT_SHARE * math.sqrt(2 * for_s / DRIFT_S))
        goal_us = self._rest_us * self._now.level
        self._level_us += (goal_us - self._level_us) * min(1.0, for_s / SETTLING_S)
        low_us, high_us = LEVEL_RANGE_US
        tonic_us = min(max(self._level_us * (1 + self._drift), low_us), high_us)
        return tonic_us + self._falling_us - self._rising_us
