"""The participant's seat is found from an empty environment, as ssh gives one."""

from __future__ import annotations

import ctypes
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from femo_tui.devices.player import make_player
from femo_tui.devices.seat import Seat, find_seat
from femo_tui.errors import DeviceError
from tests.support.needed import need
from tests.support.xvfb import xvfb_display

HOST = "lab-pc"
UID = 1000
COOKIE = "0123456789abcdef" * 2


class Tree:
    """The parts of a machine's file system that tell of its seat."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home/lab"
        self.runtime = root / f"run/user/{UID}"
        for folder in (self.home, self.runtime, root / "tmp/.X11-unix", root / "proc/net"):
            folder.mkdir(parents=True)
        self._open: list[socket.socket] = []
        self._listening: list[str] = []

    def socket(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = socket.socket(socket.AF_UNIX)
        with chdir(path.parent):  # the path of a socket is short
            made.bind(path.name)
        self._open.append(made)

    def x_server(self, number: int, *, alive: bool = True) -> None:
        self.socket(self.root / f"tmp/.X11-unix/X{number}")
        if alive:
            # as Linux prints it: Num RefCount Protocol Flags Type St Inode Path
            line = f"0000: 00000002 00000000 00010000 0001 01 1 /tmp/.X11-unix/X{number}"
            self._listening.append(line)
        (self.root / "proc/net/unix").write_text("\n".join(["Num Path", *self._listening]))

    def process(self, pid: int, *words: str) -> None:
        (self.root / f"proc/{pid}").mkdir()
        (self.root / f"proc/{pid}/cmdline").write_bytes("\0".join([*words, ""]).encode())

    def key(self, path: Path, number: str, host: str = HOST) -> Path:
        """Write a key to a display, laid out as Xlib's Xauth.h says."""
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = [host.encode(), number.encode(), b"MIT-MAGIC-COOKIE-1", bytes.fromhex(COOKIE)]
        entry = (256).to_bytes(2) + b"".join(len(part).to_bytes(2) + part for part in parts)
        path.write_bytes((path.read_bytes() if path.exists() else b"") + entry)
        return path

    def find(self, wanted: str = "", **own: str) -> Seat:
        environment = {"HOME": str(self.home), **own}
        return find_seat(environment, wanted, root=self.root, uid=UID, host=HOST)

    def close(self) -> None:
        for made in self._open:
            made.close()


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(tmp_path)
    yield made
    made.close()


def test_an_x_session_is_found_with_the_key_in_the_home(tree: Tree) -> None:
    tree.x_server(0)
    key = tree.key(tree.home / ".Xauthority", "0")
    seat = tree.find()
    assert seat.display == ":0"
    assert seat.environment({"PATH": "/bin", "WAYLAND_DISPLAY": "old"}) == {
        "PATH": "/bin",
        "DISPLAY": ":0",
        "XAUTHORITY": str(key),
        "XDG_RUNTIME_DIR": str(tree.runtime),
    }


@pytest.mark.parametrize("place", ["gdm/Xauthority", ".mutter-Xwaylandauth.8PFX12", "xauth_kXyZ"])
def test_the_key_that_a_desktop_keeps_in_the_runtime_directory_is_found(
    tree: Tree, place: str
) -> None:
    tree.x_server(1)
    tree.key(tree.home / ".Xauthority", "1", host="another-machine")  # a home on the network
    tree.key(tree.home / ".Xauthority", "0")
    key = tree.key(tree.runtime / place, "1")
    assert tree.find(":1").variables["XAUTHORITY"] == str(key)


@pytest.mark.parametrize("named", [(":0",), ("vt2", "-displayfd", "3")])
def test_the_key_that_the_server_was_started_with_is_found(
    tree: Tree, named: tuple[str, ...]
) -> None:
    tree.x_server(0)
    key = tree.key(tree.root / "var/lib/lightdm/key", "0")
    tree.process(17, "/usr/lib/xorg/Xorg", *named, "-auth", "/var/lib/lightdm/key", "-nolisten")
    tree.process(18, "/bin/sh", "-auth", "/etc/passwd")
    assert tree.find().variables["XAUTHORITY"] == str(key)


def test_ones_own_xauthority_goes_first_and_a_broken_file_holds_no_key(tree: Tree) -> None:
    tree.x_server(0)
    tree.key(tree.home / ".Xauthority", "0")
    own = tree.key(tree.root / "own", "")  # for any display
    assert tree.find(XAUTHORITY=str(own)).variables["XAUTHORITY"] == str(own)
    own.write_bytes(own.read_bytes()[:20])
    seat = tree.find(XAUTHORITY=str(own))
    assert seat.variables["XAUTHORITY"] == str(tree.home / ".Xauthority")


def test_without_a_key_it_is_said_where_it_was_looked_for(tree: Tree) -> None:
    tree.x_server(0)
    seat = tree.find()
    assert "XAUTHORITY" not in seat.variables
    assert seat.keys_tried == (str(tree.home / ".Xauthority"),)


def test_a_display_that_can_be_opened_goes_before_one_that_cannot(tree: Tree) -> None:
    tree.x_server(0)  # of the login screen
    tree.x_server(1)
    tree.key(tree.runtime / "gdm/Xauthority", "1")
    assert tree.find().display == ":1"
    assert tree.find(":0").display == ":0"
    assert tree.find(DISPLAY=":0").display == ":0"


def test_a_socket_that_a_killed_server_left_is_no_display(tree: Tree) -> None:
    tree.x_server(0, alive=False)
    tree.x_server(3)
    assert tree.find().display == ":3"
    with pytest.raises(DeviceError, match=r"no display :0 in /tmp/.X11-unix: there is :3"):
        tree.find(":0")


def test_a_wayland_session_is_found_by_its_socket(tree: Tree) -> None:
    tree.socket(tree.runtime / "wayland-0")
    (tree.runtime / "wayland-0.lock").touch()
    tree.x_server(0)
    seat = tree.find()
    assert (seat.display, seat.variables["WAYLAND_DISPLAY"]) == ("wayland-0", "wayland-0")
    assert seat.variables["XDG_RUNTIME_DIR"] == str(tree.runtime)
    assert "DISPLAY" not in seat.environment({"DISPLAY": "localhost:10.0"})
    assert tree.find(":0").unset == {"WAYLAND_DISPLAY"}


def test_sound_and_bus_are_found_in_the_runtime_directory(tree: Tree) -> None:
    tree.x_server(0)
    assert tree.find().sound == ""
    tree.socket(tree.runtime / "pulse/native")
    assert tree.find().sound == "PulseAudio"
    tree.socket(tree.runtime / "pipewire-0")
    tree.socket(tree.runtime / "bus")
    seat = tree.find()
    assert seat.sound == "PipeWire"
    assert seat.variables["DBUS_SESSION_BUS_ADDRESS"] == f"unix:path={tree.runtime}/bus"
    told = tree.find(DBUS_SESSION_BUS_ADDRESS="unix:path=/elsewhere")
    assert told.variables["DBUS_SESSION_BUS_ADDRESS"] == "unix:path=/elsewhere"


def test_films_are_not_shown_on_the_screen_that_ssh_came_from(tree: Tree) -> None:
    with pytest.raises(DeviceError, match=r"DISPLAY=localhost:10\.0 leads to the screen that ssh"):
        tree.find(DISPLAY="localhost:10.0")
    tree.x_server(0)
    assert tree.find(DISPLAY="localhost:10.0").display == ":0"


def test_a_machine_without_any_display_says_what_was_looked_at(tree: Tree) -> None:
    with pytest.raises(DeviceError, match="DISPLAY and WAYLAND_DISPLAY are not set") as refused:
        tree.find()
    assert "such as mpv?display=:0" in str(refused.value)
    assert str(tree.runtime) in str(refused.value)
    with pytest.raises(DeviceError, match=r"no display wayland-1 in .*: log in at the participant"):
        tree.find("wayland-1")


# --- real displays -------------------------------------------------------------------------------

OPEN = """
import sys
from femo_tui.devices.player import make_player
from femo_tui.errors import DeviceError
player = make_player(sys.argv[1])
try:
    print(player.open().facts["display"])
except DeviceError as problem:
    print(problem)
player.close()
"""


def open_as_ssh_would(home: Path, uri: str) -> str:
    """Open the player in a process with an empty environment; return the display, or why not."""
    path = "/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["env", "-i", f"HOME={home}", f"PATH={path}", sys.executable, "-c", OPEN, uri],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout.strip()


def xauth(file: Path, display: str) -> None:
    subprocess.run(
        ["xauth", "-f", str(file), "add", display, ".", COOKIE], check=True, capture_output=True
    )


def test_a_locked_display_opens_from_an_empty_environment(tmp_path: Path) -> None:
    need("Xvfb", "mpv", "xauth")
    home, keys = tmp_path / "home", tmp_path / "server-keys"
    home.mkdir()
    xauth(keys, ":987")  # what locks it; the server reads its keys without their number
    with xvfb_display("320x240", "-auth", str(keys)) as locked:
        uri = f"mpv?display={locked}&vo=x11&audio=no"
        refused = open_as_ssh_would(home, uri)
        assert f"mpv may not use display {locked} (no key to it in {keys}, " in refused
        assert str(home / ".Xauthority") in refused
        assert "set XAUTHORITY" in refused
        xauth(home / ".Xauthority", locked)
        assert open_as_ssh_would(home, uri) == locked
        (home / ".Xauthority").unlink()
        xauth(keys, locked)  # found through the server's own -auth
        assert open_as_ssh_would(home, uri) == locked


def test_a_screen_that_is_not_there_is_named_with_those_there_are() -> None:
    need("xdpyinfo")
    with xvfb_display("320x240", "+xinerama", "-screen", "1", "640x480x24") as display:
        second = make_player(f"mpv?display={display}&screen=1&vo=x11&audio=no")
        third = make_player(f"mpv?display={display}&screen=2&vo=x11&audio=no")
        assert second is not None
        assert third is not None
        facts = second.open().facts
        second.close()
        assert (facts["width_px"], facts["height_px"]) == (640, 480)
        with pytest.raises(DeviceError, match=r"no screen 2: there is 0 \(320×240\), 1 \(640×480"):
            third.open()


class _SaverInfo(ctypes.Structure):
    """XScreenSaverInfo of X11/extensions/scrnsaver.h; `xset q` does not tell of the state."""

    _fields_ = (
        ("window", ctypes.c_ulong),
        ("state", ctypes.c_int),
        ("kind", ctypes.c_int),
        ("til_or_since_ms", ctypes.c_ulong),
        ("idle_ms", ctypes.c_ulong),
        ("event_mask", ctypes.c_ulong),
    )


class ScreenSaver:
    """The screen saver of a display; it comes a second after the last key."""

    def __init__(self, display: str) -> None:
        need("xset")
        subprocess.run(["xset", "-display", display, "s", "1", "1"], check=True)
        self._x11, self._xss = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._xss.XScreenSaverQueryInfo.argtypes = [
            *(ctypes.c_void_p, ctypes.c_ulong),
            ctypes.POINTER(_SaverInfo),
        ]
        self._display = self._x11.XOpenDisplay(display.encode())

    def look(self) -> _SaverInfo:
        info = _SaverInfo()
        root = self._x11.XDefaultRootWindow(self._display)
        self._xss.XScreenSaverQueryInfo(self._display, root, ctypes.byref(info))
        return info

    def comes_within_idle_ms(self, idle_ms: int) -> bool:
        give_up_s = time.monotonic() + 20
        while (info := self.look()).idle_ms < idle_ms:
            assert time.monotonic() < give_up_s
            if info.state == 1:
                return True
            time.sleep(0.05)
        return False


def test_no_screen_saver_comes_while_a_page_is_read() -> None:
    with xvfb_display("320x240", "-noreset") as display:
        saver = ScreenSaver(display)
        assert saver.comes_within_idle_ms(3000)
        subprocess.run(["xset", "-display", display, "s", "reset"], check=True)
        player = make_player(f"mpv?display={display}&vo=x11&audio=no")
        assert player is not None
        player.open()
        subprocess.run(["xset", "-display", display, "s", "reset"], check=True)
        assert not saver.comes_within_idle_ms(3000)
        player.close()
        assert saver.comes_within_idle_ms(3000 + saver.look().idle_ms)
