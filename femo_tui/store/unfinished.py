"""Finishes what was begun on a store and cut short: moved runs, withdrawals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from femo_tui.errors import StoreError
from femo_tui.store import erasing, pending, reassign
from femo_tui.store.files import PRIVATE, Modes

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog


def finish(catalog: Catalog, modes: Modes = PRIVATE) -> None:
    """Do again what every journal says.

    Raises:
        StoreError: it cannot be finished, or the journal is of a newer femo.
    """
    with pending.at_work(catalog.root, "unfinished work", "femo", modes):
        for name, journal in pending.begun(catalog.root):
            match journal.get("kind"):
                case reassign.KIND:
                    reassign.carry_out(catalog, journal, modes)
                case erasing.KIND_ALL | erasing.KIND_SCOPES:
                    erasing.carry_out(catalog, journal, modes=modes)
                case kind:
                    raise StoreError(
                        f"{catalog.root / pending.PENDING / name}.json: a newer femo began"
                        f" something here that this one does not know ({kind}); update femo"
                    )
