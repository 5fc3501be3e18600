"""What mpv says becomes what happens on the participant's screen; no process, no thread, no I/O.

mpv numbers every file it loads (`playlist_entry_id`): the reply to `loadfile` brings the number,
`start-file` says which is current, and what is said between two `start-file`s is about the first.
So nothing that a file before left behind is taken for the film that plays.

Film time: mpv begins to draw a frame TIMING_OFFSET_S before its time, and `time-pos` becomes that
frame's at once. So at the moment it changes the film is that much behind it, which is what is
reported; right to 3 ms by the display's memory at 24, 25, 30 and 60 frames a second. mpv's own
0.05 s is more than a frame: there `time-pos` waits until the frame before is drawn, and what is
reported was 8 to 17 ms late, by the film's rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from femo_tui.devices import player_trouble
from femo_tui.devices.mpv_drift import SyncWatch
from femo_tui.devices.mpv_ipc import MpvMessage
from femo_tui.model.records import (
    DeviceEvent,
    JsonValue,
    PlayerEvent,
    PlayerMoment,
    Severity,
    Stream,
)

KEY_MESSAGE = "femo-key"
TIMING_OFFSET_S = 0.016  # mpv's --video-timing-offset, of the host's time: under 1/60
NOT_STARTED_AFTER_S = 3.0
_REPORT_EVERY_S = 0.09  # a little less than 0.1: at 25 FPS that is every third frame
_AT_THE_END_S = 0.25  # the last frame begins before the film ends and lasts until it does
CUT_SHORT_S = 1.0  # a film that ends so much before the length it promises is not whole

ScreenRecord = PlayerEvent | DeviceEvent


@dataclass(slots=True)
class _Film:
    path: Path
    request_id: int
    loaded_s: float
    entry: int | None = None
    started: bool = False
    ended: bool = False
    position_s: float | None = None  # newest time-pos
    shown_s: float = 0.0  # film time on the screen when it came
    sync: SyncWatch = field(default_factory=lambda: SyncWatch(0.0))
    stalls: int = 0
    moved_s: float = 0.0  # boot time at which time-pos last changed
    reported_s: float = 0.0  # boot time of the last report
    duration_s: float | None = None
    stalled: bool = False
    drops_before: dict[str, int] = field(default_factory=dict)


class FilmWatch:
    """Follows the one film that plays; illustrations are loads of which only failure is told."""

    def __init__(self, speed: float = 1.0) -> None:
        self._lead_s = TIMING_OFFSET_S * speed
        self._film: _Film | None = None
        self._current_entry: int | None = None
        self._drops: dict[str, int] = {}  # newest counts, of the whole run
        self._paused = False

    def expect(self, path: Path, request_id: int, now_s: float) -> None:
        """Follow the film that this `loadfile` request loads."""
        self._film = _Film(path, request_id, now_s)
        self._paused = False

    def forget(self) -> None:
        """Something else than a film is shown."""
        self._film = None

    def pause(self, paused: bool, now_s: float) -> None:
        """Expect no progress while paused."""
        self._paused = paused
        if self._film is not None:
            self._film.moved_s = self._film.loaded_s = now_s
            self._film.sync.settle(now_s)

    def take(self, now_s: float, message: MpvMessage) -> list[ScreenRecord]:
        """Take in a message that arrived at boot time `now_s`."""
        film = self._film
        if message.event == "client-message":
            return _keys(now_s, message.args)
        if message.event == "log-message":
            return _sound_trouble(now_s, message.value)
        if message.event == "start-file":
            self._current_entry = message.entry
        elif message.event == "end-file" and message.reason and message.entry is not None:
            return self._take_end(now_s, message)
        if message.event == "property-change" and message.name in _DROP_COUNTS:
            self._drops[message.name] = int(_number(message.value) or 0)
        if film is None:
            return []
        if message.request_id == film.request_id:
            film.entry = message.entry
        if film.entry is None or film.entry != self._current_entry or film.ended:
            return []
        if message.event == "playback-restart" and not film.started:
            return self._start(now_s, film)
        if message.event == "property-change":
            return self._take_property(now_s, film, message)
        return []

    def tick(self, now_s: float) -> list[ScreenRecord]:
        """Say so if the film should have advanced by now."""
        film = self._film
        if film is None or film.ended or film.stalled or self._paused:
            return []
        if film.started and now_s - film.moved_s > player_trouble.STALLED_AFTER_S:
            text = f"{film.path.name} stands still at {film.shown_s:.1f} s"
        elif not film.started and now_s - film.loaded_s > NOT_STARTED_AFTER_S:
            text = f"{film.path.name} has not started"
        else:
            return []
        film.stalled = True
        film.stalls += 1
        return list(player_trouble.stalled(now_s, text, film.shown_s))

    def _start(self, now_s: float, film: _Film) -> list[ScreenRecord]:
        film.started = True
        film.shown_s = film.position_s or 0.0
        film.moved_s = film.reported_s = now_s
        film.sync.settle(now_s)
        film.drops_before = dict(self._drops)
        return [PlayerEvent(now_s, PlayerMoment.STARTED, film.shown_s)]

    def _take_property(self, now_s: float, film: _Film, message: MpvMessage) -> list[ScreenRecord]:
        value = _number(message.value)
        if message.name == "duration" and value is not None:
            film.duration_s = value
        elif message.name == "time-pos" and value is not None and value != film.position_s:
            return self._advance(now_s, film, value)
        elif message.name == "avsync" and value is not None and film.started:
            if not self._paused and film.sync.take(now_s, value):
                return [_drifted(now_s, film.path.name, value)]
        elif message.name == "eof-reached" and message.value is True and film.started:
            return self._end(now_s, film)
        return []

    def _advance(self, now_s: float, film: _Film, position_s: float) -> list[ScreenRecord]:
        film.position_s = position_s
        film.moved_s = now_s
        film.stalled = False
        if not film.started:
            return []
        film.shown_s = max(film.shown_s, position_s - self._lead_s)
        if now_s - film.reported_s < _REPORT_EVERY_S:
            return []
        film.reported_s = now_s
        return [PlayerEvent(now_s, PlayerMoment.POSITION, film.shown_s)]

    def _end(self, now_s: float, film: _Film) -> list[ScreenRecord]:
        film.ended = True
        end_s = film.position_s or film.shown_s
        if film.duration_s is not None and film.duration_s - end_s < _AT_THE_END_S:
            end_s = film.duration_s
        dropped: dict[str, JsonValue] = {
            _DROP_COUNTS[name]: count - film.drops_before.get(name, 0)
            for name, count in self._drops.items()
            if count > film.drops_before.get(name, 0)
        }
        records = [_played(now_s, film, end_s, dropped)]
        if dropped:
            counts = ", ".join(f"{count} by the {by}" for by, count in dropped.items())
            text = f"{film.path.name}: frames were dropped, {counts}"
            records.append(
                DeviceEvent(now_s, Stream.PLAYER, "frames_dropped", Severity.WARNING, text, dropped)
            )
        if film.duration_s is not None and film.duration_s - end_s > CUT_SHORT_S:
            text = (
                f"{film.path.name} ends at {end_s:.1f} s of the {film.duration_s:.1f} s that it"
                " promises: the file is not whole, copy it again"
            )
            return records + _failed(now_s, text, end_s)
        return [*records, PlayerEvent(now_s, PlayerMoment.ENDED, end_s)]

    def _take_end(self, now_s: float, message: MpvMessage) -> list[ScreenRecord]:
        """A file that ends before its end was reached could not be played."""
        if message.reason in ("stop", "eof", "quit", "redirect"):
            return []
        film = self._film
        if film is None or film.entry != message.entry:
            text = f"a drawing cannot be shown ({message.reason}): look at the file"
            return [DeviceEvent(now_s, Stream.PLAYER, "drawing_failed", Severity.WARNING, text)]
        film.ended = True
        text = f"{film.path.name} cannot be played ({message.reason}): look at it with mpv"
        return _failed(now_s, text, film.shown_s)


_DROP_COUNTS = {"frame-drop-count": "screen", "decoder-frame-drop-count": "decoder"}
OBSERVED = ("time-pos", "eof-reached", "duration", "avsync", *_DROP_COUNTS)


def _failed(now_s: float, text: str, media_s: float) -> list[ScreenRecord]:
    return [
        DeviceEvent(now_s, Stream.PLAYER, "clip_failed", Severity.LOSS, text),
        PlayerEvent(now_s, PlayerMoment.FAILED, media_s, text=text),
    ]


def _played(
    now_s: float, film: _Film, end_s: float, dropped: Mapping[str, JsonValue]
) -> ScreenRecord:
    """Sum up a film for whoever judges later how it was seen."""
    sync_s = film.sync.largest_s
    detail: dict[str, JsonValue] = {
        "played_s": round(end_s, 3),
        "file_s": None if film.duration_s is None else round(film.duration_s, 3),
        "stalls": film.stalls,
        "dropped_by_screen": dropped.get("screen", 0),
        "dropped_by_decoder": dropped.get("decoder", 0),
        "sound_ahead_most_s": None if sync_s is None else round(sync_s, 3),
    }
    text = f"{film.path.name} was played for {end_s:.1f} s"
    return DeviceEvent(now_s, Stream.PLAYER, "film_played", Severity.INFO, text, detail)


def _drifted(now_s: float, name: str, ahead_s: float) -> ScreenRecord:
    where = "ahead of" if ahead_s > 0 else "behind"
    text = f"{name}: the sound runs {abs(ahead_s) * 1000:.0f} ms {where} the picture"
    detail: dict[str, JsonValue] = {"sound_ahead_s": round(ahead_s, 3)}
    return DeviceEvent(now_s, Stream.PLAYER, "av_drift", Severity.WARNING, text, detail)


def _keys(now_s: float, args: tuple[str, ...]) -> list[ScreenRecord]:
    if len(args) != 2 or args[0] != KEY_MESSAGE:
        return []
    return [PlayerEvent(now_s, PlayerMoment.KEY, key=args[1])]


def _sound_trouble(now_s: float, logged: JsonValue) -> list[ScreenRecord]:
    """mpv goes on in silence where it has no audio device; only its log says so."""
    if "no sound" not in str(logged):
        return []
    text = "the film plays without sound: look whether a loudspeaker is connected and chosen"
    return [DeviceEvent(now_s, Stream.PLAYER, "no_sound", Severity.WARNING, text)]


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
