"""What happened in a run: faults, losses, marked moments, commands, and what was decided later.

Faults are told by their names. Their sentences may hold a port, a path or a login, and stay in the
run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from femo_tui.bundle.outgoing.selection import is_note
from femo_tui.model.events import (
    ClockNote,
    DeviceNote,
    Marker,
    RunEvent,
    RunResume,
    RunStop,
    StateChange,
)
from femo_tui.model.records import Severity, Stream
from femo_tui.model.run_state import RunState
from femo_tui.report import words
from femo_tui.report.markup import Markup, el
from femo_tui.report.page import Column, section, state, table
from femo_tui.report.run_head import ending
from femo_tui.report.run_material import RunMaterial

_ROUTINE = frozenset({"film_started", "film_played", "connected"})
_STREAMS = {Stream.GSR: "conductance", Stream.CAMERA: "camera", Stream.PLAYER: "screen"}
_SIGNS = {Severity.LOSS: ("!", "bad"), Severity.WARNING: ("!", "doubt"), Severity.INFO: ("·", "")}
_STAYS = "a text, which stays in the lab"
MOST = 300  # rows: a sensor that sends nonsense for an hour is named once, not page after page


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of what happened, or several of the same kind."""

    t_s: float
    kind: str
    what: str
    severity: Severity = Severity.INFO
    until_s: float | None = None
    times: int = 1


def events_section(material: RunMaterial) -> Markup:
    """Return what happened, by time."""
    happened = _gathered(list(_happened(material)))
    rows = [
        (
            _when(one),
            state(*_sign_of(one)),
            one.what + (f" ({words.count(one.times)} times)" if one.times > 1 else ""),
        )
        for one in happened[:MOST]
    ]
    columns = Column("At", is_number=True), Column("Kind"), Column("What")
    more = len(happened) - MOST
    return section(
        "events",
        "Faults and events",
        table("What happened during the run", columns, rows, stacks=False, kind="events"),
        el("p", f"{words.count(more)} more stand in the run's own file.") if more > 0 else None,
    )


def decisions_section(material: RunMaterial) -> Markup | None:
    """Return what was decided after the run was sealed."""
    decided = material.run.amendments
    if not decided:
        return None
    columns = Column("When"), Column("About"), Column("Decided"), Column("Why")
    rows = [
        (
            words.moment(material.rules.utc(one.utc)),
            one.about,
            words.named(one.decided),
            _why(material, one.amends, one.reason),
        )
        for one in decided
        if one.amends != "participant"  # it would tell whose code it had borne
    ]
    return section(
        "decided",
        "Decided afterwards",
        table("Amendments, the oldest first; nothing was overwritten", columns, rows),
    )


def _why(material: RunMaterial, amends: str, reason: str) -> str:
    if not reason:
        return words.NONE
    if amends in ("withdrawn", "exposure"):  # femo's own sentence
        return reason
    return material.rules.texts.told(reason, _STAYS)


def _when(one: Happened) -> str:
    if one.until_s is None or words.clock(one.until_s) == words.clock(one.t_s):
        return words.clock(one.t_s)
    return f"{words.clock(one.t_s)}–{words.clock(one.until_s)}"


def _sign_of(one: Happened) -> tuple[str, str, str]:
    sign, kind = _SIGNS[one.severity]
    return sign, one.kind, kind


def _happened(material: RunMaterial) -> Iterator[Happened]:
    for event in material.events:
        yield from _told(material, event)


def _told(material: RunMaterial, event: RunEvent) -> Iterator[Happened]:
    match event:
        case DeviceNote() if event.name not in _ROUTINE or event.severity is not Severity.INFO:
            stream = _STREAMS.get(event.stream, event.stream.value)
            count = event.detail.get("count")
            number = f", {words.count(count)}" if isinstance(count, int) and count > 1 else ""
            what = f"{stream}: {words.named(event.name)}{number}"
            kind = event.severity.value if event.severity is not Severity.INFO else "note"
            yield Happened(event.t_s, kind, what, event.severity)
        case Marker() if is_note(event):
            at_s = event.t_s if event.pressed_s is None else event.pressed_s
            yield Happened(at_s, "marker", material.rules.texts.told(event.text, _STAYS))
        case Marker() if event.command is not None:
            refused = "" if event.ok else ", refused"
            yield Happened(event.t_s, "command", f"{words.named(event.command)}{refused}")
        case StateChange() if event.state in (RunState.PAUSED, RunState.ABORTING, RunState.FAILED):
            yield Happened(event.t_s, "state", words.named(event.state.value), Severity.WARNING)
        case RunResume():
            what = (
                f"goes on after a gap of {event.gap_s:.1f} s, known to ±{event.uncertainty_s:.1f} s"
            )
            yield Happened(event.t_s, "resumed", what, Severity.WARNING)
        case ClockNote() if event.step_s is not None:
            what = f"the wall clock was set by {event.step_s:+.1f} s; no time here moves with it"
            yield Happened(event.t_s, "clock", what, Severity.WARNING)
        case RunStop():
            yield Happened(event.t_s, "end", ending(material))


def _gathered(happened: list[Happened]) -> list[Happened]:
    """Return what happened by time, neighbours that say the same as one line."""
    found: list[Happened] = []
    for one in sorted(happened, key=lambda one: one.t_s):
        before = found[-1] if found else None
        if before is not None and (before.kind, before.what) == (one.kind, one.what):
            found[-1] = Happened(
                before.t_s, one.kind, one.what, one.severity, one.t_s, before.times + 1
            )
        else:
            found.append(one)
    return found
