"""The other end of `child`: does what it is asked for, says how far it is, ends when let go."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from time import monotonic

from femo_tui.errors import Cancelled, FemoError
from femo_tui.model.progress import Progress
from femo_tui.ui.blocking.child import Done, Refused, Stopped

NICENESS = 10  # a recording beside it goes first
_TOLD_EVERY_S = 0.1


class _Teller:
    """Tells how far the work has come, not too often; ends it once nobody listens."""

    def __init__(self, to: Connection) -> None:
        self._to = to
        self._let_go = threading.Event()
        self._told_s = 0.0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):  # whoever asked is gone
            self._to.recv()
        self._let_go.set()

    def __call__(self, progress: Progress) -> None:
        if self._let_go.is_set():
            raise Cancelled("cancelled")
        now_s = monotonic()
        if now_s - self._told_s >= _TOLD_EVERY_S:
            self._told_s = now_s
            try:
                self._to.send(progress)
            except OSError:
                raise Cancelled("cancelled") from None


def main(descriptor: int) -> int:
    """Do the one thing that comes over the connection; return the exit status."""
    os.nice(NICENESS)
    to = Connection(descriptor)
    do, request = to.recv()
    answer: Done[object] | Refused | Stopped
    try:
        answer = Done(do(request, _Teller(to)))
    except Cancelled:
        answer = Stopped()
    except FemoError as problem:
        answer = Refused(str(problem))
    except Exception as problem:  # noqa: BLE001 - said on the screen: there is no other place
        answer = Refused(f"a defect ended it: {problem!r}")
    try:
        to.send(answer)
    except OSError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
