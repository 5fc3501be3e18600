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
    watch = playing()  # a film of 10 s
    watch.take(109.4, changed("time-pos", 9.4))
    ended = watch.take(109.5, changed("eof-reached", True))
    assert [(r.moment, r.media_s) for r in ended if isinstance(r, PlayerEvent)] == [
        (PlayerMoment.ENDED, 9.4)
    ]


def test_a_film_that_lacks_its_end_has_failed() -> None:
    watch = playing()
    watch.take(106.0, changed("time-pos", 6.0))
    ended = watch.take(106.1, changed("eof-reached", True))
    assert [(r.moment, r.media_s) for r in ended if isinstance(r, PlayerEvent)] == [
        (PlayerMoment.FAILED, 6.0)
    ]
    said = next(r for r in ended if isinstance(r, DeviceEvent) and r.name == "clip_failed")
    assert "one.mp4 ends at 6.0 s of the 10.0 s that it promises" in said.text


def drifts(watch: FilmWatch, ahead_s: dict[float, float]) -> list[DeviceEvent]:
    """Return what is said of a film whose sound is ahead by so much at these boot times."""
    said = [r for t_s, s in ahead_s.items() for r in watch.take(t_s, changed("avsync", s))]
    return [r for r in said if isinstance(r, DeviceEvent)]


def test_sound_that_runs_away_from_the_picture_is_said_once() -> None:
    watch = playing()
    assert drifts(watch, {100.5: 0.3, 101.5: 0.01, 101.6: -0.05, 101.8: -0.01, 102.0: -0.02}) == []
    said = drifts(watch, {103.0: -0.05, 103.4: -0.06, 103.6: -0.055, 104.5: -0.07})
    assert [event.name for event in said] == ["av_drift"]
    assert "55 ms behind the picture" in said[0].text
    watch.take(109.9, changed("time-pos", 9.96))
    played = watch.take(110.0, changed("eof-reached", True))[0]
    assert isinstance(played, DeviceEvent)
    assert played.detail["sound_ahead_most_s"] == -0.07
    assert (played.detail["played_s"], played.detail["file_s"]) == (10.0, 10.0)


def test_sound_that_settles_after_a_pause_is_no_drift() -> None:
    watch = playing()
    watch.pause(True, 102.0)
    watch.pause(False, 110.0)
    assert drifts(watch, {110.1: 0.2, 110.9: 0.2, 111.1: 0.0}) == []


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
    assert [n.name for n in notes] == ["film_played", "frames_dropped"]
    assert notes[1].detail == {"screen": 2, "decoder": 1}


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
