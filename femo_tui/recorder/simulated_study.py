"""A whole study of simulated participants, recorded by the real engine faster than time."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.study import Study
from femo_tui.recorder.process import RunResult, record
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.wall_clock import iso

PROTOCOL = "quick"
OPERATOR = "demo"


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
        Study(title="SIMULATED demonstration", protocol=PROTOCOL, planned_n=participants),
    )
    registered_utc = iso(datetime.now(UTC))
    with Catalog.open(store_root) as catalog:
        for number in range(1, participants + 1):
            catalog.add_participant(simulated_participant(number, registered_utc), OPERATOR)


def record_simulated_study(
    store_root: Path, participants: int, progress: Callable[[int, RunResult], None]
) -> None:
    """Record participants 1 to `participants`, half an hour apart, the last one just now."""
    for number in range(1, participants + 1):
        before = timedelta(minutes=30 * (participants - number) + 5)
        clock = VirtualClock(utc=datetime.now(UTC) - before)
        result = record(simulated_request(store_root, number), clock=clock)
        progress(number, result)
