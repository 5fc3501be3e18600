"""A real PostgreSQL server for tests: on a socket in a temporary folder, unprivileged."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

_USER = "femo"
_FAST = {"fsync": "off", "full_page_writes": "off"}
_QUIET = {"listen_addresses": "", "max_connections": "40", "shared_buffers": "16MB"}


class Server:
    """One running server; databases are copies of one that has been migrated."""

    def __init__(self, folder: Path, login: str | None) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._login = login  # as whom it runs, where root would not be let
        self._numbers = count(1)

    def start(self) -> None:
        """Have it run and answer."""
        if (self._data / "postmaster.pid").exists():
            return
        settings = {**_FAST, **_QUIET, "unix_socket_directories": str(self.folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._do("pg_ctl", "-D", str(self._data), "-w", "-l", str(self.folder / "log"),
                 "-o", options, "start")  # fmt: skip

    def stop(self) -> None:
        """Stop it at once: whoever is connected is cut off."""
        self._do("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")

    def make(self) -> None:
        self._do("initdb", "-D", str(self._data), "-U", _USER, "-A", "trust", "--no-sync",
                 "-E", "UTF8", "--locale=C.UTF-8")  # fmt: skip

    def new_database(self, template: str = "template1") -> str:
        """Make a database; return its name."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        self._do("createdb", "-h", str(self.folder), "-U", _USER, "-T", template, name)
        return name

    def empty(self, database: str) -> None:
        """Have a catalog hold nothing, and nobody be connected to it."""
        from femo_tui.store.catalog.schema import Base

        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        end = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {others}"
        self.query(database, end)
        self.query(database, f"TRUNCATE {tables} RESTART IDENTITY; SELECT 1")

    def url(self, database: str, password: str = "") -> str:
        who = f"{_USER}:{password}" if password else _USER
        return f"postgresql+psycopg://{who}@/{database}?host={self.folder}"

    def query(self, database: str, sql: str) -> list[tuple[object, ...]]:
        """Ask as any other program would."""
        import psycopg

        with psycopg.connect(f"host={self.folder} user={_USER} dbname={database}") as connection:
            cursor = connection.execute(sql.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall()

    def files_of(self, database: str) -> list[Path]:
        """Return the files that hold the tables of a database, all of it written to them."""
        self._do("psql", "-h", str(self.folder), "-U", _USER, "-q", "-c", "CHECKPOINT", database)
        ((oid,),) = self.query(
            database, "SELECT oid FROM pg_database WHERE datname=current_database()"
        )
        return sorted(path for path in (self._data / "base" / str(oid)).iterdir() if path.is_file())

    def freeze(self) -> None:
        """Have it answer nothing, with every connection open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        import psutil

        pid = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        main = psutil.Process(pid)
        for process in (main, *main.children(recursive=True)):
            process.send_signal(what)

    def _do(self, program: str, *args: str) -> None:
        done = subprocess.run(
            [str(_programs() / program), *args],
            user=self._login,
            group=None if self._login is None else pwd.getpwnam(self._login).pw_gid,
            extra_groups=None if self._login is None else [],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"


def is_installed() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _programs() -> Path:
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parts[-2]))


@contextmanager
def server() -> Iterator[Server]:
    """Lend a server that runs; nothing of it is left."""
    login = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="femo-pg-"))  # short: a socket's path has 107 bytes
    lent = Server(folder, login)
    try:
        if login is not None:
            shutil.chown(folder, login)
        lent.make()
        lent.start()
        yield lent
        lent.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
