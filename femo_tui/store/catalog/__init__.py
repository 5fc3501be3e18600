"""The catalog: what exists in a store. Importing it loads SQLAlchemy, so import it late."""

from femo_tui.store.catalog.catalog import Catalog, Reindexed, RunRow

__all__ = ["Catalog", "Reindexed", "RunRow"]
