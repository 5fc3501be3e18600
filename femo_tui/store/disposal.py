"""Decides what becomes of a run's data: kept, kept until asked, or discarded for good."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.model.run_state import RunData, RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store import audit
from femo_tui.store.amendments import amend
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.films_shown import films_of_run
from femo_tui.store.layout import LOCK, store_of
from femo_tui.store.lock import HeldLock
from femo_tui.store.pages import pages_of_run, remove_pages
from femo_tui.store.run_reader import RunReader
from femo_tui.store.tombstone import Tombstone, bury, has_tombstone, read_tombstone

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog

_WORDS = {
    "keep": RunData.KEEP,
    "until-asked": RunData.UNTIL_ASKED,
    "until_asked": RunData.UNTIL_ASKED,
    "discard": RunData.DISCARDED,
    "discarded": RunData.DISCARDED,
}


def wanted_data(word: str) -> RunData:
    """Read what somebody decides: keep, discard or until-asked.

    Raises:
        UsageError: it is none of these.
    """
    if word not in _WORDS:
        raise UsageError(f"data {word!r} is unknown: use keep, discard or until-asked")
    return _WORDS[word]


def decide_data(
    catalog: Catalog,
    run_dir: Path,
    data: RunData,
    operator: str,
    reason: str,
    clock: Clock,
    modes: Modes = PRIVATE,
) -> None:
    """Decide about a run that is over, write the decision into the run and into the catalog.

    DISCARDED removes all that was recorded and leaves a tombstone; there is no way back.

    Raises:
        UsageError: the run still goes on or is lost, or was discarded before.
        StoreError: it cannot be written or removed; deciding again goes on with it.
    """
    utc = iso_seconds(clock.utc())
    snapshot = RunReader(run_dir).poll()
    _check(snapshot, data)
    if data is RunData.DISCARDED:
        discard(run_dir, operator, reason, utc, snapshot=snapshot, modes=modes)
    else:
        facts = {"utc": utc, "operator": operator, "amends": "data", "data": data.value}
        amend(run_dir, {**facts, "reason": reason}, modes=modes)
    catalog.index_run(run_dir)
    code, where = run_dir.parts[-3], "/".join(run_dir.parts[-3:])
    facts = {"run": where, "data": data.value, "reason": reason}
    audit.note(catalog.root, "run_data", operator, facts, [code], utc=utc, modes=modes)
    if data is RunData.DISCARDED:
        catalog.leave_no_trace()


def discard(
    run_dir: Path,
    operator: str,
    reason: str,
    utc: str,
    *,
    snapshot: RunSnapshot,
    modes: Modes = PRIVATE,
) -> None:
    """Remove everything of a run and leave its tombstone; what was begun is finished.

    Raises:
        StoreError: a recorder holds it, or something cannot be removed.
    """
    start = snapshot.start
    if has_tombstone(run_dir):
        tombstone = read_tombstone(run_dir)
    else:
        tombstone = Tombstone(
            run=run_dir.name,
            session=run_dir.parent.name,
            participant=run_dir.parent.parent.name,
            protocol="" if start is None else str(start.protocol.get("name", "")),
            discarded_utc=utc,
            operator=operator,
            reason=reason,
            films=tuple(film.facts() for film in films_of_run(run_dir)),
            started_utc="" if start is None else start.utc,
        )
    holder = {"what": f"the discarding of {run_dir.name}", "operator": operator, "since_utc": utc}
    with HeldLock.acquire(run_dir / LOCK, holder, modes):
        bury(run_dir, tombstone, modes)
        remove_pages(pages_of_run(store_of(run_dir), "/".join(run_dir.parts[-3:])))


def _check(snapshot: RunSnapshot, data: RunData) -> None:
    where = "/".join(snapshot.run_dir.parts[-3:])
    if has_tombstone(snapshot.run_dir):
        if data is RunData.DISCARDED:
            return  # finish what may have been cut short
        raise UsageError(f"{where}: this run was discarded; nothing of it is left to decide about")
    if snapshot.state is RunState.LOST and data is not RunData.DISCARDED:
        raise UsageError(f"{where}: this run is lost; close it with `femo recover` first")
    if snapshot.stop is None and snapshot.state is not RunState.LOST:
        raise UsageError(f"{where}: this run is {snapshot.state.value}; end it first")
