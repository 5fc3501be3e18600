"""The pre-flight as lines: what each thing is, what it reads now, what to do where it is not ok."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from textual.content import Content

from femo_tui.recorder.preflight_client import CHECKS, Check, CheckState
from femo_tui.ui.keys import KeyOf
from femo_tui.ui.widgets.lines import Lines, spread

_STYLES = {
    CheckState.CHECKING: "$quiet",
    CheckState.OK: "$success",
    CheckState.WARNING: "$warning bold",
    CheckState.MISSING: "$error bold",
    CheckState.NOT_USED: "$quiet",
}
_WORDS = {CheckState.MISSING: "MISSING", CheckState.WARNING: "LOOK"}
_NAMES = {"gsr": "GSR"}
INDENT = 10
LEAST_ROOM = 20  # cells for what a check is of
DEVICES = frozenset({"gsr", "camera", "player"})  # what a simulated one can stand in for
LISTED = 3  # names that fit into a line beside what to do


class CheckList(Lines):
    """Draws the checks in their order, those that have not come in as waiting."""

    _checks: Mapping[str, Check] | None = None

    def redraw(self) -> None:
        if self._checks is not None:
            self.show_checks(self._checks)

    def show_checks(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        width = self.content_size.width
        lines: list[Content] = []
        for name in CHECKS:
            check = checks.get(name)
            title = _NAMES.get(name, name.capitalize())
            if check is None:
                waiting = Content.styled(f"{title:<{INDENT}}…", "$quiet")
                lines.append(waiting)
                continue
            lines += _check_lines(check, title, width)
        self.show_all(lines)


def _check_lines(check: Check, title: str, width: int) -> list[Content]:
    """Return a check with its text and remedy wrapped under themselves, nothing cut off."""
    word = _WORDS.get(check.state, check.state.value)
    judged = Content.styled(f"{word:>8}", _STYLES[check.state])
    right = Content.assemble(check.reading, "  ", judged)
    room = width - INDENT - right.cell_length - 1
    below = room < LEAST_ROOM and bool(check.reading)  # the reading takes a line of its own
    if below:
        right, room = judged, width - INDENT - judged.cell_length - 1
    text = textwrap.wrap(check.text, max(room, LEAST_ROOM)) or [""]
    lines = [spread(Content.assemble((f"{title:<{INDENT}}", "bold"), text[0]), right, width)]
    lines += [Content(" " * INDENT + more) for more in text[1:]]
    if below:
        lines.append(Content(" " * INDENT + check.reading))
    for number, part in enumerate(textwrap.wrap(check.remedy, max(width - INDENT - 2, 20))):
        arrow = "→ " if number == 0 else "  "
        lines.append(Content.assemble(" " * INDENT, (arrow, "$accent bold"), part))
    return lines


def hindrance(checks: Mapping[str, Check], stage: str, key: KeyOf) -> str:
    """Return why a run cannot start yet, with keys that `stage` has; empty if it can."""
    missing = [name for name in CHECKS if _state(checks, name) is CheckState.MISSING]
    if missing:
        titles = [_NAMES.get(name, name) for name in missing]
        names = ", ".join(titles) if len(missing) <= LISTED else f"{len(missing)} things"
        simulated = bool(DEVICES & set(missing))
        return f"{names} missing: {_mended_by(stage, key, simulated=simulated)}"
    waiting = [name for name in CHECKS if _state(checks, name) in (None, CheckState.CHECKING)]
    if waiting:
        return f"still looking at {', '.join(_NAMES.get(name, name) for name in waiting)}"
    return ""


def _mended_by(stage: str, key: KeyOf, *, simulated: bool) -> str:
    back, edit = key("setup.back"), key("setup.devices")
    if stage == "facts":
        return f"{back} leads back to the devices"
    there = f"{back} {back}, then {edit}" if stage == "start" else edit
    again = f"mend it, then press {key('setup.recheck')}"
    return again + (f"; or {there}: simulated ones" if simulated else "")


def _state(checks: Mapping[str, Check], name: str) -> CheckState | None:
    check = checks.get(name)
    return None if check is None else check.state
