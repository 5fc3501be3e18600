"""JPEG images without whatever tells more than the picture: EXIF, comments, what follows the end.

Segments are left out whole and the picture itself is not touched (ITU-T T.81, annex B).
"""

from __future__ import annotations

import re

from femo_tui.errors import MalformedRecord

_EOI, _SOS = 0xD9, 0xDA
_APP0, _APP14, _COM = 0xE0, 0xEE, 0xFE
_APPS = range(_APP0, 0xF0)
# Two application segments say how to draw: JFIF without a thumbnail, and Adobe's colour transform.
_DRAWS = {_APP0: (b"JFIF\0", 16), _APP14: (b"Adobe", 14)}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # stuffed bytes and restarts belong to the data
_END = b"\xff\xd9"


def plain_jpeg(image: bytes) -> bytes:
    """Return the image without metadata, the very same object if it has none.

    Raises:
        MalformedRecord: this is no JPEG image.
    """
    if image[:2] != b"\xff\xd8":
        raise MalformedRecord("this is no JPEG image")
    kept = [image[:2]]
    place, size = 2, len(image)
    while image[place : place + 2] != _END:
        if place + 4 > size or image[place] != 0xFF:
            raise MalformedRecord("this JPEG image is damaged or cut short")
        marker = image[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        length = int.from_bytes(image[place + 2 : place + 4], "big")
        end = place + 2 + length
        if marker == _SOS:
            end = _end_of_scan(image, end)
        if _is_picture(marker, image[place + 4 : place + 9], length):
            kept.append(image[place:end])
        place = end
    plain = b"".join(kept) + _END
    return image if plain == image else plain


def _is_picture(marker: int, beginning: bytes, length: int) -> bool:
    if marker in _DRAWS:
        name, whole = _DRAWS[marker]
        return beginning.startswith(name) and length == whole
    return marker not in _APPS and marker != _COM


def _end_of_scan(image: bytes, place: int) -> int:
    """Return where the entropy-coded data that begin at `place` end: at a marker of their own."""
    found = _MARKER.search(image, place)
    if found is None:
        raise MalformedRecord("this JPEG image is cut short")
    return found.start()
