"""The figures of a run that statistics are made of: each window summed up once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import ACCEPTED
from femo_tui.signals.grove import GroveCalibration

NEUTRAL_SPAN_S = 30.0  # of a neutral window, its last part is the baseline


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """One window of one attempt. Means are over samples with the flag ok; nothing is filled in."""

    step: str
    attempt: int
    class_name: str | None
    kind: str  # of the step
    onset_s: float
    end_s: float
    verdict: str  # as last decided
    verdict_reason: str
    primary: bool  # False: the film had been shown before
    samples: int
    valid: int
    not_worn: int
    mean_us: float | None
    median_us: float | None
    slope_us_per_min: float | None
    last_us: float | None  # mean of the last 30 s
    equal_us: float | None  # mean of the middle `equal_s`
    equal_s: float | None  # the shortest window of this emotion, acted or spontaneous
    responses: int | None  # begun in the window; None where none can be told
    response_us: float | None  # their mean amplitude
    clean_share: float  # of the time, by the rules of Kleckner et al. 2018

    @property
    def accepted(self) -> bool:
        return self.verdict in ACCEPTED


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run: what it is, what it was recorded with, and its windows in order of time."""

    run_dir: str  # relative to the store
    participant: str
    session: str
    run: str
    utc: str
    status: str  # of run_stop, else the run's state
    data: str  # keep, until_asked, discarded
    chosen: bool  # a person marked it as the participant's primary run
    age: int | None
    sex: str | None
    scopes: tuple[str, ...]  # consented to when it was recorded
    simulated: tuple[str, ...]
    protocol: str
    protocol_sha256: str
    sensor: str | None
    rate_hz: float | None  # as it was, samples a second
    calibration_facts: Facts | None
    environment: Facts
    versions: Facts
    responses: int | None  # of the whole run; None where none can be told
    response_least_us: float  # the threshold they were told by
    lost: int  # samples
    windows: tuple[WindowFigures, ...]

    @property
    def where(self) -> str:
        return f"{self.session}/{self.run}"

    def calibration(self) -> GroveCalibration | None:
        """Return the sensor's calibration, None if the run has none that can be read."""
        return calibration_from(self.calibration_facts)

    def to_json(self) -> Facts:
        return dataclasses.asdict(self)


def calibration_from(facts: Facts | None) -> GroveCalibration | None:
    """Return the calibration that a run carries, None where there is none that can be read."""
    try:
        return None if facts is None else GroveCalibration.from_facts(facts)
    except MalformedRecord:
        return None


def from_json(body: Facts) -> RunFigures:
    """Return the figures that `to_json` was called on.

    Raises:
        TypeError, KeyError: they are of another version.
    """
    values: dict[str, object] = dict(body)
    for name in ("scopes", "simulated"):
        values[name] = tuple(_listed(body[name]))
    values["windows"] = tuple(
        WindowFigures(**window) for window in _listed(body["windows"]) if isinstance(window, dict)
    )
    return RunFigures(**values)  # type: ignore[arg-type]


def _listed(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list | tuple) else []
