"""The real mpv on a virtual display: what is on the screen, and what is said of it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from femo_tui import paths
from femo_tui.devices.base import Page
from femo_tui.devices.player import make_player
from femo_tui.errors import DeviceError
from femo_tui.model.records import PlayerMoment, Severity
from tests.devices.film_with_numbers import make_numbered_film
from tests.devices.screen_under_test import BRIGHT, DARK, Screen
from tests.support.films import make_languages
from tests.support.needed import need
from tests.support.xvfb import grab, xvfb_display

QUICK = paths.stimuli_dir() / "quick"
FPS = 25  # of the film


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb_display() as name:
        yield name


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, display: str) -> Path:
    return make_numbered_film(tmp_path_factory.mktemp("films") / "numbers.mp4", 2.4, FPS)


@pytest.fixture
def screen(display: str) -> Iterator[Screen]:
    running = Screen(display)
    yield running
    running.player.close()


def test_the_window_covers_the_screen_and_is_black_between_films(screen: Screen) -> None:
    assert (screen.info.facts["width_px"], screen.info.facts["height_px"]) == (1280, 720)
    assert not screen.info.simulated
    screen.see_black()
    screen.player.play(QUICK / "happy.mp4")
    screen.wait_for(PlayerMoment.STARTED)
    screen.see(lambda share, _: share > 0.5)  # a light sky, to all edges
    assert grab(screen.display)[:, [0, -1]].mean() > BRIGHT
    screen.player.blank()
    screen.see_black()


def test_the_participant_reads_text_over_black(screen: Screen) -> None:
    screen.player.show(Page(text="You will see six films.", footer="1 … 9"))
    screen.see(lambda share, _: 0.005 < share < 0.1, 250, 450)
    screen.see(lambda share, _: share > 0.0002, 640, 720)  # the footer
    screen.player.blank()
    screen.see_black()


def test_an_illustration_has_its_text_below_it(screen: Screen) -> None:
    screen.player.show(Page(text="Look happy.", illustration=QUICK / "face-happy.png"))
    screen.see(lambda share, _: 0.01 < share < 0.2, 0, 470)
    screen.see(lambda share, _: 0.002 < share < 0.1, 475, 560)
    screen.player.play(QUICK / "happy.mp4")
    screen.wait_for(PlayerMoment.STARTED)
    screen.see(lambda share, _: share > 0.5, 600, 720)  # the film has the whole screen again


def test_a_fixation_cross_stands_in_the_middle(screen: Screen) -> None:
    screen.player.show(Page(fixation=True))
    screen.see(lambda share, _: share > 0)
    rows, columns = (grab(screen.display) > BRIGHT).nonzero()
    assert abs(rows.mean() - 360) < 2
    assert abs(columns.mean() - 640) < 2


def test_a_countdown_counts(screen: Screen) -> None:
    screen.player.show(Page(text="Hold.", countdown_s=20))
    screen.see(lambda share, _: share > 0, 640, 720)
    before = grab(screen.display)[640:]
    give_up_s = time.monotonic() + 5
    while (grab(screen.display)[640:] == before).all():
        assert time.monotonic() < give_up_s


def test_a_film_starts_is_reported_and_ends_at_its_length(screen: Screen, film: Path) -> None:
    screen.player.play(film)
    ended = screen.wait_for(PlayerMoment.ENDED)
    events = screen.moments()
    assert [e.moment for e in events][:: len(events) - 1] == [
        PlayerMoment.STARTED,
        PlayerMoment.ENDED,
    ]
    assert events[0].media_s == pytest.approx(0, abs=1 / FPS)
    assert ended[0].media_s == pytest.approx(2.4)
    positions = [e.media_s for e in screen.all_of(PlayerMoment.POSITION)]
    assert len(positions) >= 4 * 2.4
    assert positions == sorted(positions, key=lambda media_s: media_s or 0.0)


def test_nothing_of_the_film_before_is_taken_for_the_film_that_plays(
    screen: Screen, film: Path
) -> None:
    screen.player.play(film)
    screen.inbox.wait_for(lambda _: any((e.media_s or 0) > 1 for e in screen.moments()))
    replaced_s = screen.inbox.clock.now_s()
    screen.player.play(film)
    screen.wait_for(PlayerMoment.ENDED)
    again = screen.all_of(PlayerMoment.STARTED)[1]
    assert again.media_s == pytest.approx(0, abs=1 / FPS)
    assert not [e for e in screen.moments() if replaced_s + 0.05 < e.t_s < again.t_s]
    positions = [e.media_s or 0 for e in screen.moments() if e.t_s > again.t_s]
    assert positions == sorted(positions)
    assert len(screen.all_of(PlayerMoment.ENDED)) == 1


def test_a_paused_film_stands_still_below_black_and_is_not_called_stalled(
    screen: Screen, film: Path
) -> None:
    screen.player.play(film)
    screen.wait_for(PlayerMoment.POSITION, 3)
    screen.player.set_paused(True, "One moment, please")
    resumed_s = screen.inbox.clock.now_s() + 1.0
    screen.see(lambda share, mean: 0.0005 < share < 0.03 and mean < DARK)
    screen.inbox.clock.sleep_until(resumed_s)  # long enough to be taken for a stall
    media_s = [e.media_s or 0 for e in screen.moments()][-1]
    screen.player.set_paused(False)
    screen.see(lambda share, _: share > 0.2)
    screen.wait_for(PlayerMoment.ENDED)
    assert not screen.all_of(PlayerMoment.STALLED)
    went_on = [e for e in screen.all_of(PlayerMoment.POSITION) if e.t_s > resumed_s]
    assert went_on[0].media_s == pytest.approx(media_s, abs=0.3)


def test_a_paused_countdown_waits(screen: Screen) -> None:
    screen.player.show(Page(text="Hold.", countdown_s=2))
    screen.see(lambda share, _: share > 0.0005, 600, 720)
    screen.player.set_paused(True, "One moment, please")
    screen.inbox.clock.sleep_until(screen.inbox.clock.now_s() + 2.5)  # it would be at 0
    screen.player.set_paused(False)
    screen.see(lambda share, _: share > 0.0005, 600, 720)
    before = grab(screen.display)[600:]
    give_up_s = time.monotonic() + 5
    while (grab(screen.display)[600:] == before).all():
        assert time.monotonic() < give_up_s


def test_the_participants_keys_arrive_once_each(screen: Screen) -> None:
    need("xdotool")
    screen.player.show(Page(text="1 … 9", footer="1 … 9"))
    screen.see(lambda share, _: share > 0)
    keys = ["7", "0", "KP_3", "space", "Return", "Escape", "y", "N", "BackSpace"]
    keys.append("q")  # nobody's key
    subprocess.run(["xdotool", "key", *keys], env={"DISPLAY": screen.display}, check=True)
    pressed = [event.key for event in screen.wait_for(PlayerMoment.KEY, 9)]
    assert pressed == ["7", "0", "3", "SPACE", "ENTER", "ESC", "Y", "N", "BACKSPACE"]
    assert screen.mpv.is_running()


def test_no_subtitles_are_shown_whatever_a_film_asks_for(screen: Screen, tmp_path: Path) -> None:
    screen.player.play(make_languages(tmp_path / "languages.mkv", 4.0))
    screen.wait_for(PlayerMoment.POSITION, 3)
    assert grab(screen.display).max() < 2 * DARK  # a black film


def test_a_hung_mpv_is_noticed_and_blocks_nobody(screen: Screen, film: Path) -> None:
    screen.player.play(film)
    screen.wait_for(PlayerMoment.POSITION, 3)
    screen.mpv.send_signal(signal.SIGSTOP)
    asked_s = time.monotonic()
    for _ in range(1500):  # more than a socket holds
        screen.player.blank()
    screen.player.play(film)
    took_s = time.monotonic() - asked_s
    screen.inbox.wait_for(lambda _: len(screen.inbox.named("player_silent")) == 1, 5)
    assert took_s < 5
    assert screen.inbox.named("player_silent")[0].severity is Severity.LOSS
    screen.mpv.send_signal(signal.SIGCONT)
    screen.inbox.wait_for(lambda _: bool(screen.inbox.named("player_answers")), 20)


def test_a_film_that_stands_still_is_called_stalled(screen: Screen, film: Path) -> None:
    screen.player.play(film)
    screen.wait_for(PlayerMoment.POSITION, 3)
    screen.mpv.send_signal(signal.SIGSTOP)
    stalled = screen.wait_for(PlayerMoment.STALLED)[0]
    assert "stands still" in stalled.text
    screen.mpv.send_signal(signal.SIGCONT)
    screen.wait_for(PlayerMoment.ENDED)
    assert len(screen.all_of(PlayerMoment.STALLED)) == 1


def test_a_hung_mpv_is_closed_all_the_same(screen: Screen) -> None:
    mpv = screen.mpv
    mpv.send_signal(signal.SIGSTOP)
    screen.player.close()
    assert not mpv.is_running()
    assert not screen.all_of(PlayerMoment.DIED)


def test_an_mpv_that_dies_is_said_and_can_be_opened_again(screen: Screen) -> None:
    screen.mpv.kill()
    died = screen.wait_for(PlayerMoment.DIED)
    assert "killed by signal 9" in died[0].text
    assert screen.inbox.named("player_died")[0].severity is Severity.LOSS
    screen.player.show(Page(text="nobody sees this"))
    screen.player.close()
    screen.player.open()
    screen.player.start(screen.inbox)
    screen.player.play(QUICK / "neutral.mp4")
    screen.wait_for(PlayerMoment.ENDED)


def test_a_film_that_cannot_be_played_is_said(screen: Screen, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    screen.player.play(broken)
    assert "broken.mp4 cannot be played" in screen.wait_for(PlayerMoment.FAILED)[0].text
    assert screen.inbox.named("clip_failed")[0].severity is Severity.LOSS
    screen.player.play(QUICK / "neutral.mp4")
    screen.wait_for(PlayerMoment.ENDED)


def test_no_film_plays_on_when_the_recorder_is_killed(display: str) -> None:
    script = (
        "from femo_tui.devices.player import make_player\n"
        f"player = make_player('mpv?display={display}&vo=x11&audio=no')\n"
        "player.open(); print('open', flush=True); input()"
    )
    recorder = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert recorder.stdout is not None
    assert recorder.stdout.readline() == "open\n"
    windows = [p for p in psutil.Process(recorder.pid).children() if p.name() == "mpv"]
    recorder.kill()
    recorder.communicate()
    psutil.wait_procs(windows, timeout=5)
    assert len(windows) == 2
    assert all(not w.is_running() or w.status() == psutil.STATUS_ZOMBIE for w in windows)


def refusal(uri: str) -> str:
    player = make_player(uri)
    assert player is not None
    with pytest.raises(DeviceError) as refused:
        player.open()
    player.close()
    return str(refused.value)


def test_a_display_that_is_not_there_is_named(display: str) -> None:
    assert "mpv finds no display :987" in refusal("mpv?display=:987")


@pytest.mark.parametrize(
    "words",
    [
        "[vo/x11] couldn't open the X11 display!",
        "X connection to :1 broken (explicit kill or server shutdown).",
        "      after 8 requests (8 known processed) with 0 events remaining.",
    ],
)
def test_a_display_that_resets_itself_meanwhile_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, display: str, words: str
) -> None:
    """A bare X server does so when its last client leaves; the words are those mpv ended with."""
    tried, real = tmp_path / "tried", shutil.which("mpv")
    script = f'test -e {tried} && exec {real} "$@"; touch {tried}; echo {shlex.quote(words)} >&2'
    (tmp_path / "mpv").write_text(f"#!/bin/sh\n{script}\nexit 1\n")
    (tmp_path / "mpv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    player = make_player(f"mpv?display={display}&vo=x11&audio=no")
    assert player is not None
    player.open()
    player.close()
    assert tried.exists()


def test_a_display_that_may_not_be_used_asks_for_xauthority(tmp_path: Path) -> None:
    need("Xvfb", "mpv", "xauth")
    cookies = tmp_path / "cookies"
    subprocess.run(
        ["xauth", "-f", str(cookies), "add", ":987", ".", "0123456789abcdef" * 2],
        check=True,
        capture_output=True,
    )
    with xvfb_display("320x240", "-auth", str(cookies)) as locked:
        assert "set XAUTHORITY" in refusal(f"mpv?display={locked}")


def test_a_missing_mpv_is_said_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt install mpv" in refusal("mpv?display=:0")
