"""The machine below: clock, priority, what becomes of a recorder at logout, the terminal."""

from __future__ import annotations

import ctypes
import os
import sys

from femo_tui.doctor.finding import Finding, Subject, look, ok
from femo_tui.recorder.logout import logout_fate
from femo_tui.recorder.priority import allowed_priority

_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
# From here on systemd, too, takes a clock for one that nothing keeps (timedated, ntp_synced).
_WORST_ERROR_US = 16_000_000
SMALLEST = (80, 24)


class _Timex(ctypes.Structure):
    """The first fields of `struct timex`, which adjtimex(2) fills in; it is 208 bytes long."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def look_at_clock(subject: Subject) -> Finding:
    """Ask the kernel whether anything keeps the wall clock right; it is asked, not changed."""
    told = _Timex()
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(told))
    except AttributeError:
        state = -1  # another system
    error_ms = told.maxerror / 1000
    if state < 0:
        return look("clock", "this system does not tell whether it is synchronised", "")
    if state == _UNSYNCHRONISED or told.maxerror >= _WORST_ERROR_US:
        return look(
            "clock",
            "the wall clock is not synchronised; times within a run do not depend on it",
            "sudo timedatectl set-ntp true   # or: sudo apt install systemd-timesyncd",
            synchronised=False,
        )
    found = f"synchronised, at most {error_ms:.0f} ms off"
    return ok("clock", found, synchronised=True, error_ms=round(error_ms, 3))


def look_at_login(subject: Subject) -> Finding:
    fate = logout_fate()
    if fate.survives:
        return ok("login", fate.text, survives_logout=True)
    remedy = fate.remedy.removeprefix("run once: ")
    return look("login", fate.text, remedy, survives_logout=False)


def look_at_priority(subject: Subject) -> Finding:
    allowed = allowed_priority()
    if allowed != "ordinary":
        return ok("priority", f"{allowed}: a busy program cannot hold the recorder up")
    return look(
        "priority",
        "ordinary: a busy program can hold the recorder up",
        'echo "@video - rtprio 1" | sudo tee /etc/security/limits.d/femo.conf   # then log in',
    )


def look_at_terminal(subject: Subject) -> Finding:
    """Tell what the console could draw here: size, colours, UTF-8, braille."""
    shown_on = next((fd for fd in (1, 2, 0) if os.isatty(fd)), None)
    if shown_on is None:
        return ok("terminal", "none here: this goes to a file or a program", is_terminal=False)
    columns, rows = os.get_terminal_size(shown_on)
    colours, kind = _colours(), os.environ.get("TERM", "")
    faults = []
    if (columns, rows) != (0, 0) and (columns < SMALLEST[0] or rows < SMALLEST[1]):
        faults.append((f"smaller than {SMALLEST[0]}×{SMALLEST[1]}", "make the window larger"))
    if kind in ("", "dumb"):
        faults.append((f"TERM is {kind or 'not set'}", "export TERM=xterm-256color"))
    if not _is_utf8():
        faults.append(("the locale is not UTF-8", "export LC_ALL=C.UTF-8"))
    if kind == "linux":
        faults.append(("its font has no braille", "use a terminal window, or ssh from elsewhere"))
    has = f"{columns}×{rows}, {colours}" + (", UTF-8, braille ⣀⣤⣶⣿" if _is_utf8() else "")
    facts: dict[str, int | str | bool] = {
        "is_terminal": True,
        "columns": columns,
        "rows": rows,
        "colours": colours,
        "utf8": _is_utf8(),
    }
    if not faults:
        return ok("terminal", has, **facts)
    said = "; ".join(fault for fault, _ in faults)
    return look("terminal", f"{has}: {said}", "; ".join(mend for _, mend in faults), **facts)


def _colours() -> str:
    if os.environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in os.environ.get("TERM", "") else "16 colours"


def _is_utf8() -> bool:
    """Return whether the locale is UTF-8; Python's own encoding is, even where it is not."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    said = next((name for name in names if name), "").lower().replace("-", "")
    return sys.platform == "darwin" or "utf8" in said
