"""Whether a recorder uses a device just now."""

from __future__ import annotations

from femo_tui.errors import StoreError
from femo_tui.recorder.device_locks import held_by, holder_of


def in_use(uri: str) -> str:
    """Return who holds the device, as a clause; empty where nobody does."""
    try:
        holder = holder_of(uri)
    except StoreError:
        return ""  # its lock is another user's: whoever opens the device is told
    if holder is None:
        return ""
    return f"in use: {held_by(holder)[0]}"
