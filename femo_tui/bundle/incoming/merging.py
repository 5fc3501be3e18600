"""Moves a prepared import into its store: from the journal on, it is finished whatever happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.bundle.incoming.conflicts import Plan
from femo_tui.bundle.incoming.staging import ImportBusy, Staging, left_over, one_import
from femo_tui.errors import FemoError, MalformedRecord
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.records import JsonValue
from femo_tui.stats.figures_cache import keep_figures
from femo_tui.store import audit, pending
from femo_tui.store.files import (
    PRIVATE,
    Modes,
    explained,
    make_folder,
    sync_filesystem,
    sync_path,
    write_json,
)
from femo_tui.store.imported import Imported, imported_folder, write_import_facts
from femo_tui.store.withdrawn import withdrawn_ids

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog

_KEPT = "kept"  # the original with what is known of it, as it will lie in the store


@dataclass(frozen=True, slots=True)
class Move:
    """One run that is moved."""

    source: str  # relative to the staging
    place: str  # relative to the store
    code: str  # whose it is


@dataclass(frozen=True, slots=True)
class Merge:
    """All that is left to do, as the journal has it."""

    bundle_id: str
    operator: str
    people: tuple[Participant, ...]
    moves: tuple[Move, ...]
    codes: tuple[str, ...]  # of everybody whose runs are in the bundle, as the store calls them
    facts: Mapping[str, JsonValue]  # for the audit log


def begin(
    staging: Staging,
    imported: Imported,
    plan: Plan,
) -> Merge:
    """Lay everything ready and write the journal; from then on there is no way back.

    Raises:
        StoreError: it cannot be written.
    """
    kept = staging.folder / _KEPT
    make_folder(kept, staging.modes)
    with explained(kept):
        staging.original.rename(kept / imported.file)
        (kept / imported.file).chmod(staging.modes.inside(kept).sealed)
    write_import_facts(kept, imported, staging.modes)
    merge = Merge(
        bundle_id=imported.id,
        operator=imported.operator,
        people=plan.people,
        moves=tuple(
            Move(run.arrival.run_dir.relative_to(staging.folder).as_posix(), run.place, run.code)
            for run in plan.runs
        ),
        codes=plan.codes,
        facts={
            "bundle": imported.id,
            "sha256": imported.sha256,
            "signer": imported.signer,
            "level": imported.level,
            "runs": len(plan.runs),
        },
    )
    with explained(staging.folder):
        sync_filesystem(staging.folder)
    write_json(staging.journal, _to_json(merge), staging.modes)
    return merge


def carry_out(root: Path, staging: Staging, merge: Merge, catalog: Catalog) -> None:
    """Do what the journal says and remove the staging; what was done before is passed over.

    Of whoever withdrew since it was written nothing comes in.

    Raises:
        StoreError: it cannot be written, or a withdrawal is at work; the next start goes on.
    """
    with pending.at_work(root, "an import", merge.operator, staging.modes):
        gone = withdrawn_ids(root)
        audit.note(root, "import", merge.operator, merge.facts, merge.codes, modes=staging.modes)
        known = {person.code for person in catalog.participants()} | set(gone)
        for person in merge.people:
            if person.code not in known:
                catalog.add_participant(person, merge.operator)
        for move in merge.moves:
            if move.code not in gone:
                _move(staging.folder / move.source, root / move.place, staging.modes)
                catalog.index_run(root / move.place)
                with suppress(FemoError):  # whoever asks for results makes it then
                    keep_figures(root, root / move.place)
        kept, place = staging.folder / _KEPT, imported_folder(root, merge.bundle_id)
        if not place.exists() and not gone.keys() & set(merge.codes):
            _move(kept, place, staging.modes)
        staging.remove()


def _move(source: Path, place: Path, modes: Modes) -> None:
    """Move a folder to its place in the store, unless that was done before."""
    make_folder(place.parent, modes)
    with explained(place):
        if source.exists():
            source.rename(place)
            sync_path(place.parent)


def settle_imports(root: Path, modes: Modes = PRIVATE) -> tuple[str, ...]:
    """Finish or remove what killed imports left; return one sentence for each.

    Every import begins with it; a console does at its start. While an import is at work, nothing
    is done.

    Raises:
        StoreError: it cannot be written.
    """
    with explained(root):
        if not root.is_dir() or not left_over(root):
            return ()
    try:
        with one_import(root):
            return settle(root, modes)
    except ImportBusy:
        return ()


def settle(root: Path, modes: Modes = PRIVATE) -> tuple[str, ...]:
    """Do as `settle_imports`, for whoever keeps other imports out already."""
    from femo_tui.store.catalog import Catalog

    said = []
    for staging in left_over(root, modes):
        if not staging.journal.exists():
            staging.remove()
            said.append("an import that was cut short was removed; nothing of it is in the store")
            continue
        merge = _read(staging.journal)
        with Catalog.open(root) as catalog:
            carry_out(root, staging, merge, catalog)
        said.append(f"the import of bundle {merge.bundle_id}, which was cut short, was finished")
    return tuple(said)


def _to_json(merge: Merge) -> dict[str, JsonValue]:
    return {
        "bundle_id": merge.bundle_id,
        "operator": merge.operator,
        "people": [_person_json(person) for person in merge.people],
        "moves": [asdict(move) for move in merge.moves],
        "codes": list(merge.codes),
        "facts": dict(merge.facts),
    }


def _person_json(person: Participant) -> dict[str, JsonValue]:
    return {
        "code": person.code,
        "age": person.age,
        "sex": None if person.sex is None else person.sex.value,
        "scopes": sorted(scope.value for scope in person.consent.scopes),
        "form_version": person.consent.form_version,
        "given_utc": person.consent.given_utc,
        "registered_utc": person.registered_utc,
    }


def _read(journal: Path) -> Merge:
    with explained(journal):
        content = journal.read_bytes()
    try:
        body = json.loads(content)
        return Merge(
            bundle_id=body["bundle_id"],
            operator=body["operator"],
            people=tuple(_person(facts) for facts in body["people"]),
            moves=tuple(Move(**move) for move in body["moves"]),
            codes=tuple(body["codes"]),
            facts=body["facts"],
        )
    except (ValueError, KeyError, TypeError) as problem:
        raise MalformedRecord(
            f"{journal}: cannot be read ({problem}); remove its folder and import the bundle again"
        ) from None


def _person(facts: dict[str, JsonValue]) -> Participant:
    scopes, age, sex = facts["scopes"], facts["age"], facts["sex"]
    words = scopes if isinstance(scopes, list) else []
    return Participant(
        code=str(facts["code"]),
        age=age if isinstance(age, int) else None,
        sex=None if sex is None else Sex(str(sex)),
        notes="",
        consent=Consent(
            frozenset(Scope(str(word)) for word in words),
            str(facts["form_version"]),
            str(facts["given_utc"]),
        ),
        registered_utc=str(facts["registered_utc"]),
    )
