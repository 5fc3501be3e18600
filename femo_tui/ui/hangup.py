"""Ends the console when its terminal is gone or it is told to end; no recording is touched.

A console may inherit that SIGHUP is ignored, and one that waits for a terminal which no longer
takes what it paints can do nothing by itself: so the end never depends on the loop alone.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from types import FrameType

from textual.app import App

GRACE_S = 1.0  # to leave the terminal as it was found, if there still is one


def end_with_the_terminal(app: App[None]) -> None:
    """Watch the terminal and the signals of the process that runs `app`, from its main thread."""

    def told(number: int, _frame: FrameType | None) -> None:
        _end(app, 128 + number)

    signal.signal(signal.SIGHUP, told)
    signal.signal(signal.SIGTERM, told)
    threading.Thread(target=_wait_for_hangup, args=(app,), name="hangup", daemon=True).start()


def say_last(text: str) -> None:
    """Print a last line, if there is one and still a terminal.

    What a terminal that is gone did not take is dropped: Python would try again as it ends, and
    end with a status of its own (120).
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if text and stream is sys.stdout:
                print(text)
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _wait_for_hangup(app: App[None]) -> None:
    poller = select.poll()
    poller.register(sys.__stdin__ or 0, 0)  # nothing is asked for: only a hang-up is told
    poller.poll()
    _end(app, 128 + signal.SIGHUP)


def _end(app: App[None], status: int) -> None:
    last_resort = threading.Timer(GRACE_S, os._exit, (status,))
    last_resort.daemon = True
    last_resort.start()
    app.call_later(app.exit, None, status)
