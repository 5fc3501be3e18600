"""Lend the console's terminal to a command, and take it back."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from textual.app import App

CLEAR = "\x1b[H\x1b[2J"  # what stood there before the console is no part of what is asked now


def lend(app: App[None], command: Sequence[str]) -> None:
    """Run `command` in the terminal until it has ended and the operator has read what it says.

    Raises:
        SuspendNotSupported: this terminal cannot be lent.
    """
    with app.suspend():
        # Ctrl-C is meant for the command; a handler, unlike SIG_IGN, is not inherited by it.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        print(CLEAR, end="", flush=True)
        try:
            subprocess.run(command, check=False)
            with suppress(EOFError):
                input("\nPress Enter to go back to femo. ")
        finally:
            signal.signal(signal.SIGINT, before)
