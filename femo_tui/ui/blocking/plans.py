"""A run before anything is opened: the participant's own order and films, what was told today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.arrange import arrange
from femo_tui.model.order_words import say_order
from femo_tui.model.protocol import StepKind, StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunData, RunStatus

if TYPE_CHECKING:
    from femo_tui.store.films_shown import Showing

_COMPLETE = RunStatus.COMPLETE.value


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """What one participant would go through."""

    participant: str
    protocol: StudyProtocol  # in the participant's order
    order: tuple[str, ...]  # by which rules, one sentence each
    missing: tuple[str, ...]  # one sentence for each film or drawing that is not there
    told: Mapping[str, JsonValue]  # facts of the room, from earlier in the session
    complete: str = ""  # their latest complete run of this protocol, such as run-01 of 2026-11-22
    seen: tuple[str, ...] = ()  # films of it that they were shown on a real screen
    seen_simulated: tuple[str, ...] = ()  # on a simulated one, which count among themselves

    def again(self, player: str) -> list[str]:
        """Return what is not new to the participant where this `player` shows it; none blocks."""
        told = []
        if self.complete:
            told.append(
                f"{self.participant} has a complete run of {self.protocol.name}: {self.complete};"
                " the latest one counts, or the one that `femo decide RUN --primary` chooses"
            )
        seen = self.seen_simulated if player.partition(":")[0] == "sim" else self.seen
        if seen:
            clips = (step for step in self.protocol.steps if step.kind is StepKind.CLIP)
            films = len({step.media for step in clips if step.media is not None})
            were = "was" if len(seen) == 1 else "were"
            told.append(
                f"{len(seen)} of {films} films {were} shown to {self.participant} before: their"
                " windows are no primary data"
            )
        return told


def plan_run(root: Path, protocol: str, participant: str, utc: datetime) -> PlannedRun:
    """Look up what a run of `protocol` would be for a participant; nothing is opened.

    Raises:
        UsageError: either is unknown, or the protocol has mistakes.
        StoreError: the store cannot be read.
    """
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.films_shown import showings_to
    from femo_tui.store.library import find_protocol, load_protocol, missing_media
    from femo_tui.store.run_start import session_environment

    written = load_protocol(protocol, root)
    with Catalog.open(root) as catalog:
        number = catalog.participant_number(participant)
        runs = catalog.runs(participant)
        shown = [*catalog.shown_elsewhere(participant), *showings_to(root, participant)]
    arranged = arrange(written, participant, number)
    beside = find_protocol(protocol, root).parent
    complete = [
        f"{run.run} of {run.started_utc[:10]}{' (SIMULATED)' if run.simulated else ''}"
        for run in runs
        if (run.protocol, run.status, run.data) == (arranged.name, _COMPLETE, RunData.KEEP.value)
    ]
    return PlannedRun(
        participant=participant,
        protocol=arranged,
        order=tuple(say_order(written, arranged)),
        missing=tuple(missing_media(arranged, root, beside)),
        told=session_environment(root, participant, utc),
        complete=complete[-1] if complete else "",
        seen=_seen(root, arranged, beside, [one for one in shown if not one.simulated]),
        seen_simulated=_seen(root, arranged, beside, [one for one in shown if one.simulated]),
    )


def _seen(
    root: Path, protocol: StudyProtocol, beside: Path, shown: Sequence[Showing]
) -> tuple[str, ...]:
    """Return the films of a run that were shown before, by their content where that is known."""
    from femo_tui.store.exposure import FilmCount
    from femo_tui.store.library import find_media
    from femo_tui.store.media_cache import known_sha256

    if not shown:
        return ()
    planned = {step.name: step.media for step in protocol.steps if step.kind is StepKind.CLIP}
    lying = {media: find_media(media, root, beside) for media in planned.values() if media}
    known = known_sha256(root, [path for path in lying.values() if path is not None])
    sha256_of = {media: known.get(path, "") for media, path in lying.items() if path is not None}
    return tuple(FilmCount(root, planned, shown, sha256_of).repeats())
