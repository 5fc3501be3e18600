"""The console on the terminal that it is started from, as the config file wants it."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from femo_tui.config import Config
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.hangup import end_with_the_terminal, say_last

# A thread that reads may hold a key up this long each time the key's answer waits for anything.
THREAD_SWITCH_S = 0.0005
_ARENA_MAX = -8  # glibc's M_ARENA_MAX


def run_console(store_root: Path, operator: str, config: Config | None = None) -> int:
    """Show the console until the operator leaves it; return the exit status."""
    usual = config or Config()
    defaults = RecordRequest(
        store_root,
        participant="",
        protocol="",
        gsr=usual.gsr,
        camera=usual.camera,
        player=usual.player,
        operator=operator,
        language=usual.language,
    )
    desk = Desk(store_root, operator, station=usual.station)
    app = FemoApp(desk, defaults, usual_theme=usual.theme, keys=usual.keys)
    end_with_the_terminal(app)
    sys.setswitchinterval(THREAD_SWITCH_S)
    _share_memory()
    app.run(mouse=False)
    say_last(app.farewell)
    return app.return_code or 0


def _share_memory() -> None:
    """Let all threads take memory from one place: what one gives back, another can use.

    The C library gives each thread its own otherwise; that is 4 MB here. Elsewhere nothing is done.
    """
    import ctypes

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
