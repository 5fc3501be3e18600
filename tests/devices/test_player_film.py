"""What becomes of mpv's messages, one by one: stalls, dropped frames, films that end early."""

from __future__ import annotations

from pathlib import Path

from femo_tui.devices.mpv_film import FilmWatch, ScreenRecord
from femo_tui.devices.mpv_ipc import MpvMessage
from femo_tui.model.records import DeviceEvent, JsonValue, PlayerEvent, PlayerMoment

FILM = Path("/films/one.mp4")
REQUEST, ENTRY = 9, 4


def message(
    event: str = "",
    *,
    name: str = "",
    value: JsonValue = None,
    request_id: int = 0,
    entry: int | None = None,
    reason: str = "",
) -> MpvMessage:
    return MpvMessage(event, request_id, "success", name, value, entry, reason, ())


def changed(name: str, value: JsonValue) -> MpvMessage:
    return message("property-change", name=name, value=value)


def playing() -> FilmWatch:
    """Return a watch whose film has just started, at boot time 100 s."""
    watch = FilmWatch()
    watch.expect(FILM, REQUEST, 99.9)
    watch.take(99.91, message(request_id=REQUEST, entry=ENTRY))
    watch.take(99.92, message("start-file", entry=ENTRY))
    watch.take(99.93, changed("duration", 10.0))
    watch.take(99.95, changed("time-pos", 0.0))
    assert moments(watch.take(100.0, message("playback-restart"))) == [PlayerMoment.STARTED]
    return watch


def moments(records: list[ScreenRecord]) -> list[PlayerMoment]:
    return [r.moment for r in records if isinstance(r, PlayerEvent)]


def test_a_stall_is_said_once_until_the_film_goes_on() -> None:
    watch = playing()
    watch.take(100.1, changed("time-pos", 0.1))
    assert watch.tick(100.6) == []
    assert moments(watch.tick(100.61)) == [PlayerMoment.STALLED]
    assert watch.tick(105.0) == []
    assert moments(watch.take(106.0, changed("time-pos", 0.14))) == [PlayerMoment.POSITION]
    assert moments(watch.tick(106.6)) == [PlayerMoment.STALLED]


def test_a_film_that_never_starts_is_stalled() -> None:
    watch = FilmWatch()
    watch.expect(FILM, REQUEST, 100.0)
    assert watch.tick(102.9) == []
    assert moments(watch.tick(103.1)) == [PlayerMoment.STALLED]


def test_the_time_of_a_pause_is_no_stall() -> None:
    watch = playing()
    watch.pause(True, 100.2)
    assert watch.tick(200.0) == []
    watch.pause(False, 200.0)
    assert watch.tick(200.4) == []
    assert moments(watch.tick(200.6)) == [PlayerMoment.STALLED]


def test_positions_come_ten_times_a_second() -> None:
    watch = playing()
    said = [
        record
        for frame in range(1, 101)
        for record in watch.take(100 + frame * 0.02, changed("time-pos", frame * 0.02))
    ]
    assert 15 <= len(said) <= 22


def test_what_a_film_before_left_behind_is_not_taken_for_this_one() -> None:
    watch = playing()
    watch.expect(FILM, REQUEST + 1, 103.0)
    assert watch.take(103.0, changed("time-pos", 3.0)) == []
    assert watch.take(103.0, changed("eof-reached", True)) == []
    watch.take(103.0, message(request_id=REQUEST + 1, entry=ENTRY + 1))
    assert watch.take(103.0, message("playback-restart")) == []
    assert watch.take(103.0, message("end-file", entry=ENTRY, reason="stop")) == []
    watch.take(103.1, message("start-file", entry=ENTRY + 1))
    watch.take(103.1, changed("time-pos", 0.0))
    assert moments(watch.take(103.2, message("playback-restart"))) == [PlayerMoment.STARTED]


def test_a_film_that_ends_early_says_how_far_it_came() -> None:
    watch = playing()
    watch.take(106.0, changed("time-pos", 6.0))
    ended = watch.take(106.1, changed("eof-reached", True))
    assert [r.media_s for r in ended if isinstance(r, PlayerEvent)] == [6.0]


def test_dropped_frames_of_this_film_are_counted_at_its_end() -> None:
    watch = FilmWatch()
    watch.take(50.0, changed("frame-drop-count", 7))  # of a film before
    watch.expect(FILM, REQUEST, 99.9)
    watch.take(99.91, message(request_id=REQUEST, entry=ENTRY))
    watch.take(99.92, message("start-file", entry=ENTRY))
    watch.take(100.0, message("playback-restart"))
    watch.take(101.0, changed("frame-drop-count", 9))
    watch.take(102.0, changed("decoder-frame-drop-count", 1))
    ended = watch.take(110.0, changed("eof-reached", True))
    notes = [r for r in ended if isinstance(r, DeviceEvent)]
    assert [(n.name, n.detail) for n in notes] == [("frames_dropped", {"screen": 2, "decoder": 1})]


def test_keys_of_others_are_no_keys() -> None:
    other = MpvMessage("client-message", 0, "", "", None, None, "", ("osc-message", "1"))
    assert FilmWatch().take(1.0, other) == []


def test_a_film_without_sound_is_said() -> None:
    # the line that mpv 0.35 logs where no audio device can be opened
    logged = message("log-message", value="Could not open/initialize audio device -> no sound.\n")
    notes = [r for r in playing().take(100.1, logged) if isinstance(r, DeviceEvent)]
    assert [note.name for note in notes] == ["no_sound"]
    other = message("log-message", value="Audio device underrun detected.\n")
    assert playing().take(100.1, other) == []
