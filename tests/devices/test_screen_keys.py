"""Where the participant's keys go, beside a real window manager and other windows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from femo_tui.devices.base import Page
from femo_tui.devices.mpv_keys import AWAY_FOR_S, KeyWatch
from femo_tui.devices.screens import has_window_manager
from femo_tui.model.records import PlayerMoment, Severity
from femo_tui.recorder.card_check import CardCheck
from femo_tui.recorder.preflight_client import CheckState
from tests.devices.screen_under_test import Screen
from tests.support.desktop import running, window_manager
from tests.support.femo import wait_until
from tests.support.needed import need
from tests.support.xvfb import xvfb_display


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A display that a window manager looks after."""
    need("xdotool")
    with xvfb_display("640x360") as name, window_manager(name):
        yield name


@pytest.fixture
def screen(display: str) -> Iterator[Screen]:
    opened = Screen(display)
    yield opened
    opened.player.close()


def has_the_keyboard(screen: Screen) -> bool:
    found = subprocess.run(
        ["xdotool", "getwindowfocus", "getwindowpid"],
        env={"DISPLAY": screen.display},
        capture_output=True,
        text=True,
        check=False,  # nobody has it yet
    )
    return found.stdout.strip() == str(screen.mpv.pid)


def type_key(screen: Screen, key: str) -> None:
    subprocess.run(["xdotool", "key", key], env={"DISPLAY": screen.display}, check=True)


def test_keys_that_go_to_another_window_are_told_until_they_are_back(screen: Screen) -> None:
    screen.player.show(Page(text="1 … 9"))
    wait_until(lambda: has_the_keyboard(screen), "the keyboard for the participant's window")
    type_key(screen, "5")
    screen.wait_for(PlayerMoment.KEY)
    info = screen.info
    check = CardCheck(screen.player, Page())
    other = ("mpv", "--no-config", "--idle", "--force-window", "--vo=x11", "--geometry=200x100")
    with running(*other, display=screen.display):
        screen.inbox.wait_for(lambda _: bool(screen.inbox.named("keys_away")))
        type_key(screen, "Escape")
    away = screen.inbox.named("keys_away")[0]
    assert away.severity is Severity.WARNING
    assert "Esc too, go to another window" in away.text
    screen.inbox.wait_for(lambda _: bool(screen.inbox.named("keys_back")))
    type_key(screen, "6")
    pressed = screen.wait_for(PlayerMoment.KEY, 2)
    assert [event.key for event in pressed] == ["5", "6"]
    for name, state in (("keys_away", CheckState.WARNING), ("keys_back", CheckState.OK)):
        check.hear(screen.inbox.named(name)[0])
        assert check.verdict(info)[0] is state
    check.hear(pressed[1])
    assert check.verdict(info) == (CheckState.OK, "key 6 arrived", "")


def test_without_a_window_manager_keys_arrive_and_nothing_is_told() -> None:
    need("xdotool", "xprop")
    with xvfb_display("640x360") as display:
        assert not has_window_manager({"DISPLAY": display})
        screen = Screen(display)
        try:
            screen.player.show(Page(text="1 … 9"))
            screen.inbox.clock.sleep_until(screen.inbox.clock.now_s() + 2 * AWAY_FOR_S)
            type_key(screen, "5")
            screen.wait_for(PlayerMoment.KEY)
            assert not screen.inbox.named("keys_away")
        finally:
            screen.player.close()


def test_a_window_that_never_got_the_keyboard_is_told_of_only_where_one_hands_it_out() -> None:
    for managed, told in ((True, ["keys_away"]), (False, [])):
        keys = KeyWatch(managed=managed)
        assert keys.take(100.0, focused=False) == []
        assert keys.tick(100.0 + AWAY_FOR_S / 2) == []
        assert [event.name for event in keys.tick(100.1 + AWAY_FOR_S)] == told
        assert keys.tick(200.0) == []
