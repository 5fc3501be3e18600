"""The participant's screen: one mpv window for the whole run."""

from __future__ import annotations

import threading
from pathlib import Path

from femo_tui.devices import player_trouble
from femo_tui.devices.base import DeviceInfo, DeviceUri, Inbox, Page
from femo_tui.devices.mpv_film import KEY_MESSAGE, OBSERVED, FilmWatch, ScreenRecord
from femo_tui.devices.mpv_ipc import MpvIpc
from femo_tui.devices.mpv_page import (
    DRAWING_BOTTOM,
    SCRIPT_HEIGHT,
    countdown_overlay,
    page_overlay,
)
from femo_tui.devices.mpv_window import open_window, wanted_window
from femo_tui.model.conditions import Condition

HEARTBEAT_S = 0.5
_LOOK_EVERY_S = 0.05
_PAGE_OVERLAY, _COUNTDOWN_OVERLAY = 1, 2

_KEYS = {
    **{str(digit): str(digit) for digit in range(10)},
    **{f"KP{digit}": str(digit) for digit in range(10)},
    **{"SPACE": "SPACE", "ENTER": "ENTER", "KP_ENTER": "ENTER", "ESC": "ESC"},
}


class MpvPlayer:
    """A Player; commands never wait for mpv, a thread of its own listens to it."""

    def __init__(self, uri: DeviceUri) -> None:
        """Take `mpv[?display=:0&screen=1&vo=x11&speed=1&audio=no]`.

        Raises:
            UsageError: an option has a value that makes no sense.
        """
        self._uri = uri.text
        self._wanted = wanted_window(uri)
        self._mpv: MpvIpc | None = None
        self._inbox: Inbox | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()  # over film and countdown: the engine's thread and ours
        self._film = FilmWatch(self._wanted.speed)
        self._counts_to_s: float | None = None
        self._counted = ""
        self._aspect = 16 / 9

    # --- the device --------------------------------------------------------------------------

    def open(self) -> DeviceInfo:
        """Open the window, black.

        Raises:
            DeviceError: mpv is missing, or cannot show anything there; says what to do.
        """
        window = open_window(self._wanted)
        mpv = self._mpv = window.mpv
        self._aspect = window.width / window.height
        for key, name in _KEYS.items():
            mpv.send("keybind", key, f"script-message {KEY_MESSAGE} {name}")
        for number, observed in enumerate(OBSERVED, start=1):
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
            },
        )

    def start(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._ended.clear()
        self._thread = threading.Thread(target=self._listen, name="femo-player", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
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
            self._counts_to_s, self._counted = None, ""
            _overlay(mpv, _COUNTDOWN_OVERLAY, "")
            if page.illustration is None:
                mpv.send("stop")
            else:
                mpv.send("set_property", "pause", False)
                mpv.send("set_property", "video-margin-ratio-bottom", DRAWING_BOTTOM)
                mpv.send("loadfile", str(page.illustration.absolute()), "replace")
            _overlay(mpv, _PAGE_OVERLAY, page_overlay(page, self._aspect))
            if page.countdown_s is not None:
                self._counts_to_s = inbox.clock.now_s() + page.countdown_s
                self._count_down(mpv, inbox.clock.now_s())

    def play(self, clip: Path) -> None:
        mpv, inbox = self._mpv, self._inbox
        if mpv is None or inbox is None:
            return
        with self._lock:
            self._counts_to_s = None
            _overlay(mpv, _PAGE_OVERLAY, "")
            _overlay(mpv, _COUNTDOWN_OVERLAY, "")
            mpv.send("set_property", "video-margin-ratio-bottom", 0)
            mpv.send("set_property", "pause", False)
            request_id = mpv.send("loadfile", str(clip.absolute()), "replace")
            self._film.expect(clip, request_id, inbox.clock.now_s())

    def set_paused(self, paused: bool, notice: str = "") -> None:
        if self._mpv is None or self._inbox is None:
            return
        with self._lock:
            self._film.pause(paused, self._inbox.clock.now_s())
            self._mpv.send("set_property", "pause", paused)

    def blank(self) -> None:
        self.show(Page())

    def cue(self, condition: Condition | None) -> None:
        pass

    # --- listening ---------------------------------------------------------------------------

    def _listen(self) -> None:
        mpv, inbox = self._mpv, self._inbox
        assert mpv is not None
        assert inbox is not None
        pulse = _Pulse(inbox.clock.now_s())
        while not self._ended.is_set():
            mpv.wait(_LOOK_EVERY_S)
            now_s = inbox.clock.now_s()
            messages = mpv.receive()
            records: list[ScreenRecord] = []
            with self._lock:
                for message in messages:
                    records += self._film.take(now_s, message)
                records += self._film.tick(now_s)
                self._count_down(mpv, now_s)
            records += pulse.feel(mpv, now_s, heard=bool(messages))
            for record in records:
                inbox.put(record)
            if mpv.gone:
                for record in player_trouble.died(now_s, mpv.exit_text()):
                    inbox.put(record)
                return

    def _count_down(self, mpv: MpvIpc, now_s: float) -> None:
        if self._counts_to_s is None:
            return
        shown = countdown_overlay(self._counts_to_s - now_s, self._aspect)
        if shown != self._counted:
            self._counted = shown
            _overlay(mpv, _COUNTDOWN_OVERLAY, shown)


class _Pulse:
    """Notices when mpv stops answering: hung, or stopped."""

    def __init__(self, now_s: float) -> None:
        self._heard_s = self._asked_s = now_s
        self._silent = False

    def feel(self, mpv: MpvIpc, now_s: float, *, heard: bool) -> list[ScreenRecord]:
        if heard:
            self._heard_s = now_s
        if now_s - self._asked_s >= HEARTBEAT_S and not self._silent:
            self._asked_s = now_s
            mpv.send("get_property", "idle-active")
        if self._silent and heard:
            self._silent = False
            return [player_trouble.answers(now_s)]
        if (
            not self._silent
            and now_s - self._heard_s > player_trouble.SILENT_AFTER_S
            and not mpv.gone
        ):
            self._silent = True
            return [player_trouble.silent(now_s)]
        return []


def _overlay(mpv: MpvIpc, number: int, events: str) -> None:
    kind = "ass-events" if events else "none"
    mpv.send_named(
        "osd-overlay", id=number, format=kind, data=events, res_x=0, res_y=SCRIPT_HEIGHT, z=0
    )
