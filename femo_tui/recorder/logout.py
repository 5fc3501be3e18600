"""Does a recorder survive its operator's logout, and what makes it so."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from femo_tui.devices.programs import printed

_ASK_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class LogoutFate:
    """What becomes of a detached recorder when the login session ends."""

    survives: bool
    text: str
    remedy: str = ""
    through_scope: bool = False  # it must be started through systemd-run


def logout_fate() -> LogoutFate:
    """Ask logind whether it kills a user's processes at logout.

    Where it does, only a scope of the user's own manager is spared, and that manager itself stays
    only for a user who lingers: it takes both.
    """
    if not _kills_user_processes():
        return LogoutFate(True, "recording survives logout")
    scope = _has_scope()
    if _lingers() and scope:
        return LogoutFate(True, "recording survives logout", through_scope=True)
    remedy = "run once: loginctl enable-linger" if scope else "start it outside of a login session"
    return LogoutFate(
        False, "systemd ends this user's processes at logout", remedy, through_scope=scope
    )


def scope_prefix() -> list[str]:
    """Return what to put before the recorder's command so that logout spares it, if anything."""
    if not logout_fate().through_scope:
        return []
    return ["systemd-run", "--user", "--scope", "--quiet", "--collect", "--"]


def _kills_user_processes() -> bool:
    answer = _ask(
        "busctl",
        "get-property",
        "org.freedesktop.login1",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager",
        "KillUserProcesses",
    )
    return answer == "b true"


def _lingers() -> bool:
    return _ask("loginctl", "show-user", str(os.getuid()), "--property=Linger") == "Linger=yes"


def _has_scope() -> bool:
    return shutil.which("systemd-run") is not None and bool(os.environ.get("XDG_RUNTIME_DIR"))


def _ask(*command: str) -> str:
    return printed(command, os.environ, _ASK_TIMEOUT_S).strip()
