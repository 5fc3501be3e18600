"""The catalog: what exists in a store. Importing it loads SQLAlchemy, so import it late."""

from femo_tui.store.catalog.catalog import Catalog
from femo_tui.store.catalog.entries import ConsentEntry, RunRow
from femo_tui.store.catalog.runs import Reindexed

__all__ = ["Catalog", "ConsentEntry", "Reindexed", "RunRow"]
