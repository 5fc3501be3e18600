"""Studies of simulated participants: whole ones, recorded by the real engine faster than time,
and those that rehearsals are kept in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from femo_tui.errors import UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.study import DEMONSTRATION, Study
from femo_tui.recorder.process import RunResult, record
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.wall_clock import iso

PROTOCOL = "quick"
OPERATOR = "demo"
REHEARSALS = "SIMULATED rehearsals"  # the title of a study that holds nothing else


def simulated_participant(number: int, registered_utc: str) -> Participant:
    """Return simulated person `number`; the same number is always the same person."""
    person = random.Random(number)
    return Participant(
        code=f"S{number:02d}",
        age=person.randint(18, 62),  # the range of the study of 2018
        sex=person.choice((Sex.F, Sex.M)),
        notes="SIMULATED",
        consent=Consent(frozenset(Scope), "simulated", registered_utc),
        registered_utc=registered_utc,
    )


def simulated_request(store_root: Path, number: int) -> RecordRequest:
    """Return what records simulated person `number`, all devices simulated."""
    return RecordRequest(
        store_root=store_root,
        participant=f"S{number:02d}",
        protocol=PROTOCOL,
        gsr=f"sim:{number}",
        camera=f"sim:{number}",
        player="sim",
        operator=OPERATOR,
        auto=True,
    )


def prepare_simulated_study(store_root: Path, participants: int) -> None:
    """Write the study and register its people."""
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import write_study

    write_study(
        store_root,
        Study(title=DEMONSTRATION, protocol=PROTOCOL, planned_n=participants),
    )
    registered_utc = iso(datetime.now(UTC))
    with Catalog.open(store_root) as catalog:
        for number in range(1, participants + 1):
            catalog.add_participant(simulated_participant(number, registered_utc), OPERATOR)


def prepare_rehearsal(store_root: Path) -> int:
    """Register one more simulated person in a store of rehearsals; return their number.

    Raises:
        UsageError: the store is there and holds something else.
    """
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study, write_study

    is_new = not store_root.exists() or not any(store_root.iterdir())
    if not is_new and load_study(store_root).title != REHEARSALS:
        raise UsageError(
            f"{store_root} holds no rehearsals: name a new folder, so that nothing simulated gets"
            " among what is not"
        )
    if is_new:
        write_study(store_root, Study(title=REHEARSALS, protocol=PROTOCOL))
    with Catalog.open(store_root) as catalog:
        number = len(catalog.participants()) + 1
        person = simulated_participant(number, iso(datetime.now(UTC)))
        catalog.add_participant(person, OPERATOR)
    return number


def record_simulated_study(
    store_root: Path, participants: int, progress: Callable[[int, RunResult], None]
) -> None:
    """Record participants 1 to `participants`, half an hour apart, the last one just now."""
    for number in range(1, participants + 1):
        before = timedelta(minutes=30 * (participants - number) + 5)
        clock = VirtualClock(utc=datetime.now(UTC) - before)
        result = record(simulated_request(store_root, number), clock=clock)
        progress(number, result)
