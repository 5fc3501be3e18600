"""Whether notifications would pop up over the films; femo asks, and changes no setting."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from enum import StrEnum

from femo_tui.devices.programs import printed

_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_SERVICE = "org.freedesktop.Notifications"
_GNOME = "org.gnome.Shell"
_ANSWERS_WITHIN_S = 2.0


class Notifications(StrEnum):
    """What a desktop does with notifications."""

    NONE = "none"  # nothing known of on this seat shows any
    OFF = "off"  # held back: do not disturb
    ON = "on"
    UNKNOWN = "unknown"  # something shows them, and does not tell whether it does now


REMEDIES = {
    Notifications.ON: "notifications would pop up over the films: turn on do-not-disturb there",
    Notifications.UNKNOWN: (
        "notifications may pop up over the films: see that do-not-disturb is on there"
    ),
}


def look_at_notifications(environment: Mapping[str, str]) -> Notifications:
    """Ask the session's bus who shows notifications; GNOME and KDE tell whether they do now.

    Without a bus, or without `dbus-send` to ask it with, none are known of.
    """
    if not environment.get("DBUS_SESSION_BUS_ADDRESS") or shutil.which("dbus-send") is None:
        return Notifications.NONE
    if not _has_owner(_SERVICE, environment):
        startable = _ask(environment, _BUS, _BUS_PATH, f"{_BUS}.ListActivatableNames")
        return Notifications.UNKNOWN if f'"{_SERVICE}"' in startable else Notifications.NONE
    if _has_owner(_GNOME, environment):
        schema = "org.gnome.desktop.notifications"
        asked = ("gsettings", "get", schema, "show-banners")
        shown = printed(asked, environment, _ANSWERS_WITHIN_S).strip()
        off_if = "false"
    else:  # KDE's own addition to the specification
        method, path = f"{_BUS}.Properties.Get", "/org/freedesktop/Notifications"
        wanted = (f"string:{_SERVICE}", "string:Inhibited")
        shown = _ask(environment, _SERVICE, path, method, *wanted).rpartition("boolean ")[2].strip()
        off_if = "true"
    if shown not in ("true", "false"):
        return Notifications.UNKNOWN
    return Notifications.OFF if shown == off_if else Notifications.ON


def _has_owner(name: str, environment: Mapping[str, str]) -> bool:
    reply = _ask(environment, _BUS, _BUS_PATH, f"{_BUS}.NameHasOwner", f"string:{name}")
    return "boolean true" in reply


def _ask(environment: Mapping[str, str], to: str, path: str, method: str, *values: str) -> str:
    """Return what is replied on the bus, nothing where it is silent or refuses."""
    command = ("dbus-send", "--session", "--print-reply", f"--dest={to}", path, method)
    return printed((*command, *values), environment, _ANSWERS_WITHIN_S)
