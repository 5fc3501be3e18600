"""Follow the store's recorder from a thread: who records, and the run folder as it grows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from femo_tui.errors import FemoError
from femo_tui.recorder.client import ActiveRun
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.messages import Followed

POLL_S = 0.23  # a little over four looks a second
IDLE_POLL_S = 0.5
ACTIVE_EVERY_S = 0.9  # the lock says who records; it changes rarely
DISK_EVERY_S = 10.0


def follow(desk: Desk, post: Callable[[Message], bool], leaving: threading.Event) -> None:
    """Post a `Followed` whenever something is new, until `leaving` is set."""
    run_dir: Path | None = None
    active: ActiveRun | None = None
    looked_s = disk_s = float("-inf")
    free: int | None = None
    shown: Followed | None = None
    while not leaving.is_set():
        now_s = desk.clock.now_s()
        try:
            if now_s - looked_s >= ACTIVE_EVERY_S:
                active, looked_s = desk.active(), now_s
                # The run that has ended stays on the screen until the next begins.
                run_dir = run_dir if active is None else active.run_dir or run_dir
            if now_s - disk_s >= DISK_EVERY_S:
                free, disk_s = desk.disk_free_bytes(), now_s
            began_s = time.monotonic()
            snapshot = None if run_dir is None else desk.runs.look(run_dir)
            took_s = time.monotonic() - began_s
        except FemoError:
            # A folder that is just being made or removed: the next look finds it settled.
            leaving.wait(IDLE_POLL_S)
            continue
        seen = Followed(active, snapshot, free, took_s)
        if shown is None or seen.differs_from(shown):
            post(seen)
            shown = seen
        if snapshot is None or not snapshot.unread_bytes:
            leaving.wait(POLL_S if active is not None else IDLE_POLL_S)
