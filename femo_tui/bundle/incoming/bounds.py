"""How much of anything a bundle may hold: beyond these it is refused before it costs anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """A study of 500 people with faces stays well below each of these."""

    files: int = 500_000
    total_bytes: int = 1 << 40
    file_bytes: int = 4 << 30
    depth: int = 12  # parts of a path
    path_bytes: int = 255  # Windows' 260, less a drive and a NUL
    part_bytes: int = 120
    end_bytes: int = 1 << 20  # zeros behind the last file
    tag_bytes: int = 65_536  # of a file beside `data/`; the manifest has a line a file
    whole_bytes: int = 8 << 20  # of what is read in one piece: JSON, a JPEG, a table of people
    json_depth: int = 24
    json_values: int = 400_000
    line_bytes: int = 1 << 20
    columns: int = 128
    digits: int = 18  # of a whole number: what fits 64 bits
    pixels: int = 20_000_000
    unpacked_bytes: int = 2 << 30  # of a packed table: two hours at 1 kHz are 0.3 GB
    ratio: int = 200  # unpacked to packed; a table of numbers has 3 to 20
    free_ratio_bytes: int = 1 << 20  # a small table of one number may be packed tighter


STANDARD = Bounds()
