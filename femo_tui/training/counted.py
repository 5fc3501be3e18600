"""Which windows faces may be learnt from: consent, the primary run, accepted, shown only once.

Whatever does not count is named with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui.model.left_out import LeftOut
from femo_tui.model.participants import Participant, Scope, refused
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.model.study import Study
from femo_tui.store.layout import iter_runs
from femo_tui.store.run_reader import RunReader

NEEDED = (Scope.FACE, Scope.TRAIN)


@dataclass(frozen=True, slots=True)
class CountedRun:
    """The run that counts for one participant, and its windows that count, by time."""

    person: Participant
    snapshot: RunSnapshot
    windows: tuple[WindowSummary, ...]


def counted_runs(
    root: Path, study: Study, people: Mapping[str, Participant], *, keep_samples: bool
) -> tuple[list[CountedRun], list[LeftOut]]:
    """Return what counts of a store's runs, one run a participant, and what does not."""
    able: dict[str, list[RunSnapshot]] = {}
    left_out: list[LeftOut] = []
    told: set[str] = set()
    for run_dir in iter_runs(root):
        code = run_dir.parent.parent.name
        if reason := _person_reason(code, people.get(code), study):
            if code not in told:
                left_out.append(LeftOut(code, "", reason))
            told.add(code)
            continue
        snapshot = RunReader(run_dir, keep_samples=keep_samples).poll()
        if reason := _run_reason(snapshot, people.get(code), study):
            left_out.append(LeftOut(code, _name(run_dir), reason))
        else:
            able.setdefault(code, []).append(snapshot)
    counted = []
    for code, runs in sorted(able.items()):
        snapshot = ([run for run in runs if run.chosen] or runs)[-1]
        left_out += [
            LeftOut(code, _name(other.run_dir), f"repeated: {_name(snapshot.run_dir)} counts")
            for other in runs
            if other is not snapshot
        ]
        windows = _windows(code, snapshot, left_out)
        counted.append(CountedRun(people[code], snapshot, windows))
    return counted, left_out


def _name(run_dir: Path) -> str:
    return f"{run_dir.parent.name}/{run_dir.name}"


def _person_reason(code: str, person: Participant | None, study: Study) -> str:
    if person is not None and code in study.pilots:
        return "a pilot"
    return refused(person, (), now=NEEDED)


def _run_reason(snapshot: RunSnapshot, person: Participant | None, study: Study) -> str:
    start = snapshot.start
    if start is None:
        return "never begun, or discarded"
    if reason := refused(person, start.scopes, *NEEDED):
        return reason
    if snapshot.data is not RunData.KEEP:
        return f"its data are {snapshot.data.value.replace('_', ' ')}, not decided to be kept"
    name, sha256 = start.protocol.get("name"), start.protocol.get("sha256")
    if name != study.protocol:
        return f"protocol {name}; the study's is {study.protocol}"
    if study.protocol_sha256 not in ("", sha256):
        return f"another version of protocol {name} ({str(sha256)[:8]}…)"
    status = snapshot.stop.status if snapshot.stop else snapshot.state
    if status is not RunStatus.COMPLETE and not snapshot.chosen:
        return f"not complete: {status.value}"
    return ""


def _windows(
    code: str, snapshot: RunSnapshot, left_out: list[LeftOut]
) -> tuple[WindowSummary, ...]:
    """Return the windows that count: of each step with a class the latest attempt that may."""
    chosen: dict[str, WindowSummary] = {}
    for window in snapshot.windows:
        if window.class_name is None:
            continue
        what = _named(window)
        if not window.accepted:
            left_out.append(LeftOut(code, what, f"verdict: {window.verdict or 'none'}"))
        elif not window.primary:
            left_out.append(LeftOut(code, what, "the film had been shown before"))
        elif window.end_s is None:
            left_out.append(LeftOut(code, what, "its window was never closed"))
        else:
            if window.step in chosen:
                left_out.append(
                    LeftOut(code, _named(chosen[window.step]), "a later attempt counts")
                )
            chosen[window.step] = window
    return tuple(sorted(chosen.values(), key=lambda window: window.onset_s))


def _named(window: WindowSummary) -> str:
    return f"{window.class_name}, step {window.step}, attempt {window.attempt}"
