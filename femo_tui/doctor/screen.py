"""The participant's screen: mpv, a display, sound, notifications. No window is opened."""

from __future__ import annotations

import os
import re
import shutil

from femo_tui.devices.base import DeviceUri, parse_uri
from femo_tui.devices.notifications import REMEDIES, Notifications, look_at_notifications
from femo_tui.devices.player import OPTIONS
from femo_tui.devices.programs import printed
from femo_tui.devices.screens import list_screens, refuse_unless_there
from femo_tui.devices.seat import Seat, find_seat, find_sound
from femo_tui.devices.sound import BARE_CARD, silence
from femo_tui.doctor.finding import Finding, Subject, config_line, look, missing, ok, refused
from femo_tui.doctor.in_use import in_use
from femo_tui.errors import FemoError

TEST_CARD = "femo stimuli testcard"
SCREEN_LIMIT_S = 8.0  # two programs, each of which may take as long as screens.py lets it
_MPV_ANSWERS_WITHIN_S = 5.0


def look_at_player(subject: Subject) -> Finding:
    """Tell whether mpv is there and answers; `sim` and `none` need none."""
    uri = subject.config.player
    try:
        wanted = parse_uri(uri, OPTIONS)
    except FemoError as problem:
        return refused("player", problem)
    if wanted.scheme == "sim":
        return look("player", "sim: SIMULATED, nobody sees a film", config_line("player", "mpv"))
    if wanted.scheme == "none":
        return ok("player", "none: nothing is shown")
    if shutil.which("mpv") is None:
        return missing("player", "mpv is not installed", "sudo apt install mpv")
    version = _mpv_version()
    if not version:
        found = f"mpv is there and does not say its version within {_MPV_ANSWERS_WITHIN_S:g} s"
        return missing("player", found, "mpv --version   # look what it says")
    return ok("player", version, version=version)


def look_at_display(subject: Subject) -> Finding:
    wanted = _wanted(subject)
    if wanted is None:
        return ok("display", "none is needed")
    uri = subject.config.player
    try:
        seat = find_seat(os.environ, wanted.options.get("display", ""))
        environment = seat.environment(os.environ)
        screen = wanted.options.get("screen", "")
        if re.fullmatch("[0-9]{1,2}", screen):
            refuse_unless_there(int(screen), seat.display, environment)
    except FemoError as problem:
        what, _, remedy = str(problem).rpartition(": ")  # where it was looked for mends nothing
        return missing("display", what, remedy)
    if used := in_use(uri):
        return ok("display", f"{seat.display}, {used}", display=seat.display)
    sizes = [f"{width}×{height}" for width, height in list_screens(environment)]
    if sizes:
        found = f"{seat.display}, {', '.join(sizes)}"
        return ok("display", found, display=seat.display, screens=sizes)
    return _untold(seat)


def look_at_sound(subject: Subject) -> Finding:
    wanted = _wanted(subject)
    if wanted is None or wanted.options.get("audio") == "no":
        return ok("sound", "none is needed")
    server = find_sound(os.environ)
    silent = silence(server)
    if not silent:
        return ok("sound", f"{server}; listen to the tone of `{TEST_CARD}`", server=server)
    if silent == BARE_CARD:
        return look("sound", silent, f"{TEST_CARD}   # whether the tone is heard there")
    return look(
        "sound",
        silent,
        "sudo apt install pipewire-audio   # or log in at the participant's screen as this user",
    )


def look_at_popups(subject: Subject) -> Finding:
    """Tell whether notifications would pop up over the films."""
    wanted = _wanted(subject)
    if wanted is None:
        return ok("popups", "none is needed to be held back")
    try:
        seat = find_seat(os.environ, wanted.options.get("display", ""))
    except FemoError:
        return ok("popups", "no display, no notifications")
    state = look_at_notifications(seat.environment(os.environ))
    if state not in REMEDIES:
        off = state is Notifications.OFF
        return ok("popups", "notifications are held back" if off else "nothing shows any")
    found, _, remedy = REMEDIES[state].partition(": ")
    return look("popups", found, remedy)


def _wanted(subject: Subject) -> DeviceUri | None:
    """Return what mpv is asked for; None where no mpv is to show films."""
    try:
        wanted = parse_uri(subject.config.player, OPTIONS)
    except FemoError:
        return None  # the player's line tells it
    return wanted if wanted.scheme == "mpv" else None


def _mpv_version() -> str:
    said = printed(["mpv", "--no-config", "--version"], os.environ, _MPV_ANSWERS_WITHIN_S)
    found = re.match(r"mpv \S+", said)
    return found[0] if found else ""


def _untold(seat: Seat) -> Finding:
    """Say what a display that tells no screen may be."""
    if seat.display.startswith("wayland"):
        return ok("display", f"{seat.display}; `{TEST_CARD}` shows a card there")
    tools = [name for name in ("xdpyinfo", "xrandr") if shutil.which(name) is not None]
    if not tools:
        found = f"{seat.display}, not tried: neither xdpyinfo nor xrandr is installed"
        return look("display", found, "sudo apt install x11-utils")
    tried = f" (no key to it in {', '.join(seat.keys_tried)})" if seat.keys_tried else ""
    remedy = "export XAUTHORITY=…   # the .Xauthority of whoever is logged in at that screen"
    return missing("display", f"{seat.display} lets this user not in{tried}", remedy)
