"""Who takes a console's commands, on the socket that `Lab.recording` names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from femo_tui.model.clock import HostClock
from femo_tui.model.run_state import RunState
from femo_tui.recorder.control import ControlSocket
from femo_tui.recorder.inbox import Asked, HostInbox
from femo_tui.recorder.peephole import Peephole
from femo_tui.recorder.wire import Command, Reply
from tests.ui.lab import Lab


@contextmanager
def recorder(lab: Lab, refusal: str | None = None) -> Iterator[list[Command]]:
    """Take commands from the real socket and inbox as the engine does; yields what was asked."""
    inbox, asked = HostInbox(), list[Command]()
    control = ControlSocket(lab.root / "none.sock", inbox, Peephole(None))
    ended = threading.Event()

    def loop() -> None:
        while not ended.is_set():
            item = inbox.take(HostClock().now_s() + 0.1)
            if isinstance(item, Asked):
                asked.append(item.command)
                item.answer(Reply(item.command.id, refusal is None, RunState.RUNNING, refusal))

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield asked
    finally:
        ended.set()
        thread.join()
        control.close()
