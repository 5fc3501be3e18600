"""What stays of a participant who withdrew: their code and number, never to be given again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord, UsageError
from femo_tui.store.files import PRIVATE, Modes, explained, make_folder, write_json

WITHDRAWN = "withdrawn"  # folder of the store: one file a person, named by its id


@dataclass(frozen=True, slots=True)
class WithdrawnPerson:
    """The tombstone of a participant; wherever else they must be named, the id stands."""

    id: str  # w-3f9a2c81
    code: str
    number: int  # of registration; 0 where it is not known
    withdrawn_utc: str
    operator: str


def withdrawn_people(root: Path) -> tuple[WithdrawnPerson, ...]:
    """Return everybody who withdrew from a store, by id.

    Raises:
        MalformedRecord: a tombstone cannot be read; nobody can tell then whose it is.
    """
    found = []
    with explained(root / WITHDRAWN):
        for path in sorted((root / WITHDRAWN).glob("w-*.json")):
            try:
                found.append(WithdrawnPerson(**json.loads(path.read_bytes())))
            except (ValueError, TypeError) as problem:
                raise MalformedRecord(
                    f"{path}: this tombstone of a participant cannot be read ({problem}); restore"
                    " it from a backup"
                ) from None
    return tuple(found)


def withdrawn_ids(root: Path) -> dict[str, str]:
    """Return code → id of everybody who withdrew."""
    return {person.code: person.id for person in withdrawn_people(root)}


def check_not_withdrawn(root: Path, code: str) -> str:
    """Return `code` unless its participant withdrew.

    Raises:
        UsageError: they did: nothing of theirs comes back, and nobody else gets the code.
    """
    if code in withdrawn_ids(root):
        raise code_of_withdrawn(code)
    return code


def code_of_withdrawn(code: str) -> UsageError:
    return UsageError(
        f"participant {code} withdrew: the code is never given again; use another one"
    )


def write_withdrawn(root: Path, person: WithdrawnPerson, modes: Modes = PRIVATE) -> None:
    """Write a participant's tombstone; writing it again changes nothing."""
    make_folder(root / WITHDRAWN, modes)
    write_json(root / WITHDRAWN / f"{person.id}.json", asdict(person), modes)
