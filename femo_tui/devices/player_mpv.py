"""The participant's screen: one mpv window for the whole run."""

from __future__ import annotations

import math
import re
import threading
from dataclasses import replace
from pathlib import Path

from femo_tui.devices import player_trouble
from femo_tui.devices.base import DeviceInfo, DeviceUri, Inbox, Page
from femo_tui.devices.mpv_answers import Answers
from femo_tui.devices.mpv_film import KEY_MESSAGE, OBSERVED, FilmWatch, ScreenRecord
from femo_tui.devices.mpv_ipc import MpvIpc
from femo_tui.devices.mpv_keys import FOCUSED, KeyWatch
from femo_tui.devices.mpv_page import (
    DRAWING_BOTTOM,
    SCRIPT_HEIGHT,
    countdown_overlay,
    notice_overlay,
    page_overlay,
)
from femo_tui.devices.mpv_pulse import Pulse
from femo_tui.devices.mpv_window import open_window, wanted_window
from femo_tui.errors import DeviceError
from femo_tui.model.conditions import Condition
from femo_tui.model.records import JsonValue

_LOOK_EVERY_S = 0.05
_INSISTS_FOR_S, _INSISTS_EVERY_S = 1.5, 0.1
_DISPLAY_LOST = re.compile("X connection to ([^ ]+) broken")
_PAGE, _COUNTDOWN, _NOTICE = 1, 2, 3  # overlays, each above the one before

# Without Num Lock the keypad's digits are these; older players know them as KP1 … already.
_KEYPAD = ("INS", "END", "DOWN", "PGDWN", "LEFT", "BEGIN", "RIGHT", "HOME", "UP", "PGUP")
_KEYS = {
    **{str(digit): str(digit) for digit in range(10)},
    **{f"KP{digit}": str(digit) for digit in range(10)},
    **{f"KP_{name}": str(digit) for digit, name in enumerate(_KEYPAD)},
    **{letter: letter.upper() for letter in "nNsSyY"},
    **{"SPACE": "SPACE", "ENTER": "ENTER", "KP_ENTER": "ENTER", "BS": "BACKSPACE", "ESC": "ESC"},
}


class MpvPlayer:
    """A Player; commands never wait for mpv, a thread of its own listens to it.

    Below its window lies another one, black: where mpv dies the participant sees that, not a
    desktop, until the next one is open.
    """

    def __init__(self, uri: DeviceUri) -> None:
        """Take `mpv[?display=:0&screen=1&vo=x11&speed=1&audio=no]`.

        Raises:
            UsageError: an option has a value that makes no sense.
        """
        self._uri = uri.text
        self._wanted = wanted_window(uri)
        self._mpv: MpvIpc | None = None
        self._backdrop: MpvIpc | None = None
        self._inbox: Inbox | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()  # over film and countdown: the engine's thread and ours
        self._film = FilmWatch(self._wanted.speed)
        self._keys = KeyWatch(managed=False)
        self._answers = Answers()
        self._counts_to_s: float | None = None
        self._counted = ""
        self._beside_footer = False
        self._held_at_s: float | None = None
        self._notice = ""
        self._noticed_s = 0.0
        self._aspect = 16 / 9

    # --- the device --------------------------------------------------------------------------

    def open(self) -> DeviceInfo:
        """Open the window, black.

        Raises:
            DeviceError: mpv is missing, or cannot show anything there; says what to do.
        """
        if self._backdrop is None:
            self._backdrop = open_window(replace(self._wanted, sound=False)).mpv
        try:
            window = open_window(self._wanted)
        except DeviceError:
            self.close()
            raise
        mpv = self._mpv = window.mpv
        self._aspect = window.width / window.height
        for key, name in _KEYS.items():
            mpv.send("keybind", key, f"script-message {KEY_MESSAGE} {name}")
        self._keys = KeyWatch(managed=window.managed)
        for number, observed in enumerate((*OBSERVED, FOCUSED), start=1):
            mpv.send("observe_property", number, observed)
        mpv.send("request_log_messages", "error")
        mpv.send("set_property", "stop-screensaver", "always")
        return DeviceInfo(
            uri=self._uri,
            model=f"{window.version} on {window.display}",
            simulated=False,
            facts={
                "display": window.display,
                "screen": self._wanted.screen,
                "width_px": window.width,
                "height_px": window.height,
                "video_output": window.output,
                "speed": self._wanted.speed,
                "audio": self._wanted.sound,
                "sound_server": window.seat.sound,
                "notifications": window.notifications,
            },
        )

    def start(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._ended.clear()
        self._thread = threading.Thread(target=self._listen, name="femo-player", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the window; the black one stays for the next if mpv had gone by itself."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._backdrop is not None and (self._mpv is None or not self._mpv.gone):
            self._backdrop.close()
            self._backdrop = None
        if self._mpv is not None:
            self._mpv.close()
            self._mpv = None
        self._film = FilmWatch(self._wanted.speed)
        self._counts_to_s = None

    # --- what is shown -----------------------------------------------------------------------

    def show(self, page: Page) -> None:
        mpv, inbox = self._mpv, self._inbox
        if mpv is None or inbox is None:
            return
        with self._lock:
            self._film.forget()
            self._clear(mpv)
            if page.illustration is not None:
                mpv.send("set_property", "video-margin-ratio-bottom", DRAWING_BOTTOM)
                mpv.send("loadfile", str(page.illustration.absolute()), "replace")
            _overlay(mpv, _PAGE, page_overlay(page, self._aspect))
            if page.countdown_s is not None:
                self._counts_to_s = inbox.clock.now_s() + page.countdown_s
                self._beside_footer = bool(page.footer)
                self._count_down(mpv, inbox.clock.now_s())

    def play(self, clip: Path) -> None:
        mpv, inbox = self._mpv, self._inbox
        if mpv is None or inbox is None:
            return
        with self._lock:
            self._clear(mpv)
            _overlay(mpv, _PAGE, "")
            mpv.send("set_property", "video-margin-ratio-bottom", 0)
            request_id = mpv.send("loadfile", str(clip.absolute()), "replace")
            self._film.expect(clip, request_id, inbox.clock.now_s())

    def _clear(self, mpv: MpvIpc) -> None:
        """Make way for the next thing: black, so that nothing of the last one is mixed with it."""
        self._counts_to_s, self._counted, self._held_at_s = None, "", None
        mpv.send("stop")
        mpv.send("set_property", "pause", False)
        _overlay(mpv, _COUNTDOWN, "")
        _overlay(mpv, _NOTICE, "")

    def set_paused(self, paused: bool, notice: str = "") -> None:
        mpv, inbox = self._mpv, self._inbox
        if mpv is None or inbox is None:
            return
        with self._lock:
            now_s = inbox.clock.now_s()
            self._film.pause(paused, now_s)
            if paused:
                self._held_at_s = self._noticed_s = now_s
                self._notice = notice_overlay(notice, self._aspect) if notice else ""
                mpv.send("set_property", "pause", True)
                _overlay(mpv, _NOTICE, self._notice)
                return
            if self._counts_to_s is not None and self._held_at_s is not None:
                self._counts_to_s += now_s - self._held_at_s
            self._held_at_s = None
            _overlay(mpv, _NOTICE, "")
            mpv.send("set_property", "pause", False)

    def blank(self) -> None:
        self.show(Page())

    def cue(self, condition: Condition | None) -> None:
        pass

    def ask(self, *properties: str) -> dict[str, JsonValue]:
        """Return the properties that mpv has; waits for it, so this is nothing for a run."""
        return {} if self._mpv is None else self._answers.ask(self._mpv, properties)

    # --- listening ---------------------------------------------------------------------------

    def _listen(self) -> None:
        mpv, inbox = self._mpv, self._inbox
        assert mpv is not None
        assert inbox is not None
        pulse = Pulse(inbox.clock.now_s())
        while not self._ended.is_set():
            mpv.wait(_LOOK_EVERY_S)
            now_s = inbox.clock.now_s()
            messages = mpv.receive()
            self._answers.take(messages)
            records: list[ScreenRecord] = []
            with self._lock:
                for message in messages:
                    records += self._film.take(now_s, message)
                    if message.name == FOCUSED:
                        records += self._keys.take(now_s, message.value)
                records += self._film.tick(now_s)
                records += self._keys.tick(now_s)
                self._count_down(mpv, now_s)
                self._insist(mpv, now_s)
            records += pulse.feel(mpv, now_s, heard=bool(messages))
            for record in records:
                inbox.put(record)
            if mpv.gone:
                for record in player_trouble.died(now_s, _how_it_ended(mpv, pulse)):
                    inbox.put(record)
                return

    def _insist(self, mpv: MpvIpc, now_s: float) -> None:
        """Ask for the notice again: a frame that was under way as the film stopped hides it."""
        held_s = math.inf if self._held_at_s is None else now_s - self._held_at_s
        if self._notice and held_s < _INSISTS_FOR_S and now_s - self._noticed_s > _INSISTS_EVERY_S:
            self._noticed_s = now_s
            _overlay(mpv, _NOTICE, self._notice)

    def _count_down(self, mpv: MpvIpc, now_s: float) -> None:
        if self._counts_to_s is None or self._held_at_s is not None:
            return
        shown = countdown_overlay(
            self._counts_to_s - now_s, self._aspect, beside_footer=self._beside_footer
        )
        if shown != self._counted:
            self._counted = shown
            _overlay(mpv, _COUNTDOWN, shown)


def _how_it_ended(mpv: MpvIpc, pulse: Pulse) -> str:
    if pulse.hung:
        return f"did not answer for {player_trouble.HUNG_AFTER_S:g} s and was ended"
    lost = _DISPLAY_LOST.search(mpv.output())
    if lost is not None:
        return f"lost its display {lost.group(1)}; look whether somebody is logged in there"
    return mpv.exit_text()


def _overlay(mpv: MpvIpc, number: int, events: str) -> None:
    kind = "ass-events" if events else "none"
    mpv.send_named(
        "osd-overlay", id=number, format=kind, data=events, res_x=0, res_y=SCRIPT_HEIGHT, z=number
    )
