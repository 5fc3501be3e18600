"""The catalog's open database: transactions, the time of what is entered, its audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.events import Facts
from femo_tui.store import audit
from femo_tui.store.catalog.database import leave_no_trace, open_database, reading, writing
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.pending import is_pending

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog


class OpenCatalog:
    """What every question to the catalog goes through."""

    def __init__(self, root: Path, engine: Engine, clock: Clock) -> None:
        self.root = root
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, root: Path, clock: Clock | None = None, modes: Modes = PRIVATE) -> Self:
        """Open the catalog of a store, made if there is none; finish what was begun there.

        Raises:
            StoreError: the store cannot be used; nothing half-made is left behind.
        """
        catalog = cls(root, open_database(root, modes), clock or HostClock())
        if is_pending(root):
            from femo_tui.store.unfinished import finish

            try:
                finish(cast("Catalog", catalog), modes)  # the only one that is opened
            except BaseException:
                catalog.close()
                raise
        return catalog

    def close(self) -> None:
        """Let go of the database; doing so twice is harmless."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def leave_no_trace(self) -> None:
        """Have nothing that was removed be left in the database or its journal."""
        leave_no_trace(self._engine)

    def _note(self, action: str, operator: str, code: str, facts: Facts | None = None) -> None:
        audit.note(self.root, action, operator, facts, [code], utc=self._now())

    def _now(self) -> str:
        return self._clock.utc().isoformat(timespec="seconds").replace("+00:00", "Z")

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with reading(self._engine) as connection, Session(bind=connection) as session:
            yield session

    @contextmanager
    def _write(self) -> Iterator[Session]:
        with writing(self._engine) as connection, Session(bind=connection) as session:
            yield session
            session.flush()
