"""Finds the participant's seat from anywhere, an ssh login, too: display, its key, sound, bus."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui.devices.xauthority import holds_key
from femo_tui.errors import DeviceError

# What a display server is called; the file behind its `-auth` holds the key to it.
_X_SERVERS = {"X", "Xorg", "Xvfb", "Xwayland", "Xephyr", "Xvnc", "Xtigervnc"}
_KEYS_IN_RUNTIME = ("gdm/Xauthority", ".mutter-Xwaylandauth.*", "xauth_*")  # GDM, GNOME, KDE
_LOCAL_X = re.compile(r":(\d+)(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where films are shown and heard, and what a program has to be told to get there."""

    display: str  # ":0", "wayland-0"
    variables: Mapping[str, str]  # environment variables that take it there
    unset: frozenset[str]  # and those that would lead it elsewhere
    sound: str  # "PipeWire", "PulseAudio"; empty: no sound server is found
    displays: tuple[str, ...]  # all there are
    keys_tried: tuple[str, ...] = ()  # where no key to the display was found

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a program that shows something there."""
        kept = {name: value for name, value in own.items() if name not in self.unset}
        return {**kept, **self.variables}


def find_seat(
    own: Mapping[str, str],
    wanted: str = "",
    *,
    root: Path = Path("/"),
    uid: int | None = None,
    host: str | None = None,
) -> Seat:
    """Find a display (":0", "wayland-0"; empty: the one there is) and what belongs to it.

    `own` is this process's environment; `root`, `uid` and `host` are the machine's, but in tests.

    Raises:
        DeviceError: there is no such display, or none at all; the sentence names those there are.
    """
    machine = _Machine(
        own,
        root,
        os.getuid() if uid is None else uid,
        socket.gethostname() if host is None else host,
    )
    display = wanted or machine.usual_display()
    machine.refuse_unless_there(display)
    variables = {**machine.runtime_variables(), **machine.bus_variables()}
    unset: set[str] = set()
    x_display = display
    if display.startswith("wayland"):
        variables["WAYLAND_DISPLAY"] = display
        x_display = "" if wanted else own.get("DISPLAY", "")  # what mpv falls back to
    else:
        unset.add("WAYLAND_DISPLAY")
    tried: tuple[str, ...] = ()
    if x_display:
        variables["DISPLAY"] = x_display
        key, tried = machine.key_to(x_display)
        variables |= {"XAUTHORITY": str(key)} if key is not None else {}
    else:
        unset.add("DISPLAY")
    return Seat(
        display=display,
        variables=variables,
        unset=frozenset(unset),
        sound=machine.sound_server(),
        displays=machine.displays(),
        keys_tried=tried,
    )


def find_sound(own: Mapping[str, str]) -> str:
    """Return the sound server of this user, empty where none is found; no display is needed."""
    return _Machine(own, Path("/"), os.getuid(), "").sound_server()


@dataclass(frozen=True, slots=True)
class _Machine:
    """The parts of the file system that tell of displays, keys, sound and bus."""

    own: Mapping[str, str]
    root: Path
    uid: int
    host: str

    @property
    def runtime_dir(self) -> Path | None:
        """Return the user's runtime directory; an ssh login may not be told of it."""
        told = self.own.get("XDG_RUNTIME_DIR", "")
        places = ([Path(told)] if told else []) + [self.root / f"run/user/{self.uid}"]
        return next((place for place in places if place.is_dir()), None)

    def wayland_displays(self) -> list[str]:
        if self.runtime_dir is None:
            return []
        found = (path for path in self.runtime_dir.glob("wayland-*") if path.is_socket())
        return sorted(path.name for path in found)

    def x_displays(self) -> list[str]:
        """Return the displays whose server lives; a killed one leaves its socket behind."""
        found = (self.root / "tmp/.X11-unix").glob("X*")
        numbers = [path.name[1:] for path in found if path.is_socket()]
        listening = self._listening()
        alive = [number for number in numbers if f"/tmp/.X11-unix/X{number}" in listening]
        # a server outside of this container listens unseen
        known = filter(str.isdecimal, alive or numbers)
        return [f":{number}" for number in sorted(known, key=int)]

    def _listening(self) -> set[str]:
        try:
            table = (self.root / "proc/net/unix").read_text(errors="replace")
        except OSError:
            return set()
        return {line.rpartition(" ")[2] for line in table.splitlines()}

    def displays(self) -> tuple[str, ...]:
        return (*self.wayland_displays(), *self.x_displays())

    def usual_display(self) -> str:
        """Return the display of this session, or the one that somebody is logged in at.

        One that ssh forwards is passed over: films would be shown to whoever logged in from there.
        """
        own_wayland, own_x = self.own.get("WAYLAND_DISPLAY", ""), self.own.get("DISPLAY", "")
        if own_wayland in self.wayland_displays():
            return own_wayland
        if _LOCAL_X.fullmatch(own_x):
            return own_x
        x_displays = self.x_displays()
        open_to_us = [name for name in x_displays if self.key_to(name)[0] is not None]
        there = [*self.wayland_displays(), *open_to_us, *x_displays]
        if there:
            return there[0]
        forwarded = f"; DISPLAY={own_x} leads to the screen that ssh came from" if own_x else ""
        raise DeviceError(
            "mpv has no display to show films on: DISPLAY and WAYLAND_DISPLAY are not set, and no"
            f" display is found in /tmp/.X11-unix or {self._runtime_name()}{forwarded}: log in at"
            " the participant's screen, or name it, such as mpv?display=:0"
        )

    def refuse_unless_there(self, display: str) -> None:
        """Raise DeviceError if a local display has no socket."""
        if display.startswith("wayland"):
            known, where = self.wayland_displays(), self._runtime_name()
            is_there = display in known
        else:
            known, where = self.x_displays(), "/tmp/.X11-unix"
            local = _LOCAL_X.fullmatch(display)
            # without any socket the server may still listen, on an abstract one
            is_there = not known or local is None or f":{local[1]}" in known
        if not is_there:
            there = ", ".join(self.displays())
            raise DeviceError(
                f"mpv finds no display {display} in {where}: "
                + (f"there is {there}; name one" if there else "log in at the participant's screen")
            )

    def key_to(self, x_display: str) -> tuple[Path | None, tuple[str, ...]]:
        """Return the file with the key to a display, else the files that do not hold it."""
        local = _LOCAL_X.fullmatch(x_display)
        if local is None:
            return None, ()
        number = int(local[1])
        places = list(dict.fromkeys(self._key_files(number)))
        for place in places:
            if holds_key(place, number, self.host):
                return place, ()
        return None, tuple(str(place) for place in places)

    def _key_files(self, number: int) -> Iterator[Path]:
        if told := self.own.get("XAUTHORITY"):
            yield Path(told)
        yield from self._key_files_of_servers(number)
        if home := self.own.get("HOME"):
            yield Path(home) / ".Xauthority"
        if self.runtime_dir is not None:
            for pattern in _KEYS_IN_RUNTIME:
                yield from sorted(self.runtime_dir.glob(pattern))

    def _key_files_of_servers(self, number: int) -> Iterator[Path]:
        for path in (self.root / "proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue  # it has ended, or is hidden
            if words[0].rpartition("/")[2] in _X_SERVERS and "-auth" in words[:-1]:
                named = [word for word in words if _LOCAL_X.fullmatch(word)]
                if named in ([], [f":{number}"]):  # one that chose its number names none
                    file = words[words.index("-auth") + 1]
                    yield self.root / file.lstrip("/")

    def runtime_variables(self) -> dict[str, str]:
        place = self.runtime_dir
        return {} if place is None else {"XDG_RUNTIME_DIR": str(place)}

    def bus_variables(self) -> dict[str, str]:
        """Return where the session's bus is; a screen saver is held off through it."""
        name = "DBUS_SESSION_BUS_ADDRESS"
        if self.own.get(name):
            return {name: self.own[name]}
        place = self.runtime_dir
        if place is None or not (place / "bus").is_socket():
            return {}
        return {name: f"unix:path={place / 'bus'}"}

    def sound_server(self) -> str:
        place = self.runtime_dir
        if place is not None and (place / "pipewire-0").is_socket():
            return "PipeWire"
        if self.own.get("PULSE_SERVER") or (
            place is not None and (place / "pulse/native").is_socket()
        ):
            return "PulseAudio"
        return ""

    def _runtime_name(self) -> str:
        return str(self.runtime_dir or f"/run/user/{self.uid}")
