"""Opens mpv's window on the participant's screen, or says in one sentence why it cannot."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from femo_tui.devices.base import DeviceUri
from femo_tui.devices.mpv_film import TIMING_OFFSET_S
from femo_tui.devices.mpv_ipc import MpvIpc
from femo_tui.devices.notifications import Notifications, look_at_notifications
from femo_tui.devices.screens import has_window_manager, refuse_unless_there
from femo_tui.devices.seat import Seat, find_seat
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.clock import HostClock
from femo_tui.model.records import JsonValue

OPENS_WITHIN_S = 5.0
# A bare X server resets itself when its last client has left, and cuts off who comes just then.
TRIES = 3
RESETS_WITHIN_S = 0.3
_CUT_OFF = ("couldn't open the X11 display", "X connection to", "known processed)")
SLOWEST, FASTEST = 0.1, 30.0  # for rehearsals and tests of long films
_ASK_EVERY_S = 0.05
_DEFAULT_OUTPUTS = "gpu,x11"  # gpu refuses software renderers, where x11 is four times cheaper

# What is shown is what the hashed file holds: nothing beside it is loaded, no script, no profile,
# no other file that it names. Of what it holds the same everywhere, whatever language a desktop
# speaks: its first sound track and no subtitles, which `femo stimuli check` tells of.
_ARGUMENTS = (
    *("--no-config", "--load-scripts=no", "--ytdl=no", "--autoload-files=no"),
    *("--access-references=no", "--ordered-chapters=no", "--aid=1", "--sid=no"),
    # A film cut out of another by copying begins at a key frame before the cut; its edit list says
    # where. mpv passes over such lists, and would show what was cut away.
    "--demuxer-lavf-o=advanced_editlist=1",
    *("--idle=yes", "--force-window=immediate", "--keep-open=yes", "--keep-open-pause=no"),
    *("--image-display-duration=inf", "--title=femo"),
    # without a window manager --fs is ignored, so the geometry says it too; the pointer is hidden
    # only while the window has the focus, which a window manager gives it
    *("--fs", "--no-border", "--ontop", "--geometry=100%x100%+0+0", "--cursor-autohide=always"),
    *("--no-osc", "--osd-level=0", "--osd-bar=no"),
    *("--no-input-default-bindings", "--input-terminal=no", "--input-media-keys=no"),
    f"--video-timing-offset={TIMING_OFFSET_S}",
    "--stop-screensaver=always",  # yes: only while a film plays, and pages are read for minutes
    "--input-ar-rate=0",  # a key that is held is one answer
    "--msg-level=all=error",
)

_ASKED = ("vo-configured", "osd-width", "osd-height", "mpv-version", "current-vo")


class _CutOff(DeviceError):
    """The display was resetting itself; never leaves this module as more than a DeviceError."""


@dataclass(frozen=True, slots=True)
class WantedWindow:
    """What a player URI asks for; an empty display is the session's own."""

    display: str
    screen: int | None
    outputs: str
    speed: float
    sound: bool


@dataclass(frozen=True, slots=True)
class Window:
    """mpv with its window open."""

    mpv: MpvIpc
    seat: Seat
    version: str
    output: str
    width: int
    height: int
    managed: bool  # by a window manager
    notifications: Notifications

    @property
    def display(self) -> str:
        return self.seat.display


def wanted_window(uri: DeviceUri) -> WantedWindow:
    """Read the options of `mpv[?display=:0&screen=1&vo=x11&speed=1&audio=no]`.

    Raises:
        UsageError: an option has a value that makes no sense.
    """
    speed = uri.number("speed", 1.0)
    if not SLOWEST <= speed <= FASTEST:
        raise UsageError(f"device {uri.text}: speed is from {SLOWEST:g} to {FASTEST:g}")
    screen = uri.options.get("screen")
    if screen is not None and not re.fullmatch("[0-9]{1,2}", screen):
        raise UsageError(f"device {uri.text}: screen is a number, 0 for the first")
    return WantedWindow(
        display=uri.options.get("display", ""),
        screen=None if screen is None else int(screen),
        outputs=uri.options.get("vo", _DEFAULT_OUTPUTS),
        speed=speed,
        sound=uri.choice("audio", ("yes", "no")) == "yes",
    )


def open_window(wanted: WantedWindow) -> Window:
    """Start mpv and wait until its window is there, black.

    Raises:
        DeviceError: mpv is missing, or shows nothing within OPENS_WITHIN_S; says what to do.
    """
    if shutil.which("mpv") is None:
        raise DeviceError("mpv is not installed: install it, such as with `apt install mpv`")
    seat = find_seat(os.environ, wanted.display)
    environment = seat.environment(os.environ)
    if wanted.screen is not None:
        refuse_unless_there(wanted.screen, seat.display, environment)
    mpv, facts = _start(_arguments(wanted), seat, environment)
    return Window(
        mpv=mpv,
        seat=seat,
        version=str(facts["mpv-version"]),
        output=str(facts["current-vo"]),
        width=int(str(facts["osd-width"])),
        height=int(str(facts["osd-height"])),
        managed=has_window_manager(environment),
        notifications=look_at_notifications(environment),
    )


def _start(
    arguments: list[str], seat: Seat, environment: dict[str, str]
) -> tuple[MpvIpc, dict[str, JsonValue]]:
    """Start mpv, again where its display was just resetting itself; return it and its window."""
    clock, tries = HostClock(), 0
    while True:
        tries += 1
        mpv = MpvIpc(arguments, environment)
        try:
            return mpv, _await_window(mpv, seat)
        except _CutOff:
            mpv.close()
            if tries == TRIES:
                raise
        except BaseException:
            mpv.close()
            raise
        clock.sleep_until(clock.now_s() + RESETS_WITHIN_S)


def _arguments(wanted: WantedWindow) -> list[str]:
    arguments = [*_ARGUMENTS, f"--vo={wanted.outputs}", f"--speed={wanted.speed}"]
    if not wanted.sound:
        arguments.append("--no-audio")
    if wanted.screen is not None:
        arguments += [f"--screen={wanted.screen}", f"--fs-screen={wanted.screen}"]
    return arguments


def _await_window(mpv: MpvIpc, seat: Seat) -> dict[str, JsonValue]:
    """Return what mpv says of its window once it has one."""
    clock = HostClock()
    give_up_s = clock.now_s() + OPENS_WITHIN_S
    facts: dict[str, JsonValue] = {}
    asked: dict[int, str] = {}
    while not (facts.get("vo-configured") and facts.get("osd-width")):
        if clock.now_s() > give_up_s:
            raise DeviceError(
                f"mpv opened no window on {seat.display} within {OPENS_WITHIN_S:g} s:"
                " look whether the screen is on and answers"
            )
        asked |= {mpv.send("get_property", name): name for name in _ASKED}
        clock.sleep_until(clock.now_s() + _ASK_EVERY_S)
        for message in mpv.receive():
            if message.request_id in asked and message.error == "success":
                facts[asked[message.request_id]] = message.value
        if mpv.gone:
            output = mpv.output()
            kind = _CutOff if _was_cut_off(output, seat.display) else DeviceError
            raise kind(_why_not(output, seat))
    return facts


def _was_cut_off(output: str, display: str) -> bool:
    """Return whether a display that is there did not let mpv in, or let it go again."""
    number = re.fullmatch(r":(\d+)(\.\d+)?", display)
    there = number is not None and Path(f"/tmp/.X11-unix/X{number[1]}").is_socket()
    return there and any(words in output for words in _CUT_OFF)


def _why_not(output: str, seat: Seat) -> str:
    """Make one sentence of what mpv said before it gave up."""
    display = seat.display
    if "uthorization" in output or "No protocol specified" in output:
        tried = f" (no key to it in {', '.join(seat.keys_tried)})" if seat.keys_tried else ""
        return (
            f"mpv may not use display {display}{tried}: set XAUTHORITY to the .Xauthority of"
            " whoever is logged in there"
        )
    if "couldn't open the X11 display" in output:
        return (
            f"mpv finds no display {display}: name the participant's screen, such as"
            " mpv?display=:0, and look whether somebody is logged in there"
        )
    said = [line.strip() for line in output.splitlines() if line.strip()]
    newest = said[-1][:200] if said else "it said nothing"
    return f"mpv opened no window on {display} ({newest}): try `mpv --idle --force-window` there"
