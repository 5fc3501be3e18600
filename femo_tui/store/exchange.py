"""A run as three streams for other programs: skin conductance, markers, faces.

What LSL offers while a run is recorded and what an XDF file holds of it afterwards are the same.
Nothing that somebody typed is in them: a marker says what happened, not in whose words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import (
    DeviceNote,
    Marker,
    Rating,
    RunEvent,
    RunResume,
    RunStart,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
    from_line,
)
from femo_tui.model.records import Severity
from femo_tui.store import rows
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, RUN_FILE
from femo_tui.store.tail import LineTail

Values: TypeAlias = "tuple[float, ...] | tuple[str]"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a stream, in the field's words for LSL and XDF."""

    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeStream:
    """One stream; `rate_hz` is None where its moments are irregular."""

    name: str
    kind: str  # LSL's content type
    channels: tuple[Channel, ...]
    rate_hz: float | None = None

    @property
    def of_text(self) -> bool:
        return self.kind == "Markers"


@dataclass(frozen=True, slots=True)
class Moment:
    """Values of one stream at a time of the run, in seconds since its start."""

    stream: str
    t_s: float
    values: Values


GSR, MARKERS, FACES = "femo-gsr", "femo-markers", "femo-faces"
_GSR_CHANNELS = (
    Channel("gsr_us", "microsiemens"),  # nan where the row has none
    Channel("raw"),
    Channel("valid", "boolean"),
)
_FACE_CHANNELS = (
    Channel("frame", "count"),
    Channel("faces", "count"),
    Channel("eyes", "count"),
    Channel("sharpness"),  # nan without a face
)


def streams_of(start: RunStart) -> tuple[ExchangeStream, ...]:
    """Return the streams of a run, by the devices it was begun with."""
    found = []
    gsr, camera = start.devices.get("gsr"), start.devices.get("camera")
    if isinstance(gsr, dict):
        rate = gsr.get("rate_hz")
        rate_hz = float(rate) if isinstance(rate, int | float) else None
        found.append(ExchangeStream(GSR, "EDA", _GSR_CHANNELS, rate_hz))
    found.append(ExchangeStream(MARKERS, "Markers", (Channel("event"),)))
    if isinstance(camera, dict):
        found.append(ExchangeStream(FACES, "Faces", _FACE_CHANNELS))
    return tuple(found)


class ExchangeTail:
    """Follows a run folder and tells what was added to it since it was last asked."""

    def __init__(self, run_dir: Path) -> None:
        self.start: RunStart | None = None
        self.origin_s = 0.0  # boot time of run time 0, as this host's newest boot counts it
        self.ended = False
        self._events = LineTail(run_dir / RUN_FILE)
        self._samples = LineTail(run_dir / GSR_FILE)
        self._frames = LineTail(run_dir / FRAMES_FILE)

    def poll(self) -> Iterator[Moment]:
        """Yield what is new, stream by stream; a line that is malformed is passed over."""
        yield from self._new_events()
        for number, line in self._samples.read():
            if number > 1 and (moment := _sample(line)) is not None:
                yield moment
        for number, line in self._frames.read():
            if number > 1 and (moment := _frame(line)) is not None:
                yield moment

    def _new_events(self) -> Iterator[Moment]:
        for _, line in self._events.read():
            try:
                event = from_line(line.decode(errors="replace"))
            except MalformedRecord:
                continue
            if isinstance(event, RunStart):
                self.start = self.start or event
            if isinstance(event, RunStart | RunResume):
                self.origin_s = event.boot_s - event.t_s
            self.ended = self.ended or isinstance(event, RunStop)
            text = marker_text(event)
            if text is not None:
                yield Moment(MARKERS, event.t_s, (text,))


def marker_text(event: RunEvent) -> str | None:
    """Return an event as a marker's text, None for those that are no moment of the session."""
    match event:
        case RunStart():
            return f"run_start {event.protocol.get('name', '')}"
        case StepStart():
            return f"step_start {event.step} {event.attempt}"
        case StepStop():
            return f"step_stop {event.step} {event.attempt}"
        case WindowStart():
            return f"window_start {event.class_name or event.step} {event.attempt}"
        case WindowStop():
            return f"window_stop {event.class_name or event.step} {event.attempt}"
        case StateChange():
            return f"state {event.state.value}"
        case Marker():
            return f"marker {event.command or 'mark'}" if event.ok else None
        case Rating():
            value = "not_answered" if event.value is None else event.value
            return f"rating {event.scale} {value}"
        case Verdict():
            return f"verdict {event.class_name or event.step} {event.attempt} {event.verdict}"
        case DeviceNote():
            if event.severity is Severity.LOSS:
                return f"fault {event.stream.value} {event.name}"
            return None
        case RunStop():
            return f"run_stop {event.status.value}"
        case _:
            return None


def _sample(line: bytes) -> Moment | None:
    try:
        t_s, gsr_us, valid = rows.read_gsr_row(line)
    except MalformedRecord:
        return None
    return Moment(GSR, t_s, (gsr_us, float(line.split(b",")[3]), float(valid)))


def _frame(line: bytes) -> Moment | None:
    try:
        frame = rows.read_frame_row(line)
    except MalformedRecord:
        return None
    sharpness = math.nan if frame.sharpness is None else frame.sharpness
    numbers = (float(frame.frame), float(frame.faces), float(frame.eyes), sharpness)
    return Moment(FACES, frame.t_s, numbers)
