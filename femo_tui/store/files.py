"""Private files and folders whatever the umask, and what goes wrong with them in one sentence."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import DiskFull, StoreError
from femo_tui.model.records import JsonValue


@dataclass(frozen=True, slots=True)
class Modes:
    """Permissions of what a store writes."""

    folder: int = 0o700
    file: int = 0o600
    sealed: int = 0o400

    def inside(self, folder: Path) -> Modes:
        """Return what holds in a folder: what is private is its group's in a shared store.

        So whoever writes, the store is the group's as a whole, and no writer has to be told.
        """
        return SHARED if self == PRIVATE and is_shared(folder) else self


PRIVATE = Modes()
SHARED = Modes(0o2770, 0o660, 0o440)  # setgid: what is made in such a folder is the group's
STUDY_FILE = "study.toml"  # marks the root of a store that can be shared

TORN = b"?\n"  # ends a line that was cut short, so that it is never taken for a whole one

_PIECE_BYTES = 1 << 20
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_WHAT_TO_DO = {
    errno.EACCES: "access is denied; give yourself access to it, or choose another store",
    errno.EPERM: "access is denied; give yourself access to it, or choose another store",
    errno.EROFS: "the disk is read-only; make it writable, or choose another store",
    errno.ENOTDIR: "this leads through a file, not a folder; choose another store",
    errno.EISDIR: "this is a folder where a file is expected; choose another store",
    errno.EEXIST: "this exists already and is never overwritten; choose another name",
    errno.ENOENT: "this does not exist; look whether it was moved, or choose another store",
    errno.EIO: "the disk reports an error; check its cable and its health before going on",
}


def explain(problem: OSError, path: Path) -> StoreError:
    """Turn what the system says about `path` into one sentence with what to do."""
    if problem.errno in _NO_ROOM:
        return DiskFull(f"{path}: the disk is full; free some room on it, or choose another store")
    known = _WHAT_TO_DO.get(problem.errno or 0)
    return StoreError(f"{path}: {known or f'{problem.strerror}; choose another store'}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise StoreError (DiskFull where no room is left) for an OSError within."""
    try:
        yield
    except OSError as problem:
        raise explain(problem, path) from problem


def is_shared(folder: Path) -> bool:
    """Return whether a folder is a group's, and lies in a store whose root is, too.

    A folder that is a group's for other reasons, such as the one that a store lies in, says
    nothing about the store.
    """
    while lets_group_in(folder):
        if (folder / STUDY_FILE).exists():
            return True
        folder = folder.parent
    return False


def lets_group_in(folder: Path) -> bool:
    """Return whether a folder is open to its group, hands that on, and is closed to others."""
    try:
        mode = folder.stat().st_mode
    except OSError:
        return False
    return mode & 0o2077 == SHARED.folder & 0o2077 and stat.S_ISDIR(mode)


def set_mode(path: Path, mode: int) -> None:
    """Set a file's permissions; one that another member of the group made is first made ours.

    Only the owner of a file can do that, so it is replaced by a copy of the same content.

    Raises:
        OSError: as the system says.
    """
    try:
        path.chmod(mode)
    except PermissionError:
        if not is_shared(path.parent):
            raise
        copy = path.with_name(f".{path.name}.{os.getpid()}.part")
        descriptor = open_private(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            with path.open("rb") as source:
                while piece := source.read(_PIECE_BYTES):
                    write_all(descriptor, piece)
            os.fsync(descriptor)
            os.fchmod(descriptor, mode)
            copy.replace(path)
        except OSError:
            copy.unlink()
            raise
        finally:
            os.close(descriptor)


def make_folder(path: Path, modes: Modes = PRIVATE) -> None:
    """Make a folder and the parents it lacks, each private; one that exists is left as it is."""
    with explained(path):
        missing = []
        folder = path
        while not folder.is_dir():
            if folder.exists() and not folder.is_dir():  # another may have made it just now
                raise NotADirectoryError(errno.ENOTDIR, "Not a directory")
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            mode = modes.inside(folder.parent).folder
            try:
                folder.mkdir(mode)
            except FileExistsError:  # another made it just now
                continue
            folder.chmod(mode)


def make_new_folder(path: Path, modes: Modes = PRIVATE) -> None:
    """Make a folder that must not exist yet.

    Raises:
        FileExistsError: it does.
    """
    mode = modes.inside(path.parent).folder
    try:
        path.mkdir(mode)
        path.chmod(mode)
    except FileExistsError:
        raise
    except OSError as problem:
        raise explain(problem, path) from problem


def open_private(path: Path, flags: int, modes: Modes = PRIVATE) -> int:
    """Open `path` with `os.open`'s flags, private if it is created; return the descriptor.

    Raises:
        OSError: as the system says; callers name what they were doing.
    """
    mode = modes.inside(path.parent).file if flags & os.O_CREAT else modes.file
    descriptor = os.open(path, flags | os.O_CLOEXEC, mode)
    if flags & os.O_CREAT:
        try:
            if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
                os.fchmod(descriptor, mode)  # the umask may have taken bits away
        except OSError:
            os.close(descriptor)
            raise
    return descriptor


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; the system may take them in parts."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def write_new(path: Path, content: bytes, modes: Modes = PRIVATE) -> None:
    """Write a file that must not exist yet; one that cannot be written whole is removed.

    Raises:
        StoreError: it exists, or cannot be written; DiskFull where no room is left.
    """
    with explained(path):
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, modes)
        try:
            write_all(descriptor, content)
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(descriptor)


def append(path: Path, line: bytes, modes: Modes = PRIVATE) -> None:
    """Append a line, its end included, to a file that is made if there is none.

    A last line that lacks its end is ended first: whoever was cut short costs nobody else a line.

    Raises:
        StoreError: it cannot be written.
    """
    with explained(path):
        descriptor = open_private(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, modes)
        try:
            size = os.fstat(descriptor).st_size
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            write_all(descriptor, (TORN if is_torn else b"") + line)
        finally:
            os.close(descriptor)


def replace(path: Path, content: bytes, modes: Modes = PRIVATE) -> None:
    """Write a small file at once: a reader sees the old content or the new, never a part."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    with explained(path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        put_in_place(open_private(unfinished, flags, modes), unfinished, path, content)


def put_in_place(descriptor: int, unfinished: Path, path: Path, content: bytes) -> None:
    """Write a file that was opened beside its place, have it on the disk, move it there; close it.

    Raises:
        OSError: as the system says; the unfinished file is removed.
    """
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink()
        raise
    finally:
        os.close(descriptor)
    sync_path(path.parent)


def write_json(path: Path, facts: Mapping[str, JsonValue], modes: Modes = PRIVATE) -> None:
    """Write a small JSON object at once, indented for people."""
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    replace(path, text.encode(), modes)


def sync_path(path: Path) -> None:
    """Have the system write a file or a folder's entries to the disk.

    Raises:
        OSError: as the system says.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_filesystem(path: Path) -> None:
    """Have the system write all it holds back for the file system that `path` lies on.

    For many files this is one wait instead of one for each. Without `syncfs` (Linux has it) every
    file system is synced.

    Raises:
        OSError: as the system says.
    """
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)
