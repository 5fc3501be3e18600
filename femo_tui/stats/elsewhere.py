"""Runs of other stations on the same catalog: they are named, and are in no number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from femo_tui.model.left_out import LeftOut
from femo_tui.model.participants import Participant

if TYPE_CHECKING:
    from femo_tui.store.catalog import RunRow


def runs_elsewhere(runs: Sequence[RunRow]) -> tuple[LeftOut, ...]:
    """Return the runs of a catalog whose files are at another station."""
    return tuple(
        LeftOut(run.participant, f"{run.session}/{run.run}", f"is on station {run.station}")
        for run in runs
        if run.station
    )


def not_only_elsewhere(
    people: Sequence[Participant], elsewhere: Sequence[LeftOut], runs: Collection[str]
) -> list[Participant]:
    """Return the participants but those of whom every run is elsewhere.

    Args:
        people: as the catalog has them.
        elsewhere: the runs that are.
        runs: the folders of those that are here, relative to the store.
    """
    gone = {run.participant for run in elsewhere} - {name.split("/")[1] for name in runs}
    return [person for person in people if person.code not in gone]
