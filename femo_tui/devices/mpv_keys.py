"""Notices when another window gets what the participant types: no answer arrives, nor Esc."""

from __future__ import annotations

from femo_tui.devices import player_trouble
from femo_tui.model.records import DeviceEvent, JsonValue

FOCUSED = "focused"  # mpv's property
AWAY_FOR_S = 0.7  # a window manager hands the keyboard over within that


class KeyWatch:
    """Follows mpv's `focused`.

    Without a window manager no window has the focus: keys go to the one below the pointer, and mpv
    says that it is not focused, though they arrive. There it counts only once it was.
    """

    def __init__(self, *, managed: bool) -> None:
        """Take whether a window manager hands out the focus."""
        self._counts = managed
        self._away_s: float | None = None
        self._told = False

    def take(self, now_s: float, focused: JsonValue) -> list[DeviceEvent]:
        """Take in what mpv says at boot time `now_s`."""
        if focused is True:
            self._counts, self._away_s = True, None
            if self._told:
                self._told = False
                return [player_trouble.keys_are_back(now_s)]
        elif focused is False and self._counts and self._away_s is None:
            self._away_s = now_s
        return []

    def tick(self, now_s: float) -> list[DeviceEvent]:
        """Say so, once, where the keys have been away for a while."""
        if self._told or self._away_s is None or now_s - self._away_s < AWAY_FOR_S:
            return []
        self._told = True
        return [player_trouble.keys_are_away(now_s)]
