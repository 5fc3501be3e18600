"""Makes faces small and grey for a console, in a process of its own.

Run: python -m femo_tui.faces.thumbnails SIDE
A line in is the path of an image. Out go its width and height, two bytes each, and its grey levels
row by row; nothing but two zeros where it cannot be read. So no console loads OpenCV.
"""

from __future__ import annotations

import os
import struct
import sys

NICENESS = 10  # a recording beside it goes first


def small(path: str, side: int) -> bytes:
    """Return an image, its longer side made `side` pixels, as it goes over the pipe."""
    import cv2

    image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    if image is None:
        return struct.pack(">HH", 0, 0)
    high, wide = image.shape
    scale = side / max(high, wide)
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    made = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return struct.pack(">HH", *size) + made.tobytes()


def main() -> None:
    import cv2

    os.nice(NICENESS)
    cv2.setNumThreads(1)
    side = int(sys.argv[1])
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(small(os.fsdecode(line.rstrip(b"\n")), side))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
