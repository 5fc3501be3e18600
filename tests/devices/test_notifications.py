"""What a desktop does with notifications while films are shown."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from femo_tui.devices.notifications import Notifications, look_at_notifications
from tests.support.femo import wait_until
from tests.support.needed import need

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={folder}/bus</listen>
<servicedir>{folder}</servicedir><policy context="default"><allow send_destination="*"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
SERVICE = "[D-BUS Service]\nName=org.freedesktop.Notifications\nExec=/bin/false\n"


@contextmanager
def bus(folder: Path) -> Iterator[dict[str, str]]:
    """Run a session bus; yield the environment of a program on it."""
    need("dbus-daemon", "dbus-send")
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork"], stderr=subprocess.DEVNULL
    )
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/bus"}
    who = "org.freedesktop.DBus"
    ask = ["dbus-send", "--session", "--print-reply", f"--dest={who}"]
    ask += ["/org/freedesktop/DBus", f"{who}.GetId"]

    def answers() -> bool:
        return subprocess.run(ask, env=environment, capture_output=True).returncode == 0

    try:
        wait_until(answers, "a bus")
        yield environment
    finally:
        daemon.terminate()
        daemon.wait()


def test_a_bus_on_which_nobody_shows_notifications(tmp_path: Path) -> None:
    with bus(tmp_path) as environment:
        assert look_at_notifications(environment) is Notifications.NONE


def test_a_service_that_starts_with_the_first_notification_may_show_it(tmp_path: Path) -> None:
    (tmp_path / "notifications.service").write_text(SERVICE)
    with bus(tmp_path) as environment:
        assert look_at_notifications(environment) is Notifications.UNKNOWN


def test_without_a_bus_none_are_known_of(tmp_path: Path) -> None:
    assert look_at_notifications({"PATH": os.environ["PATH"]}) is Notifications.NONE
    gone = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/bus"}
    assert look_at_notifications(gone) is Notifications.NONE


@pytest.mark.parametrize(
    ("owned", "banners", "inhibited", "expected"),
    [
        ("org.gnome.Shell", "true", "", Notifications.ON),
        ("org.gnome.Shell", "false", "", Notifications.OFF),
        ("org.gnome.Shell", "", "", Notifications.UNKNOWN),
        ("org.kde.plasmashell", "", "variant       boolean true", Notifications.OFF),
        ("org.kde.plasmashell", "", "variant       boolean false", Notifications.ON),
        ("org.xfce.Panel", "", "", Notifications.UNKNOWN),
    ],
)
def test_gnome_and_kde_tell_whether_they_show_them_now(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owned: str,
    banners: str,
    inhibited: str,
    expected: Notifications,
) -> None:
    """The lines are those that dbus-send and gsettings print on these desktops."""
    programs = {
        "dbus-send": f"""case "$*" in
            *NameHasOwner*string:org.freedesktop.Notifications|*NameHasOwner*string:{owned})
                echo "   boolean true";;
            *NameHasOwner*) echo "   boolean false";;
            *Inhibited*) echo "   {inhibited}";;
        esac""",
        "gsettings": f"echo {banners}",
    }
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/of/the/desktop"}
    assert look_at_notifications(environment) is expected
