"""A run before anything is opened: the participant's own order and films, what was told today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from femo_tui.model.arrange import arrange
from femo_tui.model.order_words import say_order
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import JsonValue


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """What one participant would go through."""

    participant: str
    protocol: StudyProtocol  # in the participant's order
    order: tuple[str, ...]  # by which rules, one sentence each
    missing: tuple[str, ...]  # one sentence for each film or drawing that is not there
    told: Mapping[str, JsonValue]  # facts of the room, from earlier in the session


def plan_run(root: Path, protocol: str, participant: str, utc: datetime) -> PlannedRun:
    """Look up what a run of `protocol` would be for a participant; nothing is opened.

    Raises:
        UsageError: either is unknown, or the protocol has mistakes.
        StoreError: the store cannot be read.
    """
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.library import find_protocol, load_protocol, missing_media
    from femo_tui.store.run_start import session_environment

    written = load_protocol(protocol, root)
    with Catalog.open(root) as catalog:
        number = catalog.participant_number(participant)
    arranged = arrange(written, participant, number)
    beside = find_protocol(protocol, root).parent
    return PlannedRun(
        participant=participant,
        protocol=arranged,
        order=tuple(say_order(written, arranged)),
        missing=tuple(missing_media(arranged, root, beside)),
        told=session_environment(root, participant, utc),
    )
