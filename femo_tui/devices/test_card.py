"""A test card with a tone, played as a film is: what it proves of the participant's screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui import paths
from femo_tui.devices.base import Player
from femo_tui.devices.player_mpv import MpvPlayer
from femo_tui.devices.player_trouble import KEYS_AWAY, KEYS_BACK
from femo_tui.model.counting import plural
from femo_tui.model.records import DeviceEvent, JsonValue, PlayerEvent, PlayerMoment

CARD = "test-card.mp4"
ENDS_WITHIN_S = 8.0  # it lasts 2 s
ASKS_AT_S = 0.8  # film time at which the sound has been opened, or never will be
QUIET_PERCENT = 10.0
_ASKED = (
    *("osd-width", "osd-height", "display-width", "display-height", "current-ao", "audio-device"),
    *("audio-device-list", "ao-mute", "ao-volume"),
)


@dataclass(frozen=True, slots=True)
class CardResult:
    """What was seen of the card; what is not as it should be is in `remedy`."""

    text: str
    remedy: str
    facts: dict[str, JsonValue]

    @property
    def ok(self) -> bool:
        return not self.remedy


class CardShow:
    """Plays the card once and collects what the player says of it."""

    def __init__(self, player: Player, now_s: float, card: Path | None = None) -> None:
        """Begin to play, at boot time `now_s`."""
        self._player = player
        self._begun_s = now_s
        self._started_s: float | None = None
        self._told: Mapping[str, JsonValue] = {}
        self._played: Mapping[str, JsonValue] = {}
        self._failed = ""
        self._keys_away = ""
        self._over = False
        player.play(card or paths.stimuli_dir() / CARD)

    def hear(self, record: PlayerEvent | DeviceEvent) -> None:
        """Take in what the player says."""
        if isinstance(record, DeviceEvent):
            if record.name == "film_played":
                self._played = record.detail
            elif record.name in (KEYS_AWAY, KEYS_BACK):
                self._keys_away = record.text if record.name == KEYS_AWAY else ""
            return
        if record.moment is PlayerMoment.STARTED:
            self._started_s = record.t_s
        elif record.moment in (PlayerMoment.FAILED, PlayerMoment.DIED):
            self._failed, self._over = record.text, True
        elif record.moment is PlayerMoment.ENDED:
            self._over = True
        if not self._told and record.media_s is not None and record.media_s >= ASKS_AT_S:
            self._told = self._player.ask(*_ASKED) if isinstance(self._player, MpvPlayer) else {}

    def result(self, now_s: float) -> CardResult | None:
        """Return what came of it once the card is over, None before."""
        if not self._over and now_s - self._begun_s < ENDS_WITHIN_S:
            return None
        if self._failed or self._started_s is None:
            why = self._failed or f"it has not started within {ENDS_WITHIN_S:g} s"
            return CardResult("the test card was not shown", f"{why}: try mpv on it there", {})
        starts_in_ms = round(1000 * (self._started_s - self._begun_s))
        if not isinstance(self._player, MpvPlayer):
            return CardResult("simulated: nobody sees a test card", "", {"simulated": True})
        dropped = _sum(self._played, "dropped_by_screen", "dropped_by_decoder")
        covers, uncovered = _covers(self._told)
        sound, silent = _sound(self._told)
        remedies = [uncovered, silent, self._keys_away]
        if not self._over:
            remedies.append("the card stands still: look what else this computer does")
        if dropped:
            remedies.append(f"{plural(dropped, 'frame')} dropped: close other programs there")
        frames = f"{plural(dropped, 'frame')} dropped" if dropped else "no frame dropped"
        return CardResult(
            text=f"{covers} · starts in {starts_in_ms} ms · {sound} · {frames}",
            remedy="; ".join(filter(None, remedies)),
            facts={
                "window_width_px": self._told.get("osd-width"),
                "window_height_px": self._told.get("osd-height"),
                "display_width_px": self._told.get("display-width"),
                "display_height_px": self._told.get("display-height"),
                "starts_in_ms": starts_in_ms,
                "sound_output": self._told.get("current-ao"),
                "sound_devices": list(_devices(self._told)),
                "frames_dropped": dropped,
            },
        )


def _covers(told: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Say how much of the display the window takes, and what to do where that is not all."""
    window = (told.get("osd-width"), told.get("osd-height"))
    display = (told.get("display-width"), told.get("display-height"))
    is_size = f"window {window[0]}×{window[1]}"
    if None in display:
        return is_size, "mpv is not told the display's size: look whether the card has all 4 edges"
    of_all = f"{is_size} of {display[0]}×{display[1]}"
    if window != display:
        return of_all, "the window does not cover the screen: close what keeps it from that"
    return of_all, ""


def _sound(told: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Say where the tone goes, and what to do where nobody can hear it."""
    output = told.get("current-ao")
    if output in (None, "null"):
        return "no sound", (
            "mpv opened no audio device: look whether a loudspeaker is connected and chosen, and"
            " whether XDG_RUNTIME_DIR leads to the sound server of whoever is logged in there"
        )
    devices = _devices(told)
    name = devices[0] if len(devices) == 1 else f"default of {len(devices)} devices"
    through = f"tone sent to {output}{f' ({name})' if devices else ''}"
    volume = told.get("ao-volume")
    if told.get("ao-mute") is True:
        return f"{through}, muted", "the sound is muted: turn it on there"
    if isinstance(volume, int | float) and volume < QUIET_PERCENT:
        return f"{through}, volume {volume:.0f} %", "the sound is turned down: turn it up there"
    return through, ""


def _devices(told: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return what the sound may come out of; mpv does not tell which of them is the default."""
    listed, output = told.get("audio-device-list"), told.get("current-ao")
    if not isinstance(listed, list):
        return ()
    return tuple(
        str(device.get("description"))
        for device in listed
        if isinstance(device, dict) and str(device.get("name")).startswith(f"{output}/")
    )


def _sum(facts: Mapping[str, JsonValue], *names: str) -> int:
    return sum(count for name in names if isinstance(count := facts.get(name), int))
