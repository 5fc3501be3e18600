"""A disk that takes its time, and a witness of who waits for it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TOUCHES = frozenset({"open", "os.listdir", "os.scandir", "sqlite3.connect"})


@dataclass
class SlowDisk:
    """What was opened under a folder meanwhile, by the main thread and by others."""

    folder: str
    delay_s: float
    by_main: list[str] = field(default_factory=list)
    by_others: list[str] = field(default_factory=list)


_slow: SlowDisk | None = None
_installed = False


def _touch(event: str, args: tuple[object, ...]) -> None:
    disk = _slow
    if disk is None or event not in _TOUCHES or not args:
        return
    path = str(args[0]).removeprefix("file://")
    if not path.startswith(disk.folder):
        return
    if threading.current_thread() is threading.main_thread():
        disk.by_main.append(f"{event} {path}")
    else:
        disk.by_others.append(f"{event} {path}")
        time.sleep(disk.delay_s)


@contextmanager
def slow_disk(folder: Path, delay_s: float = 0.3) -> Iterator[SlowDisk]:
    """Hold up whoever opens something under `folder`, and note whether it is the main thread."""
    global _slow, _installed
    if not _installed:
        sys.addaudithook(_touch)  # there is no way to take it off again
        _installed = True
    _slow = SlowDisk(str(folder), delay_s)
    try:
        yield _slow
    finally:
        _slow = None
