"""Which windows faces may be learnt from: consent, the primary run, accepted, shown only once.

Whatever does not count is named with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.model.study import Study
from femo_tui.store.amendments import read_amendments
from femo_tui.store.layout import iter_runs
from femo_tui.store.run_reader import RunReader
from femo_tui.training.dataset import LeftOut

ACCEPTED = frozenset({"accepted", "accepted_with_reason"})
FRAME_MARK = "frame"  # the amendment that accepts or rejects one image by eye


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about a run after it was recorded."""

    verdicts: Mapping[tuple[str, int], str]
    rejected: frozenset[int]  # frames
    is_primary: bool

    @classmethod
    def of(cls, run_dir: Path) -> Decided:
        """Read the amendments; a chain that does not hold decides nothing: `femo show` names it."""
        try:
            lines = read_amendments(run_dir)
        except MalformedRecord:
            lines = []
        verdicts: dict[tuple[str, int], str] = {}
        rejected: set[int] = set()
        is_primary = False
        for line in lines:
            match line:
                case {"amends": "verdict", "step": str(step), "attempt": int(attempt)}:
                    verdicts[step, attempt] = str(line.get("verdict", ""))
                case {"amends": "primary", "primary": bool(chosen)}:
                    is_primary = chosen
                case {"amends": "frame", "frame": int(frame), "accepted": bool(accepted)}:
                    (rejected.discard if accepted else rejected.add)(frame)
        return cls(verdicts, frozenset(rejected), is_primary)


@dataclass(frozen=True, slots=True)
class CountedRun:
    """The run that counts for one participant, and its windows that count, by time."""

    person: Participant
    snapshot: RunSnapshot
    decided: Decided
    windows: tuple[WindowSummary, ...]


def counted_runs(
    root: Path, study: Study, people: Mapping[str, Participant], *, keep_samples: bool
) -> tuple[list[CountedRun], list[LeftOut]]:
    """Return what counts of a store's runs, one run a participant, and what does not."""
    able: dict[str, list[tuple[RunSnapshot, Decided]]] = {}
    left_out: list[LeftOut] = []
    refused: set[str] = set()
    for run_dir in iter_runs(root):
        code = run_dir.parent.parent.name
        if reason := _person_reason(code, people.get(code), study):
            if code not in refused:
                left_out.append(LeftOut(code, "", reason))
            refused.add(code)
            continue
        snapshot = RunReader(run_dir, keep_samples=keep_samples).poll()
        decided = Decided.of(run_dir)
        if reason := _run_reason(snapshot, decided, study):
            left_out.append(LeftOut(code, _name(run_dir), reason))
        else:
            able.setdefault(code, []).append((snapshot, decided))
    counted = []
    for code, runs in sorted(able.items()):
        chosen = [run for run in runs if run[1].is_primary][-1:] or runs[-1:]
        snapshot, decided = chosen[0]
        left_out += [
            LeftOut(code, _name(other.run_dir), f"repeated: {_name(snapshot.run_dir)} counts")
            for other, _ in runs
            if other is not snapshot
        ]
        windows = _windows(code, snapshot, decided, left_out)
        counted.append(CountedRun(people[code], snapshot, decided, windows))
    return counted, left_out


def _name(run_dir: Path) -> str:
    return f"{run_dir.parent.name}/{run_dir.name}"


def _person_reason(code: str, person: Participant | None, study: Study) -> str:
    if person is None:
        return "not registered in this store"
    if code in study.pilots:
        return "a pilot"
    return person.refusal(Scope.FACE, Scope.TRAIN)


def _run_reason(snapshot: RunSnapshot, decided: Decided, study: Study) -> str:
    start = snapshot.start
    if start is None:
        return "never begun, or discarded"
    scopes = start.consent.get("scopes")
    if not isinstance(scopes, list) or not {Scope.FACE.value, Scope.TRAIN.value} <= set(scopes):
        return "recorded without consent to face and train"
    if snapshot.data is not RunData.KEEP:
        return f"its data are {snapshot.data.value.replace('_', ' ')}, not decided to be kept"
    name, sha256 = start.protocol.get("name"), start.protocol.get("sha256")
    if name != study.protocol:
        return f"protocol {name}; the study's is {study.protocol}"
    if study.protocol_sha256 not in ("", sha256):
        return f"another version of protocol {name} ({str(sha256)[:8]}…)"
    status = snapshot.stop.status if snapshot.stop else snapshot.state
    if status is not RunStatus.COMPLETE and not decided.is_primary:
        return f"not complete: {status.value}"
    return ""


def _windows(
    code: str, snapshot: RunSnapshot, decided: Decided, left_out: list[LeftOut]
) -> tuple[WindowSummary, ...]:
    """Return the windows that count: of each step with a class the latest attempt that may."""
    chosen: dict[str, WindowSummary] = {}
    for window in snapshot.windows:
        if window.class_name is None:
            continue
        what = f"{window.class_name}, step {window.step}, attempt {window.attempt}"
        verdict = decided.verdicts.get((window.step, window.attempt), window.verdict)
        if verdict not in ACCEPTED:
            left_out.append(LeftOut(code, what, f"verdict: {verdict or 'none'}"))
        elif not window.primary:
            left_out.append(LeftOut(code, what, "the film had been shown before"))
        elif window.end_s is None:
            left_out.append(LeftOut(code, what, "its window was never closed"))
        else:
            if window.step in chosen:
                left_out.append(LeftOut(code, what, "a later attempt counts"))
            chosen[window.step] = window
    return tuple(sorted(chosen.values(), key=lambda window: window.onset_s))


def frame_mark(
    frame: int, *, accepted: bool, operator: str, utc: str, reason: str = ""
) -> dict[str, JsonValue]:
    """Return the amendment that accepts or rejects one image."""
    return {
        "amends": FRAME_MARK,
        "frame": frame,
        "accepted": accepted,
        "operator": operator,
        "utc": utc,
        **({"reason": reason} if reason else {}),
    }
