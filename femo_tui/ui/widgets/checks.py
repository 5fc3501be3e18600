"""The pre-flight as lines: what each thing is, what it reads now, what to do where it is not ok."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from femo_tui.recorder.preflight_client import CHECKS, Check, CheckState
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
                waiting = Content.styled(f"{title:<10}…", "$quiet")
                lines.append(waiting)
                continue
            word = _WORDS.get(check.state, check.state.value)
            left = Content.assemble((f"{title:<10}", "bold"), check.text)
            right = Content.assemble(check.reading, "  ", (f"{word:>8}", _STYLES[check.state]))
            lines.append(spread(left, right, width))
            if check.remedy:
                lines.append(Content.assemble(" " * 10, ("→ ", "$accent bold"), check.remedy))
        self.show(lines)


def hindrance(checks: Mapping[str, Check]) -> str:
    """Return why a run cannot start yet, empty if it can."""
    missing = [name for name in CHECKS if _state(checks, name) is CheckState.MISSING]
    if missing:
        return f"{', '.join(missing)} missing: mend it, then press r"
    waiting = [name for name in CHECKS if _state(checks, name) in (None, CheckState.CHECKING)]
    if waiting:
        return f"still looking at {', '.join(waiting)}"
    return ""


def _state(checks: Mapping[str, Check], name: str) -> CheckState | None:
    check = checks.get(name)
    return None if check is None else check.state
