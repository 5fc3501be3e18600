"""Asks mpv for properties: one thread waits for what another, which listens, hears."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from femo_tui.devices.mpv_ipc import MpvIpc, MpvMessage
from femo_tui.model.records import JsonValue

ANSWERS_WITHIN_S = 1.0


class Answers:
    """Matches replies to what was asked."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asked: dict[int, str] = {}
        self._values: dict[str, JsonValue] = {}

    def ask(self, mpv: MpvIpc, properties: Sequence[str]) -> dict[str, JsonValue]:
        """Return the properties that mpv has; waits for them, ANSWERS_WITHIN_S at most."""
        with self._changed:
            self._values = {}
            self._asked = {mpv.send("get_property", name): name for name in properties}
            self._changed.wait_for(lambda: not self._asked, ANSWERS_WITHIN_S)
            return self._values

    def take(self, messages: Iterable[MpvMessage]) -> None:
        """Take in what mpv said; called by the thread that listens."""
        with self._changed:
            for message in messages:
                name = self._asked.pop(message.request_id, "")
                if name and message.error == "success":
                    self._values[name] = message.value
            if not self._asked:
                self._changed.notify_all()
