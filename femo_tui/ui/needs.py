"""What needs a person: found in an overview of the store, the pressing before the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from femo_tui.model.participants import Participant, Scope
from femo_tui.model.run_state import RunData
from femo_tui.ui import words
from femo_tui.ui.overview import Overview
from femo_tui.ui.rows import began, has_ended, run_is_lost
from femo_tui.ui.status import LOW_DISK_BYTES

CLOCK_TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to settle: what it is, what can be done, where (`lost:`, `runs:`, `people:` …)."""

    text: str
    what: str
    target: str
    loses: bool = False  # data are lost, or will be


def needs_of(overview: Overview, free_bytes: int | None) -> list[Need]:
    """Return what a person has to settle."""
    needs = []
    if free_bytes is not None and free_bytes < LOW_DISK_BYTES:
        text = f"The disk is nearly full: {words.size(free_bytes)} free"
        needs.append(Need(text, "free some room", "", loses=True))
    for name in overview.waiting:
        text = f"{words.run_of(name)} cannot be entered into the catalog"
        needs.append(Need(text, "`femo reindex` says why", ""))
    lost, asked, unjudged, missed, future = [], [], [], [], []
    for run in overview.runs:
        if run.station:
            continue  # who is there settles it
        name, target = f"{run.participant} {run.run}", f"runs:{run.run_dir}"
        if run_is_lost(run):
            text = f"{name} was lost after {words.clock(run.duration_s)}"
            lost.append(Need(text, "resume · redo · close", f"lost:{run.run_dir}", loses=True))
        elif run.data == RunData.UNTIL_ASKED:
            text = f"{name} was broken off: may its data be kept?"
            asked.append(Need(text, "keep · discard", f"data:{run.run_dir}"))
        elif count := overview.unjudged.get(run.run_dir):
            text = f"{name}: {words.plural(count, 'window')} without a verdict"
            unjudged.append(Need(text, "look", target))
        elif count := overview.undecided.get(run.run_dir):
            text = f"{name}: {words.plural(count, 'window')} not accepted"
            missed.append(Need(text, "look", target))
        if began(run) > overview.at + CLOCK_TOLERANCE:
            text = f"{name} began in the future, {began(run):%d %b %Y}"
            future.append(Need(text, "check the clock", target))
    without = [
        Need(_without_consent(person), "edit", f"people:{person.code}")
        for person in overview.participants
        if not person.allows(Scope.GSR)
    ]
    stale = [
        Need(f"Model {name} is stale: {why}", "train anew", f"train:{name}")
        for name, why in overview.stale_models.items()
    ]
    stale += [
        Need(f"Model {name} cannot be read", "look", f"train:{name}")
        for name in overview.damaged_models
    ]
    backup = backup_need(overview)
    return [*needs, *lost, *future, *asked, *backup, *unjudged, *missed, *stale, *without]


def _without_consent(person: Participant) -> str:
    if person.consent.lapsed:
        return f"{person.code}'s consent expired on {(person.consent.expires_utc or '')[:10]}"
    return f"{person.code} has no consent for skin conductance"


def backup_need(overview: Overview) -> list[Need]:
    """Return that a backup is due, where anything was recorded that is not simulated."""
    if not any(has_ended(run) and not run.simulated for run in overview.runs):
        return []
    what, target = "back up", "share:backup"
    if overview.backed_up is None:
        return [Need("There is no backup yet", what, target)]
    age = overview.at - overview.backed_up
    if age <= timedelta(days=overview.study.backup_days):
        return []
    return [Need(f"The last backup is {words.plural(age.days, 'day')} old", what, target)]


def next_participant(overview: Overview) -> Participant | None:
    """Return who is registered, consented, and not recorded yet; the one longest waiting."""
    recorded = {run.participant for run in overview.runs}
    return next(
        (p for p in overview.participants if p.code not in recorded and p.allows(Scope.GSR)), None
    )


def registered(person: Participant) -> datetime | None:
    """Return when a participant was registered, None where it was not written as a moment."""
    at = words.moment(person.registered_utc)
    return at if at.timestamp() else None
