"""Follow the store's recorder from a thread: who records, and the run folder as it grows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from femo_tui.errors import FemoError
from femo_tui.recorder.client import ActiveRun
from femo_tui.ui.desk import Desk
from femo_tui.ui.messages import Followed

if TYPE_CHECKING:
    from femo_tui.store.run_reader import RunReader

POLL_S = 0.23  # a little over four looks a second
IDLE_POLL_S = 0.5
ACTIVE_EVERY_S = 0.9  # the lock says who records; it changes rarely
DISK_EVERY_S = 10.0


def follow(desk: Desk, post: Callable[[Message], bool], leaving: threading.Event) -> None:
    """Post a `Followed` whenever something is new, until `leaving` is set."""
    reader: RunReader | None = None
    active: ActiveRun | None = None
    looked_s = disk_s = float("-inf")
    free: int | None = None
    shown: Followed | None = None
    while not leaving.is_set():
        now_s = desk.clock.now_s()
        try:
            if now_s - looked_s >= ACTIVE_EVERY_S:
                before, active, looked_s = active, desk.active(), now_s
                # The run that has ended stays on the screen until the next begins.
                run_dir = None if active is None else active.run_dir
                if run_dir is not None and (before is None or before.run_dir != run_dir):
                    reader = desk.reader(run_dir)
            if now_s - disk_s >= DISK_EVERY_S:
                free, disk_s = desk.disk_free_bytes(), now_s
            snapshot = None if reader is None else reader.poll()
        except FemoError:
            # A folder that is just being made or removed: the next look finds it settled.
            leaving.wait(IDLE_POLL_S)
            continue
        seen = Followed(active, snapshot, free)
        if shown is None or seen.differs_from(shown):
            post(seen)
            shown = seen
        leaving.wait(POLL_S if active is not None else IDLE_POLL_S)
