"""Writes a run folder row by row: the one place that does, called from one thread.

A row is with the operating system when a method returns, and on the disk within a second. A row
that does not fit on the disk is taken back whole, so what was written stays readable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from femo_tui.errors import StoreError
from femo_tui.model.events import RunEvent, to_line
from femo_tui.model.records import Frame, GsrSample, JsonValue
from femo_tui.store import rows
from femo_tui.store.files import (
    PRIVATE,
    TORN,
    Modes,
    explain,
    explained,
    make_folder,
    open_private,
    write_all,
    write_json,
    write_new,
)
from femo_tui.store.layout import (
    FACES,
    FRAMES_FILE,
    GSR_FILE,
    LOCK,
    RECORDER_FILE,
    RESERVE,
    RUN_FILE,
    WHOLE_FRAMES,
)
from femo_tui.store.lock import HeldLock
from femo_tui.store.run_reader import RunReader
from femo_tui.store.seal import is_sealed, seal_run
from femo_tui.store.syncer import Syncer
from femo_tui.store.whole_frames import cut_behind

RESERVE_BYTES = 4 << 20  # the last events, and the manifest of the longest run


class RunWriter:
    """The open run folder, locked for as long as it is open.

    `origin_s` is the boot time of run start: records carry boot time, rows and events run time.
    Every method raises StoreError (DiskFull) where the disk fails, also for a fault that a sync in
    the background met since the last call.
    """

    def __init__(
        self,
        run_dir: Path,
        origin_s: float,
        holder: Mapping[str, JsonValue] | None = None,
        modes: Modes = PRIVATE,
        *,
        _resumed: bool = False,
    ) -> None:
        """Begin a run in a folder that has none; `holder` is what its lock says of us."""
        self.run_dir = run_dir
        self.samples = 0
        self.frames = 0  # also the number of the next frame
        self.saved = 0  # frames with images
        self.torn: tuple[str, ...] = ()  # lines found torn on resuming, one sentence each
        self._origin_s = origin_s
        self._modes = modes
        self._image_bytes = 0
        self._made: set[Path] = set()
        self._files: list[_RowFile] = []
        self._whole: _RowFile | None = None  # whole frames, where any come
        self._lock = HeldLock.acquire(run_dir / LOCK, holder or {"what": run_dir.name}, modes)
        try:
            if _resumed:
                self._take_up()
            self._run = self._open(RUN_FILE, b"", new=not _resumed)
            self._gsr = self._open(GSR_FILE, rows.header(rows.GSR_COLUMNS), new=not _resumed)
            self._frames = self._open(
                FRAMES_FILE, rows.header(rows.FRAME_COLUMNS), new=not _resumed
            )
            self._reserve()
        except BaseException:
            self._close_files()
            self._lock.release()
            raise
        self._syncer = Syncer(run_dir, [file.descriptor for file in self._files])

    @classmethod
    def resume(
        cls,
        run_dir: Path,
        origin_s: float,
        holder: Mapping[str, JsonValue] | None = None,
        modes: Modes = PRIVATE,
    ) -> RunWriter:
        """Go on with a run that was lost: counters and frame numbers continue.

        A torn last line is left in place, ended so that readers name it and skip it.

        Raises:
            StoreError: the run is sealed, or somebody writes it.
        """
        if is_sealed(run_dir):
            raise StoreError(f"{run_dir}: this run is sealed; record a new run instead")
        return cls(run_dir, origin_s, holder, modes, _resumed=True)

    @property
    def bytes_written(self) -> int:
        """Return the size of the run's rows and images in bytes."""
        return self._image_bytes + sum(file.size for file in self._files)

    def event(self, event: RunEvent) -> None:
        """Append an event; its `t_s` is run time already."""
        self._syncer.check()
        self._run.append(to_line(event).encode() + b"\n")
        self._syncer.wrote()

    def sample(self, sample: GsrSample) -> None:
        """Append a sample."""
        self._syncer.check()
        self._gsr.append(rows.gsr_row(sample, self._run_s(sample.t_s)))
        self._syncer.wrote()
        self.samples += 1

    def frame(
        self, frame: Frame, step: str, attempt: int, class_name: str | None, save: bool
    ) -> int:
        """Append a frame and return its number, counted from 0 through the run.

        `step` is empty between steps. With `save` its crops are written first; images lie by class,
        so a frame without a class saves none.
        """
        self._syncer.check()
        number = self.frames
        self.frames += 1  # also if it fails: images already written keep their number
        names = ["", ""]
        if save and class_name and step:
            folder = f"{FACES}/{class_name}/{step}-{attempt}"
            for place, (crop, part) in enumerate(
                ((frame.face_jpeg, "face"), (frame.eyes_jpeg, "eyes"))
            ):
                if crop is not None:
                    names[place] = f"{folder}/{number:06d}_{part}.jpg"
                    self._save(names[place], crop)
        where = (step, attempt, class_name)
        if frame.whole_jpeg is not None:
            self._keep_whole(frame.whole_jpeg)
        self._frames.append(rows.frame_row(frame, self._run_s(frame.t_s), number, where, names))
        self._syncer.wrote()
        self.saved += bool(names[0])
        return number

    def sync(self) -> None:
        """Ask for everything to be put on the disk now; does not wait for it."""
        self._syncer.check()
        self._syncer.rouse()

    def release_reserve(self) -> None:
        """Give the room back that was kept for closing the run on a full disk."""
        with explained(self.run_dir):
            (self.run_dir / RESERVE).unlink(missing_ok=True)

    def close(self) -> None:
        """Put everything on the disk and let go of the run, unsealed; twice is harmless."""
        try:
            self._finish()
        finally:
            self._lock.release()

    def seal(self) -> None:
        """Close the run, write its manifest and make it read-only."""
        try:
            self._finish()
            seal_run(self.run_dir, self._modes)
        finally:
            self._lock.release()

    def _finish(self) -> None:
        self._syncer.close()
        self._close_files()
        self.release_reserve()
        self._syncer.check()

    def _keep_whole(self, image: bytes) -> None:
        path = self.run_dir / WHOLE_FRAMES
        if self._whole is None:
            self._whole = _RowFile(path, self._modes, new=not path.exists())
            self._files.append(self._whole)
        self._whole.append(image)
        self._syncer.wrote(path)

    def _open(self, name: str, first_row: bytes, *, new: bool) -> _RowFile:
        file = _RowFile(self.run_dir / name, self._modes, new=new)
        self._files.append(file)
        file.begin(first_row)
        return file

    def _close_files(self) -> None:
        for file in self._files:
            file.close()

    def _run_s(self, boot_s: float) -> float:
        return round(boot_s - self._origin_s, 6)

    def _save(self, name: str, image: bytes) -> None:
        path = self.run_dir / name
        if path.parent not in self._made:
            make_folder(path.parent, self._modes)
            self._made.add(path.parent)
        write_new(path, image, self._modes)
        self._image_bytes += len(image)
        self._syncer.wrote(path)

    def _reserve(self) -> None:
        path = self.run_dir / RESERVE
        with explained(path):
            descriptor = open_private(path, os.O_WRONLY | os.O_CREAT, self._modes)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
            finally:
                os.close(descriptor)

    def _take_up(self) -> None:
        """Count what the lost run holds; its next frame's number is above every row and image.

        Whole frames have no number, only their place: those without a row go.
        """
        found = RunReader(self.run_dir)
        snapshot = found.poll()
        images = self.run_dir.glob(f"{FACES}/*/*/*.jpg")
        numbers = [int(image.name[:6]) for image in images if image.name[:6].isdigit()]
        self.samples = snapshot.gsr.length
        self.saved = snapshot.faces.saved
        self.frames = max([found.last_frame, *numbers]) + 1
        self._image_bytes = found.image_bytes
        self.torn = found.torn
        cut_behind(self.run_dir, snapshot.faces.frames)


class _RowFile:
    """A file that only grows, by whole rows."""

    def __init__(self, path: Path, modes: Modes, *, new: bool) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        self._path = path
        with explained(path):
            self.descriptor = open_private(path, flags | os.O_EXCL if new else flags, modes)
            self.size = os.fstat(self.descriptor).st_size

    def begin(self, first_row: bytes) -> None:
        """Write the first row of an empty file, and end a line that was left torn."""
        if self.size == 0 and first_row:
            self.append(first_row)
        elif self.size and os.pread(self.descriptor, 1, self.size - 1) != b"\n":
            self.append(TORN)

    def append(self, row: bytes) -> None:
        try:
            write_all(self.descriptor, row)
        except OSError as problem:
            self._take_back(problem)
        self.size += len(row)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _take_back(self, problem: OSError) -> NoReturn:
        """Cut off the part of a row that was still written, and say what went wrong."""
        try:
            os.ftruncate(self.descriptor, self.size)
        except OSError:
            pass  # no regular file, or the disk is gone: the torn row is skipped by readers
        raise explain(problem, self._path) from problem


def write_recorder_json(run_dir: Path, facts: Mapping[str, JsonValue]) -> None:
    """Note where the run's recorder can be reached, in recorder.json."""
    write_json(run_dir / RECORDER_FILE, facts)
