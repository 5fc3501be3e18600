"""The catalog's open database: transactions, the time of what is entered, its audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from femo_tui import paths
from femo_tui.errors import CatalogAway, MalformedRecord, StoreError
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.events import Facts
from femo_tui.store import audit
from femo_tui.store.catalog.database import leave_no_trace, open_database
from femo_tui.store.catalog.stations import (
    Withdrawal,
    check_joined,
    end_withdrawal,
    enter_withdrawal,
    join,
    outstanding,
    station_of,
    stations_without,
)
from femo_tui.store.catalog.transactions import is_server, reading, writing
from femo_tui.store.files import PRIVATE, Modes, make_folder
from femo_tui.store.pending import is_pending
from femo_tui.store.station import Station, new_station, read_station, write_station
from femo_tui.store.waiting import wait_no_more, waiting_runs

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog


class OpenCatalog:
    """What every question to the catalog goes through."""

    def __init__(self, root: Path, engine: Engine, clock: Clock) -> None:
        self.root = root
        self.store = ""  # what names the store in a catalog that several share
        self._engine = engine
        self._clock = clock

    @property
    def is_shared(self) -> bool:
        """Return whether the catalog is on a server, where other stations write to it, too."""
        return is_server(self._engine)

    @classmethod
    def open(cls, root: Path, clock: Clock | None = None, modes: Modes = PRIVATE) -> Self:
        """Open the catalog of a store, made if there is none; finish what was begun there.

        Runs that wait to be entered are entered, and consent that was taken back at another station
        is taken back here.

        Raises:
            StoreError: the store cannot be used; nothing half-made is left behind.
            CatalogAway: the catalog's server does not answer.
        """
        catalog = cls(root, open_database(root, modes), clock or HostClock())
        try:
            catalog._join(modes)
            if is_pending(root):
                from femo_tui.store.unfinished import finish

                finish(cast("Catalog", catalog), modes)  # the only one that is opened
            if catalog.is_shared and catalog.outstanding():
                from femo_tui.store.elsewhere import catch_up

                catch_up(cast("Catalog", catalog), modes)
            catalog.enter_waiting()
        except BaseException:
            catalog.close()
            raise
        return catalog

    def enter_waiting(self) -> None:
        """Enter the runs that wait for it; one that cannot be entered waits on."""
        for name in waiting_runs(self.root):
            run_dir = self.root / name
            if run_dir.is_dir():
                try:
                    cast("Catalog", self).index_run(run_dir)
                except CatalogAway:
                    raise
                except (StoreError, MalformedRecord):
                    continue
            wait_no_more(self.root, [name])

    def outstanding(self) -> list[Withdrawal]:
        """Return consent taken back at other stations that is to be taken back here, too."""
        with self._read() as session:
            return outstanding(session, self.store)

    def note_withdrawal(self, withdrawal: Withdrawal) -> None:
        """Have every station of the catalog take back consent; noting it again is harmless."""
        if self.is_shared:
            with self._write() as session:
                enter_withdrawal(session, withdrawal)

    def end_withdrawal(self, withdrawal_id: str) -> None:
        """Note that consent is taken back in this store."""
        if self.is_shared:
            with self._write() as session:
                end_withdrawal(session, withdrawal_id, self.store)

    def stations_without(self, withdrawal_id: str) -> list[str]:
        """Return the stations that have yet to take back consent."""
        with self._read() as session:
            return stations_without(session, withdrawal_id)

    def mark(self) -> str:
        """Return what is another after anybody wrote to the catalog, empty where it is a file."""
        if not self.is_shared:
            return ""
        from femo_tui.store.catalog.postgres import mark_of

        with reading(self._engine) as connection:
            return mark_of(connection)

    def _join(self, modes: Modes) -> None:
        """Learn what names the store; where the catalog is shared and new to it, take part."""
        station = read_station(self.root)
        if self.is_shared:
            station = self._joined(station, modes)
        self.store = station.id if station is not None else ""

    def _joined(self, station: Station | None, modes: Modes) -> Station:
        name = paths.station_name()
        if station is not None:
            with self._read() as session:
                if station_of(session, station) == name:
                    return station
            with self._write() as session:  # after another process that is just taking part
                check_joined(session, self.root, station).station = name
            return station
        from femo_tui.store.catalog.postgres import place_of

        make_folder(self.root, modes)
        with self._write() as session:  # one after the other: the second finds the file
            if (station := read_station(self.root)) is None:
                station = new_station(place_of(self._engine.url))
                join(session, self.root, station, name, self._now())
                session.flush()
                write_station(self.root, station, modes)
        return station

    def close(self) -> None:
        """Let go of the database; doing so twice is harmless."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def leave_no_trace(self) -> None:
        """Have nothing that was removed be left in the database or its journal."""
        leave_no_trace(self._engine)

    def _note(self, action: str, operator: str, code: str, facts: Facts | None = None) -> None:
        audit.note(self.root, action, operator, facts, [code], utc=self._now())

    def _now(self) -> str:
        return iso_seconds(self._clock.utc())

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with reading(self._engine) as connection, Session(bind=connection) as session:
            yield session

    @contextmanager
    def _write(self) -> Iterator[Session]:
        with writing(self._engine) as connection, Session(bind=connection) as session:
            yield session
            session.flush()
