"""What devices report and the run folder keeps row by row: samples, frames, device events.

All times are boot-time seconds of the host clock (model.clock) as long as they travel through the
recorder's inbox; the run writer turns them into seconds since run start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

JsonValue: TypeAlias = (
    "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)


class SampleFlag(StrEnum):
    """What one GSR sample is worth, judged on its own."""

    OK = "ok"
    NOT_WORN = "not_worn"  # reading at or above the unworn reading: no conductance
    CLIPPED = "clipped"  # reading at the sensor's end: conductance is a lower bound
    OUT_OF_RANGE = "out_of_range"  # a number, but outside 0.05–60 µS


@dataclass(frozen=True, slots=True)
class GsrSample:
    """One reading of the skin conductance sensor."""

    t_s: float  # host arrival
    raw: float  # as the sensor gave it: ADC counts (mean of the line), volts, or µS
    gsr_us: float | None  # µS; None unless it is a number
    flag: SampleFlag
    device_s: float | None = None  # the sensor's own clock
    seq: int | None = None  # the sensor's own count, unwrapped
    reads: int | None = None  # ADC reads that raw is the mean of, where the sensor says


@dataclass(frozen=True, slots=True)
class Box:
    """A face in a frame, in pixels of that frame."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that was looked at, with the crops of its largest face.

    `face_jpeg` and `eyes_jpeg` travel with the frame and are written only inside a window.
    """

    t_s: float  # host arrival of the image
    faces: int  # how many were found
    box: Box | None  # the largest
    eyes: int  # eyes found in it
    sharpness: float | None  # variance of the Laplacian of the face crop; None without a face
    brightness: float  # mean grey level of the frame, 0–255
    face_jpeg: bytes | None = field(default=None, repr=False)
    eyes_jpeg: bytes | None = field(default=None, repr=False)
    whole_jpeg: bytes | None = field(default=None, repr=False)  # where the protocol keeps frames


class Stream(StrEnum):
    """Which device an event is about."""

    GSR = "gsr"
    CAMERA = "camera"
    PLAYER = "player"
    DISK = "disk"
    CLOCK = "clock"


class Severity(StrEnum):
    """How much an operator has to care."""

    INFO = "info"
    WARNING = "warning"
    LOSS = "loss"  # data is being lost, or was


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something a device did that is no sample: a state, a rejected line, a loss."""

    t_s: float
    stream: Stream
    name: str  # snake_case: connected, silent, unplugged, line_rejected, samples_lost, …
    severity: Severity
    text: str  # one sentence for the operator
    detail: dict[str, JsonValue] = field(default_factory=dict)


class PlayerMoment(StrEnum):
    """What happened on the participant's screen."""

    STARTED = "started"  # the first frame of a clip is shown
    POSITION = "position"
    ENDED = "ended"  # the clip's end was reached
    STALLED = "stalled"  # the clip should advance and does not; it may go on
    FAILED = "failed"  # the clip cannot be shown, or not to its end: nothing more comes of it
    KEY = "key"  # the participant pressed a key
    DIED = "died"  # the player is gone


@dataclass(frozen=True, slots=True)
class PlayerEvent:
    """A moment on the participant's screen; `media_s` is the film's own time."""

    t_s: float
    moment: PlayerMoment
    media_s: float | None = None
    key: str | None = None
    text: str = ""
