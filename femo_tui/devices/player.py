"""Makes the player that a URI names."""

from __future__ import annotations

import re

from femo_tui.devices.base import Player, parse_uri
from femo_tui.errors import UsageError

OPTIONS: dict[str, frozenset[str]] = {
    "mpv": frozenset({"display", "screen", "vo", "speed", "audio"}),
    "sim": frozenset(),
    "none": frozenset(),
}


def make_player(uri: str) -> Player | None:
    """Return the player, not yet opened; None for `none`.

    Raises:
        UsageError: the URI is not understood.
    """
    parsed = parse_uri(uri, OPTIONS)
    if parsed.scheme == "none":
        return None
    if parsed.scheme == "mpv":
        from femo_tui.devices.player_mpv import MpvPlayer

        if parsed.path:
            raise UsageError(f"device {uri}: mpv takes options only, such as mpv?display=:0")
        return MpvPlayer(parsed)
    from femo_tui.devices.player_sim import SimPlayer

    if parsed.path and not re.fullmatch("[0-9]{1,18}", parsed.path):
        raise UsageError(f"device {uri}: the seed {parsed.path!r} is not a whole number")
    return SimPlayer(uri, int(parsed.path or 0))
