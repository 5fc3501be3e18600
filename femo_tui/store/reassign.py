"""Gives a run to another participant: it was recorded under a wrong code.

Its folder moves, every file that names the code is rewritten, the run is sealed again, and an
amendment says that it was moved. The wrong code stands in the audit log only, as a pseudonym.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import StoreError, UsageError
from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.model.events import Facts
from femo_tui.model.participants import Consent, Scope
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store import audit, pending
from femo_tui.store.files import PRIVATE, Modes, explained, make_folder, sync_path
from femo_tui.store.layout import (
    DERIVED,
    LOCK,
    RECORDER_FILE,
    RECORDER_LOG,
    RUN_FILE,
    SESSIONS,
    runs_in,
)
from femo_tui.store.lock import HeldLock
from femo_tui.store.pages import pages_of_run, remove_pages
from femo_tui.store.recount import Recounted, recount, tell
from femo_tui.store.rewriting import chain_holds, rewrite, seal_again, seal_sha256, word
from femo_tui.store.run_reader import RunReader
from femo_tui.store.tombstone import has_tombstone

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog

KIND = "reassign"
_WHY = "recorded under another participant's code; its files were rewritten and sealed again"
_TEXTS = (RECORDER_FILE, RECORDER_LOG)  # beside run.jsonl: what else may name a participant


@dataclass(frozen=True, slots=True)
class Reassigned:
    """Where a run lies now, and what follows from it."""

    run_dir: Path
    lacking: tuple[Scope, ...]  # what of it the participant did not consent to
    recounted: tuple[Recounted, ...] = ()  # showings of films, also in other runs
    elsewhere: tuple[str, ...] = ()  # later runs at other stations: not counted anew


@dataclass(frozen=True, slots=True)
class _Move:
    """What the journal says is to be done."""

    id: str
    kind: str
    before: str  # sessions/S07/2026-11-22T101530/run-01
    after: str
    old: str
    new: str
    age: int | None
    sex: str | None
    consent: dict[str, JsonValue]
    operator: str
    reason: str
    utc: str
    manifest_before: str
    amendments_held: bool
    recounted: list[Facts] = field(default_factory=list)  # fields of Recounted


def reassign(
    catalog: Catalog,
    run_dir: Path,
    code: str,
    operator: str,
    clock: Clock,
    *,
    reason: str = "",
    modes: Modes = PRIVATE,
) -> Reassigned:
    """Move a sealed run to the participant whom it is really of.

    Age, sex and consent in it become that participant's: the consent that held when the run began,
    or, where there was none yet, the first one.

    Raises:
        UnknownName: nobody has that code.
        UsageError: it is theirs already, is not sealed, or nothing of it is left.
        StoreError: it cannot be moved; what was begun is finished at the next start.
        MalformedRecord: the amendments of a run whose films are counted anew do not hold.
    """
    root, old = catalog.root, run_dir.parts[-3]
    person = catalog.participant(code)
    snapshot = RunReader(run_dir, keep_samples=False).poll()
    _check(run_dir, snapshot, old, code)
    assert snapshot.start is not None
    consent = _consent_then([e.consent for e in catalog.consents(code)], snapshot.start.utc)
    target = _free_place(root / SESSIONS / code / run_dir.parent.name)
    counted = recount(catalog, run_dir, code)
    utc = iso_seconds(clock.utc())
    move = _Move(
        id=f"r-{seal_sha256(run_dir)[:12]}",
        kind=KIND,
        before=run_dir.relative_to(root).as_posix(),
        after=target.relative_to(root).as_posix(),
        old=old,
        new=code,
        age=person.age,
        sex=None if person.sex is None else person.sex.value,
        consent=consent.facts(),
        operator=operator,
        reason=reason,
        utc=utc,
        manifest_before=seal_sha256(run_dir),
        amendments_held=chain_holds(run_dir),
        recounted=[asdict(showing) for showing in counted.showings],
    )
    with pending.at_work(root, "the reassignment of a run", operator, modes):
        pending.begin(root, move.id, asdict(move), modes)
        carry_out(catalog, asdict(move), modes)
    now = tuple(
        replace(one, run=move.after) if one.run == move.before else one for one in counted.showings
    )
    return Reassigned(target, _lacking(snapshot, consent), now, counted.elsewhere)


def carry_out(catalog: Catalog, journal: Facts, modes: Modes = PRIVATE) -> None:
    """Do, or do again, what a journal says; with `pending.at_work` held."""
    move = _Move(**journal)  # type: ignore[arg-type]  # as `reassign` wrote it
    root = catalog.root
    source, target = root / move.before, root / move.after
    counted: dict[str, list[Recounted]] = {}
    for fields in move.recounted:
        showing = Recounted(**fields)  # type: ignore[arg-type]
        counted.setdefault(showing.run, []).append(showing)
    own = counted.pop(move.before, [])
    if source.is_dir():
        holder = {"what": "the reassignment of a run", "operator": move.operator}
        with HeldLock.acquire(source / LOCK, holder, modes):
            _rewrite_all(source, move, target.name, modes)
            tell(source, own, move.operator, move.utc, modes)
            make_folder(target.parent, modes)
            with explained(target):
                source.rename(target)
                sync_path(target.parent)
                sync_path(source.parent)
    for empty in (source.parent, source.parent.parent):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
    for run, showings in counted.items():
        if (root / run).is_dir():  # withdrawn since, where this was cut short
            tell(root / run, showings, move.operator, move.utc, modes)
            catalog.index_run(root / run)
    shutil.rmtree(root / DERIVED, ignore_errors=True)
    remove_pages(pages_of_run(root, move.before.removeprefix(f"{SESSIONS}/")))
    catalog.forget_run(move.before)
    catalog.index_run(target)
    if not any(line.facts.get("id") == move.id for line in audit.read(root)):
        facts: Facts = {
            "id": move.id,
            "run": move.before,
            "is_now": move.after,
            "reason": move.reason,
            "manifest_before_sha256": move.manifest_before,
            "manifest_after_sha256": seal_sha256(target),
            "amendments_held": move.amendments_held,
        }
        audit.note(
            root, KIND, move.operator, facts, [move.old, move.new], utc=move.utc, modes=modes
        )
    pending.end(root, move.id)


def _check(run_dir: Path, snapshot: RunSnapshot, old: str, code: str) -> None:
    where = "/".join(run_dir.parts[-3:])
    if old == code:
        raise UsageError(f"{where}: this run is {code}'s already")
    if has_tombstone(run_dir):
        raise UsageError(f"{where}: this run was discarded; nothing of it is left to move")
    if snapshot.state is RunState.LOST:
        raise UsageError(f"{where}: this run is lost; close it with `femo recover {where}` first")
    if snapshot.stop is None:
        raise UsageError(f"{where}: this run is {snapshot.state.value}; end it first")
    if not snapshot.sealed:
        raise UsageError(f"{where}: this run is not sealed; close it with `femo recover {where}`")


def _free_place(session: Path) -> Path:
    """Return the folder of the next run of a session."""
    numbers = [int(run.name.partition("-")[2]) for run in runs_in(session)]
    return session / f"run-{max(numbers, default=0) + 1:02d}"


def _consent_then(history: list[Consent], utc: str) -> Consent:
    """Return what had been agreed to when a run began, as far as it held then."""
    before = [consent for consent in history if consent.given_utc <= utc]
    return (before[-1] if before else history[0]).at(utc)


def _lacking(snapshot: RunSnapshot, consent: Consent) -> tuple[Scope, ...]:
    recorded = {
        Scope.GSR: snapshot.gsr.length > 0,
        Scope.FACE: snapshot.faces.frames > 0,
    }
    return tuple(s for s, there in recorded.items() if there and s not in consent.scopes)


def _rewrite_all(run_dir: Path, move: _Move, run: str, modes: Modes) -> None:
    old, new = word(move.old), move.new.encode()

    def renamed(content: bytes) -> bytes:
        return old.sub(new, content)

    rewrite(run_dir / RUN_FILE, lambda content: _events(content, move, run), modes)
    for name in _TEXTS:
        rewrite(run_dir / name, renamed, modes)
    amendment: Facts = {
        "utc": move.utc,
        "operator": move.operator,
        "amends": "participant",
        "participant": move.new,
        "reason": f"{_WHY}{move.reason and f' ({renamed(move.reason.encode()).decode()})'}",
    }
    seal_again(run_dir, amendment, modes, renamed)


def _events(content: bytes, move: _Move, run: str) -> bytes:
    """Return run.jsonl with another participant: its first line told anew, codes replaced below.

    The order of the steps was drawn for the number and code of the wrong participant: what was
    drawn stays, for whom does not.
    """
    first, _, rest = content.partition(b"\n")
    try:
        start = json.loads(first)
        start.update(
            participant=move.new, run=run, age=move.age, sex=move.sex, consent=move.consent
        )
        arranged = start["protocol"].get("arranged")
        if isinstance(arranged, dict):
            arranged["participant"] = ""
    except (ValueError, KeyError, AttributeError) as problem:
        raise StoreError(f"{move.before}/{RUN_FILE}: its first line cannot be read") from problem
    told = json.dumps(start, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    old = word(move.old)
    return b"\n".join([old.sub(move.new.encode(), told.encode()), old.sub(move.new.encode(), rest)])
