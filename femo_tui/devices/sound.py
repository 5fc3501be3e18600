"""Whether films can be heard, as far as that can be told without playing one."""

from __future__ import annotations

from pathlib import Path

_SOUND_CARDS = Path("/proc/asound/cards")
BARE_CARD = "a sound card and no sound server"  # mpv may play on it all the same
NOTHING = "neither a sound server of this user nor a sound card"


def silence(sound_server: str) -> str:
    """Return why films may not be heard, empty where a sound server is found."""
    if sound_server:
        return ""
    return BARE_CARD if _has_sound_card() else NOTHING


def _has_sound_card() -> bool:
    try:
        return "[" in _SOUND_CARDS.read_text()
    except OSError:
        return False
