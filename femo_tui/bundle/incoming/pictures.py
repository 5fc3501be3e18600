"""Tells whether a file is one JPEG picture, from its markers and without decoding it."""

from __future__ import annotations

from femo_tui.bundle.incoming.bounds import Bounds
from femo_tui.errors import BundleError

_BEGIN = b"\xff\xd8"
_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive: what every viewer reads
_OTHER_FRAMES = (0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
_SCAN, _STOP = 0xDA, 0xD9
_PLAIN_SEGMENTS = (0xC4, 0xDB, 0xDD, 0xE0, 0xEE)  # tables, restarts, JFIF, Adobe's colours
_IN_SCAN = frozenset({0x00, *range(0xD0, 0xD8)})  # behind FF: a byte FF, or a restart


def check_jpeg(content: bytes, bounds: Bounds) -> None:
    """Check that `content` is one picture of at most `bounds.pixels` and nothing else.

    Raises:
        BundleError: it is not, with the reason; also where it carries EXIF or a comment.
    """
    if not content.startswith(_BEGIN):
        raise BundleError("this is no JPEG, whatever its name says")
    at, has_frame, has_scan = len(_BEGIN), False, False
    while True:
        kind, at = _marker(content, at)
        if kind == _STOP:
            break
        length = int.from_bytes(content[at : at + 2])
        segment = content[at + 2 : at + length]
        if length < 2 or at + length > len(content):
            raise BundleError("the JPEG is cut short")
        if kind in _FRAMES:
            if has_frame:
                raise BundleError("the JPEG says twice how large it is")
            _check_frame(segment, bounds)
            has_frame = True
        elif kind in _OTHER_FRAMES:
            raise BundleError("the JPEG is coded in a way that few programs read")
        elif kind == _SCAN:
            if not has_frame:
                raise BundleError("the JPEG does not say how large it is")
            has_scan = True
            length = _end_of_scan(content, at + length) - at
        elif kind not in _PLAIN_SEGMENTS:
            raise BundleError(f"the JPEG carries EXIF, a comment or the like (segment {kind:02X})")
        at += length
    if not has_scan:
        raise BundleError("the JPEG holds no picture")
    if at != len(content):
        raise BundleError(f"{len(content) - at} bytes stand behind the JPEG's end")


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """Return the marker at a place, and the place behind it."""
    begin = at
    while content[at : at + 1] == b"\xff":
        at += 1
    if at == begin or at >= len(content):
        raise BundleError("the JPEG is cut short or damaged: a marker is missing")
    return content[at], at + 1


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the marker behind a scan begins."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] not in _IN_SCAN:
            return at
        at += 2
    raise BundleError("the JPEG is cut short")


def _check_frame(segment: bytes, bounds: Bounds) -> None:
    if len(segment) < 6:
        raise BundleError("the JPEG is damaged: it does not say how large it is")
    bits, channels = segment[0], segment[5]
    height, width = int.from_bytes(segment[1:3]), int.from_bytes(segment[3:5])
    if bits != 8 or channels not in (1, 3) or len(segment) != 6 + 3 * channels:
        raise BundleError("the JPEG is no picture in grey or colour of 8 bits")
    if not width or not height:
        raise BundleError("the JPEG says that it has no size")
    if width * height > bounds.pixels:
        raise BundleError(
            f"the JPEG says that it has {width} × {height} pixels; {bounds.pixels} are allowed"
        )
