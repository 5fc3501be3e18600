"""Wait for what the console shows, never for time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.pilot import Pilot

LIMIT_S = 20.0


async def until(
    pilot: Pilot[None], condition: Callable[[], bool], limit_s: float = LIMIT_S
) -> None:
    """Let the console work until `condition` holds; fails when it dies, or after a long while."""
    deadline_s = time.monotonic() + limit_s
    while not condition():
        if pilot.app._exception is not None:
            raise pilot.app._exception
        assert time.monotonic() < deadline_s, f"never came on {pilot.app.screen!r}"
        await pilot.pause(0.02)
    await pilot.pause()
    if pilot.app._exception is not None:
        raise pilot.app._exception
