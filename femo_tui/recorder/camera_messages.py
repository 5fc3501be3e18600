"""What the recorder and its camera process say to each other, pickled over a socket pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from femo_tui.devices.base import DeviceInfo
from femo_tui.model.conditions import Condition
from femo_tui.model.records import Box, DeviceEvent, Frame
from femo_tui.model.thumbnail import Thumbnail

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

THUMBNAIL_SIZE = (48, 36)  # width, height
THUMBNAIL_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class OpenFailed:
    """The camera can't be opened: the DeviceError's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Alive:
    """The thread that looks came back from the camera: about one a second, frames or none."""


@dataclass(frozen=True, slots=True)
class Start:
    """Send frames from now on; before, the camera only warms up."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Tell the camera what the participant lives through."""

    condition: Condition | None


@dataclass(frozen=True, slots=True)
class ShowThumbnails:
    """Send about four thumbnails a second, or none."""

    on: bool


@dataclass(frozen=True, slots=True)
class Quit:
    """Close the camera and exit."""


FromCamera: TypeAlias = DeviceInfo | OpenFailed | Frame | DeviceEvent | Thumbnail | Alive
ToCamera: TypeAlias = Start | Cue | ShowThumbnails | Quit


def make_thumbnail(image_bgr: Image, frame: Frame) -> Thumbnail:
    """Return the frame's image made small and grey, with its face box."""
    import cv2

    height, width = image_bgr.shape[:2]
    wide, high = THUMBNAIL_SIZE
    small = cv2.resize(image_bgr, THUMBNAIL_SIZE, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).tobytes()
    box = frame.box
    if box is not None:
        across, down = wide / width, high / height
        box = Box(
            round(box.x * across), round(box.y * down), round(box.w * across), round(box.h * down)
        )
    return Thumbnail(frame.t_s, wide, high, grey, box)
