"""What can happen to the participant's screen, done to the real mpv: each is named at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from femo_tui.devices import player_trouble
from femo_tui.devices.base import Page
from femo_tui.errors import DeviceError
from femo_tui.model.records import PlayerEvent, PlayerMoment, Severity
from tests.devices.screen_under_test import Screen
from tests.support.films import cut, make_film
from tests.support.framebuffer import Framebuffer
from tests.support.xvfb import x_server, xvfb_display

AT_ONCE_S = 1.0  # on a busy machine, beyond what has to be waited for
BLACK = 8


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("display")


@pytest.fixture(scope="module")
def display(memory: Path) -> Iterator[str]:
    with xvfb_display("1280x720", "-fbdir", str(memory)) as name:
        yield name


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, display: str) -> Path:
    folder = tmp_path_factory.mktemp("films")
    return make_film(folder / "film.mp4", 6, sound=False, options=("-movflags", "+faststart"))


@pytest.fixture
def screen(display: str) -> Iterator[Screen]:
    running = Screen(display)
    yield running
    running.player.close()


def picture(memory: Path) -> NDArray[np.uint8]:
    return Framebuffer(memory).picture()


def test_a_killed_mpv_is_gone_at_once_and_black_is_what_is_left(
    screen: Screen, film: Path, memory: Path
) -> None:
    screen.player.play(film)
    screen.wait_for(PlayerMoment.POSITION)
    killed_s = screen.inbox.clock.now_s()
    screen.mpv.kill()
    died = screen.wait_for(PlayerMoment.DIED)[0]
    assert died.t_s - killed_s < AT_ONCE_S
    screen.see_black()
    screen.player.close()  # as the engine does, before it opens it again
    assert picture(memory).max() < BLACK
    screen.player.open()
    screen.player.start(screen.inbox)
    screen.player.show(Page(text="Here again."))
    screen.see(lambda share, _: share > 0)


def test_a_hung_mpv_is_stalled_then_silent_then_ended(screen: Screen, film: Path) -> None:
    screen.player.play(film)
    screen.wait_for(PlayerMoment.POSITION)
    hung_s = screen.inbox.clock.now_s()
    screen.mpv.send_signal(signal.SIGSTOP)
    died = screen.wait_for(PlayerMoment.DIED)[0]
    assert "did not answer for 3 s and was ended" in died.text
    stalled = screen.all_of(PlayerMoment.STALLED)[0]
    silent = screen.inbox.named("player_silent")[0]
    assert stalled.t_s - hung_s < player_trouble.STALLED_AFTER_S + AT_ONCE_S
    assert silent.t_s - hung_s < player_trouble.SILENT_AFTER_S + AT_ONCE_S
    assert died.t_s - hung_s < player_trouble.HUNG_AFTER_S + AT_ONCE_S


def test_an_mpv_that_hangs_below_a_page_is_ended_too(screen: Screen) -> None:
    screen.player.show(Page(text="Read this."))
    screen.mpv.send_signal(signal.SIGSTOP)
    assert screen.wait_for(PlayerMoment.DIED)
    assert screen.inbox.named("player_silent")


def test_an_mpv_that_is_missing_when_it_is_needed_again_is_named(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    screen.mpv.kill()
    screen.wait_for(PlayerMoment.DIED)
    screen.player.close()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="mpv is not installed"):
        screen.player.open()


def test_a_display_that_goes_is_named(film: Path, tmp_path: Path) -> None:
    with x_server("640x360") as (display, server):
        screen = Screen(display)
        try:
            screen.player.play(film)
            screen.wait_for(PlayerMoment.POSITION)
            gone_s = screen.inbox.clock.now_s()
            server.kill()
            died = screen.wait_for(PlayerMoment.DIED)[0]
            assert died.t_s - gone_s < AT_ONCE_S
            assert f"lost its display {display}" in died.text
            screen.player.close()
            with pytest.raises(DeviceError, match=display):
                screen.player.open()
        finally:
            screen.player.close()


def failed(screen: Screen) -> PlayerEvent:
    """Return the film's failure, which a device event has named, too."""
    event = screen.wait_for(PlayerMoment.FAILED)[0]
    told = screen.inbox.named("clip_failed")[0]
    assert (told.text, told.severity) == (event.text, Severity.LOSS)
    assert not screen.all_of(PlayerMoment.ENDED)
    return event


def test_a_film_that_is_not_there_or_no_film_fails_at_once(screen: Screen, tmp_path: Path) -> None:
    no_film = tmp_path / "no-film.mp4"
    no_film.write_bytes(b"no film")
    for number, path in enumerate((tmp_path / "nowhere.mp4", no_film), start=1):
        asked_s = screen.inbox.clock.now_s()
        screen.player.play(path)
        event = screen.wait_for(PlayerMoment.FAILED, number)[-1]
        assert event.t_s - asked_s < AT_ONCE_S
        assert f"{path.name} cannot be played" in event.text


def test_a_film_whose_header_was_cut_off_fails_at_once(screen: Screen, tmp_path: Path) -> None:
    whole = make_film(tmp_path / "whole.mp4", 2, sound=False)  # its index stands at its end
    screen.player.play(cut(whole, tmp_path / "cut.mp4", 0.6))
    assert "cut.mp4 cannot be played" in failed(screen).text


def test_a_film_that_was_cut_off_fails_where_it_ends(
    screen: Screen, film: Path, tmp_path: Path
) -> None:
    screen.player.play(cut(film, tmp_path / "cut.mp4", 0.3))
    event = failed(screen)
    assert event.media_s is not None
    assert 0.5 < event.media_s < 3.5  # a third of 6 s, as far as bytes tell seconds
    assert "of the 6.0 s that it promises" in event.text


def test_a_film_that_was_played_says_how(screen: Screen, tmp_path: Path) -> None:
    short = make_film(tmp_path / "short.mp4", 1, sound=False)
    screen.player.play(short)
    screen.wait_for(PlayerMoment.ENDED)
    played = screen.inbox.named("film_played")[0]
    assert played.severity is Severity.INFO
    assert played.detail["played_s"] == played.detail["file_s"] == 1.0
    assert (played.detail["stalls"], played.detail["sound_ahead_most_s"]) == (0, None)
