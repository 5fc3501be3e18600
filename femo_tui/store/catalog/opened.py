"""The catalog's open database: transactions, the time of what is entered, its audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.events import Facts
from femo_tui.store import audit
from femo_tui.store.catalog.database import empty_journal, open_database, reading, writing
from femo_tui.store.files import PRIVATE, Modes


class OpenCatalog:
    """What every question to the catalog goes through."""

    def __init__(self, root: Path, engine: Engine, clock: Clock) -> None:
        self.root = root
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, root: Path, clock: Clock | None = None, modes: Modes = PRIVATE) -> Self:
        """Open the catalog of a store, made if there is none.

        Raises:
            StoreError: the store cannot be used; nothing half-made is left behind.
        """
        return cls(root, open_database(root, modes), clock or HostClock())

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
        """Have what was removed be gone from the journal, too; pages are overwritten anyway."""
        empty_journal(self._engine)

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
