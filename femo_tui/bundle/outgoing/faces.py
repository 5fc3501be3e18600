"""The faces of a run: crops without metadata, checked against the seal, and a table of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui.bundle.outgoing.plain_jpeg import plain_jpeg
from femo_tui.bundle.outgoing.shares import RunShare
from femo_tui.bundle.outgoing.tables import Column, Value, row
from femo_tui.errors import BundleError, MalformedRecord
from femo_tui.store import layout
from femo_tui.store.rows import SavedFrame
from femo_tui.store.seal import read_manifest

_AT_ONCE = 1 << 18  # more than any crop
COLUMNS = (
    Column("t_s", "Arrival of the frame, counted from the start of the run.", "s"),
    Column("frame", "Number of the frame in the run."),
    Column("step", "Step of the protocol."),
    Column("attempt", "Which attempt at it."),
    Column("class", "Class of the window: emotion, then S (spontaneous) or A (acted)."),
    Column("x", "Left edge of the face in the frame.", "px"),
    Column("y", "Upper edge of the face in the frame.", "px"),
    Column("w", "Width of the face.", "px"),
    Column("h", "Height of the face.", "px"),
    Column("eyes", "How many eyes were found in it."),
    Column("sharpness", "Variance of the Laplacian of the face."),
    Column("brightness", "Mean grey level of the frame, 0 to 255."),
    Column("face_file", "The crop of the face, beside this table."),
    Column("eyes_file", "The crop of the eyes, beside this table."),
)


@dataclass(frozen=True, slots=True)
class Image:
    """One checked crop as it goes into a bundle."""

    content: bytes
    sha256: str


def _content(path: str) -> bytes:
    """Return a small file's bytes; Python's own file objects take three times as long."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = os.read(descriptor, _AT_ONCE)
        while piece := os.read(descriptor, _AT_ONCE):
            content += piece
        return content
    finally:
        os.close(descriptor)


def short_name(file: str) -> str:
    """Return the name of a crop below its run's folder in a bundle."""
    return file.removeprefix(f"{layout.FACES}/")


def faces_of(share: RunShare) -> tuple[list[str], bytes]:
    """Return the crops of a run as its folder names them, and the table of their frames."""
    files: list[str] = []
    lines = [row(column.name for column in COLUMNS)]
    for frame, _ in share.frame_lines(with_images=True):
        files += (file for file in (frame.face_file, frame.eyes_file) if file)
        lines.append(_row(frame))
    return files, b"".join(lines)


def _row(frame: SavedFrame) -> bytes:
    box = frame.box
    place: tuple[Value, ...] = (None,) * 4 if box is None else (box.x, box.y, box.w, box.h)
    return row(
        (
            *(frame.t_s, frame.frame, frame.step, frame.attempt, frame.class_name, *place),
            *(frame.eyes, frame.sharpness, frame.brightness),
            *(short_name(frame.face_file), short_name(frame.eyes_file)),
        )
    )


class Seals:
    """The seal of the run that is read: one is held at a time."""

    def __init__(self) -> None:
        self._run_dir: Path | None = None
        self._sealed: Mapping[str, str] = {}

    def sha256(self, share: RunShare, file: str) -> str | None:
        """Return what the run's seal says of a file."""
        if share.run_dir != self._run_dir:
            self._run_dir, self._sealed = share.run_dir, read_manifest(share.run_dir)
        return self._sealed.get(file)


def read_image(share: RunShare, file: str, seals: Seals) -> Image:
    """Return a crop, without whatever tells more than the picture.

    Raises:
        BundleError: it is missing, was changed since the seal, or is no image.
    """
    try:
        content = _content(f"{share.run_dir}/{file}")
    except OSError as problem:
        raise BundleError(
            f"{share.name}/{file}: cannot be read ({problem.strerror}); restore the run from a"
            " backup"
        ) from None
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != seals.sha256(share, file):
        raise BundleError(
            f"{share.name}/{file}: changed since the run was sealed; look at"
            f" `femo show {share.name} --verify`, and restore it from a backup"
        )
    try:
        plain = plain_jpeg(content)
    except MalformedRecord as problem:
        raise BundleError(
            f"{share.name}/{file}: {problem}; leave it out with `femo frames reject`"
        ) from None
    return Image(plain, sha256 if plain is content else hashlib.sha256(plain).hexdigest())
