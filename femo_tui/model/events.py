"""The lines of `run.jsonl`: one frozen record per event, and their JSON form.

`t_s` is seconds since run start on the host's boot-time clock, rounded to the microsecond.
The JSON object of an event is its fields plus `"event"`, the name given in `EVENT_NAMES`.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from femo_tui.errors import MalformedRecord
from femo_tui.model.records import JsonValue, Severity, Stream
from femo_tui.model.run_state import RunData, RunState, RunStatus

Facts: TypeAlias = "dict[str, JsonValue]"
FORMAT_VERSION = 1
FILM_STARTED = "film_started"  # the device event (player) of a film's first frame on the screen


@dataclass(frozen=True, slots=True)
class RunStart:
    """First line of a run: everything that holds for the whole of it."""

    t_s: float
    format: int
    run: str  # run-01
    session: str  # 2026-11-22T101530
    participant: str
    age: int | None
    sex: str | None
    consent: Facts  # scopes, form_version, given_utc
    operator: str
    utc: str
    boot_id: str
    boot_s: float  # boot time of run start
    study: Facts  # title, sha256
    protocol: Facts  # name, title, sha256, steps: [{name, kind, class, duration_s, window, media}]
    language: str
    devices: Facts  # gsr, camera, player: {uri, model, simulated, rate_hz, facts} or null
    environment: Facts  # electrode_site, room_c, … ; what is missing was not recorded
    versions: Facts
    simulated: list[str]  # which of gsr, camera, player were simulated
    auto: bool

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return what had been consented to when it was recorded; none where it does not tell."""
        told = self.consent.get("scopes")
        return tuple(str(scope) for scope in told) if isinstance(told, list) else ()


@dataclass(frozen=True, slots=True)
class RunResume:
    """A lost run goes on: a new segment of the same time axis."""

    t_s: float
    utc: str
    boot_id: str
    boot_s: float
    operator: str
    gap_s: float
    uncertainty_s: float
    step: str
    devices: Facts = field(default_factory=dict)  # as in run_start, for this segment


@dataclass(frozen=True, slots=True)
class StepStart:
    t_s: float
    step: str
    attempt: int
    kind: str
    class_name: str | None
    media: str | None  # the film or drawing really shown
    sees: str  # what the participant sees, in a few words
    asks: list[str] = field(default_factory=list)  # the scales that are asked, in order
    exposure: int | None = None  # the how manieth time this participant is shown the film


@dataclass(frozen=True, slots=True)
class StepStop:
    t_s: float
    step: str
    attempt: int
    reason: str  # complete, skipped, redo, declined, not_asked, stopped, aborted, failed, …
    media_played_s: float | None = None
    media_declared_s: float | None = None


@dataclass(frozen=True, slots=True)
class WindowStart:
    """`t_s` is the window's onset; for a film, when its `media_s` was on screen."""

    t_s: float
    step: str
    attempt: int
    class_name: str | None
    media_s: float | None
    uncertainty_s: float
    media: str | None = None
    exposure: int | None = None  # as in step_start
    primary: bool = True  # False: the film had been shown before, other than by the run's plan


@dataclass(frozen=True, slots=True)
class WindowStop:
    """`t_s` is the window's end: samples with onset ≤ t_s < end are its data."""

    t_s: float
    step: str
    attempt: int
    class_name: str | None
    reason: str  # complete, or why it was cut: paused, skipped, redo, player_died, stopped, …


@dataclass(frozen=True, slots=True)
class Marker:
    """What a person did or noted; `pressed_s` is when the key went down, if known."""

    t_s: float
    text: str
    operator: str
    command: str | None = None
    args: Facts = field(default_factory=dict)
    pressed_s: float | None = None
    ok: bool = True
    error: str | None = None
    console: str = ""  # from which console; empty from a shell


@dataclass(frozen=True, slots=True)
class StateChange:
    t_s: float
    state: RunState
    reason: str = ""
    criteria: Facts = field(default_factory=dict)  # at the gate: as in the verdict to come


@dataclass(frozen=True, slots=True)
class DeviceNote:
    """A device event as written: same fields as records.DeviceEvent."""

    t_s: float
    stream: Stream
    name: str
    severity: Severity
    text: str
    detail: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockNote:
    """Wall clock beside run time, at start and every minute; `step_s` if it was stepped."""

    t_s: float
    utc: str
    step_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """An answer; `value` None means asked and not answered."""

    t_s: float
    step: str
    attempt: int
    about: str | None  # the step the question is about
    scale: str
    value: int | None
    source: str  # participant, operator, simulated; without a value timeout, skipped, …


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a window at the gate."""

    t_s: float
    step: str
    attempt: int
    class_name: str | None
    verdict: str  # accepted, accepted_with_reason, redo, failed
    by: str  # operator name, or auto
    reason: str
    criteria: Facts  # the figures that were looked at and which failed


@dataclass(frozen=True, slots=True)
class RunStop:
    """Last line of a run."""

    t_s: float
    status: RunStatus
    reason: str
    utc: str
    counts: Facts  # the figures of `femo record --json`
    data: RunData = RunData.KEEP


RunEvent: TypeAlias = (
    RunStart
    | RunResume
    | StepStart
    | StepStop
    | WindowStart
    | WindowStop
    | Marker
    | StateChange
    | DeviceNote
    | ClockNote
    | Rating
    | Verdict
    | RunStop
)

EVENT_NAMES: dict[str, type[RunEvent]] = {
    "run_start": RunStart,
    "run_resume": RunResume,
    "step_start": StepStart,
    "step_stop": StepStop,
    "window_start": WindowStart,
    "window_stop": WindowStop,
    "marker": Marker,
    "state": StateChange,
    "device": DeviceNote,
    "clock": ClockNote,
    "rating": Rating,
    "verdict": Verdict,
    "run_stop": RunStop,
}
_NAME_OF = {kind: name for name, kind in EVENT_NAMES.items()}
_KEY_IN_JSON = {"class_name": "class"}
_FIELD_OF_KEY = {key: name for name, key in _KEY_IN_JSON.items()}
_ENUMS: dict[
    str, type[RunState] | type[RunStatus] | type[RunData] | type[Stream] | type[Severity]
] = {
    "state": RunState,
    "status": RunStatus,
    "data": RunData,
    "stream": Stream,
    "severity": Severity,
}


def to_line(event: RunEvent) -> str:
    """Return the event as one line of JSON, without the line end."""
    body: dict[str, Any] = {"t_s": round(event.t_s, 6), "event": _NAME_OF[type(event)]}
    for part in dataclasses.fields(event):
        if part.name != "t_s":
            body[_KEY_IN_JSON.get(part.name, part.name)] = getattr(event, part.name)
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


# What reading a line that is no event can meet: huge numbers overflow, deep nesting exhausts.
_NO_EVENT = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "Facts": (dict,),
    "list[str]": (list,),
    "None": (type(None),),
}


def _check_type(name: str, annotation: str, value: object) -> None:
    """Raise TypeError unless a JSON value is what the event's field is declared to be."""
    names = annotation.split(" | ")
    allowed = tuple(kind for word in names for kind in _JSON_TYPES.get(word, (str,)))
    if not isinstance(value, allowed) or (isinstance(value, bool) and "bool" not in names):
        raise TypeError(f"{_KEY_IN_JSON.get(name, name)} is not {annotation}")
    if "float" in names and isinstance(value, int | float) and not math.isfinite(value):
        raise TypeError(f"{name} is not finite")


def from_line(line: str) -> RunEvent:
    """Read one line of `run.jsonl`; keys that a later version added are passed over.

    Raises:
        MalformedRecord: not JSON, an unknown event, a missing or mistyped key.
    """
    try:
        body = json.loads(line)
        kind = EVENT_NAMES[body.pop("event")]
        known = {part.name: str(part.type) for part in dataclasses.fields(kind)}
        given = {_FIELD_OF_KEY.get(key, key): value for key, value in body.items()}
        values = {key: value for key, value in given.items() if key in known}
        for name, value in values.items():
            _check_type(name, known[name], value)
        for name, enum in _ENUMS.items():
            if name in values:
                values[name] = enum(values[name])
        return kind(**values)
    except _NO_EVENT as problem:
        raise MalformedRecord(f"run.jsonl: {line[:80]!r} is no run event ({problem})") from None
