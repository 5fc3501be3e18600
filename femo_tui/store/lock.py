"""A held flock: who works on a store or a run, alive exactly as long as the lock is held.

A lock file is never deleted, so two processes never lock two files of one name; its content says
who holds it, for messages only.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path

from femo_tui.errors import StoreError
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, explain, explained, open_private, write_all

_TRIES = 10_000  # far more than the looks that can overlap: each lasts microseconds
_CONTENT_LIMIT = 65_536


class HeldLock:
    """A lock that this process holds until `release` or its end."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(
        cls, path: Path, content: Mapping[str, JsonValue], modes: Modes = PRIVATE
    ) -> HeldLock:
        """Take the lock and note `content` in it: what, operator, since_utc, and what else helps.

        Raises:
            StoreError: another process, or this one, holds it; the sentence says who.
        """
        with explained(path):
            descriptor = _open(path, modes)
            try:
                taken = _lock_exclusively(descriptor)
                if taken:
                    _write_content(descriptor, content)
            except OSError:
                os.close(descriptor)
                raise
        if not taken:
            os.close(descriptor)
            raise StoreError(f"{path}: {describe_holder(_content(path))}; wait, or end that first")
        return cls(path, descriptor)

    def note(self, content: Mapping[str, JsonValue]) -> None:
        """Replace what the lock says about its holder."""
        if self._descriptor is not None:
            with explained(self.path):
                _write_content(self._descriptor, content)

    def release(self) -> None:
        """Give the lock up; doing so twice is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @staticmethod
    def is_held(path: Path) -> bool:
        """Return whether a living process holds the lock; a file that is absent is not held."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise explain(problem, path) from problem
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    @classmethod
    def holder(cls, path: Path) -> dict[str, JsonValue] | None:
        """Return what the holder noted, None if nobody holds the lock."""
        return _content(path) if cls.is_held(path) else None

    def __enter__(self) -> HeldLock:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


def describe_holder(content: Mapping[str, JsonValue]) -> str:
    """Return who holds a lock, as one clause."""
    who = content.get("operator") or "another process"
    what = content.get("what") or "it"
    since = content.get("since_utc")
    return f"{who} holds {what}" + (f" since {since}" if since else "")


def _open(path: Path, modes: Modes) -> int:
    """Open a lock file, made if there is none.

    One that is there is not opened as if it were to be made: in a folder like /tmp the system
    refuses that for another user's file (fs.protected_regular).
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return open_private(path, os.O_RDWR | os.O_CREAT, modes)


def _lock_exclusively(descriptor: int) -> bool:
    """Lock unless another holds it exclusively; one who only looks, for microseconds, is let by."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            os.sched_yield()
    return False


def _write_content(descriptor: int, content: Mapping[str, JsonValue]) -> None:
    text = json.dumps(content, ensure_ascii=False) + "\n"
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, text.encode())


def _content(path: Path) -> dict[str, JsonValue]:
    """Read what the holder noted; nothing while it is just being written."""
    try:
        found = json.loads(path.read_bytes()[:_CONTENT_LIMIT])
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
