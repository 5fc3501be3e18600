"""Make the camera that a URI names."""

from __future__ import annotations

import re
from pathlib import Path

from femo_tui.devices.base import STUDY_SIZE, Camera, DeviceUri, parse_uri
from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock

CAMERA_OPTIONS: dict[str, frozenset[str]] = {
    "camera": frozenset({"size"}),
    "video": frozenset({"loop"}),
    "sim": frozenset({"fps", "effect", "size"}),
    "none": frozenset(),
}


def make_camera(uri: str, clock: Clock, look_hz: float = 10.0) -> Camera | None:
    """Return the camera, not yet open, that gives frames at `look_hz`, or less if it has less.

    None for `none`. A simulated camera's own `fps` goes before `look_hz`.

    Raises:
        UsageError: the URI names no camera, or has an option that is not known or no number.
    """
    parsed = parse_uri(uri, CAMERA_OPTIONS)
    if parsed.scheme == "none":
        return None
    if parsed.scheme == "sim":
        from femo_tui.devices.camera_sim import SimCamera

        fps = _positive(parsed, "fps", look_hz)
        effect = parsed.number("effect", 1.0)
        return SimCamera(_seed(parsed), clock, fps, effect, _size(parsed), uri)
    if not parsed.path:
        wanted = "camera:0" if parsed.scheme == "camera" else "video:FILE"
        raise UsageError(f"device {uri!r} names no {parsed.scheme}: write {wanted}")
    if parsed.scheme == "camera":
        from femo_tui.devices.camera_opencv import OpenCvCamera

        return OpenCvCamera(parsed.path, clock, look_hz, _size(parsed), uri)
    from femo_tui.devices.camera_opencv import VideoFile

    loop = parsed.choice("loop", ("0", "1")) == "1"
    return VideoFile(Path(parsed.path).expanduser(), clock, look_hz, loop, uri)


def _seed(uri: DeviceUri) -> int:
    if not re.fullmatch(r"\d*", uri.path):
        raise UsageError(f"device {uri.text}: {uri.path!r} is no seed; write a number, as in sim:1")
    return int(uri.path or 1)


def _positive(uri: DeviceUri, option: str, default: float) -> float:
    value = uri.number(option, default)
    if not 0 < value <= 1000:
        raise UsageError(f"device {uri.text}: {option}={value:g} is not between 0 and 1000")
    return value


def _size(uri: DeviceUri) -> tuple[int, int]:
    """Return width and height in pixels; the study's by default."""
    text = uri.options.get("size")
    if text is None:
        return STUDY_SIZE
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if match is None:
        raise UsageError(f"device {uri.text}: size={text} is no size; write it as 720x480")
    return int(match[1]), int(match[2])
