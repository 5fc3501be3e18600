"""The catalog's database: made once, private, migrated, and refused where it is another's."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from femo_tui.errors import StoreError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.study import Study
from femo_tui.store.catalog import Catalog
from femo_tui.store.layout import iter_runs, open_session_and_run
from femo_tui.store.run_reader import RunReader
from femo_tui.store.study import load_study, write_study
from tests.support.catalogs import on_file, person, query

pytestmark = pytest.mark.usefixtures("each_catalog")


@on_file
def test_every_file_is_private(catalog: Catalog, root: Path) -> None:
    catalog.add_participant(person(), "ana")
    assert root.stat().st_mode & 0o777 == 0o700
    files = {p.name: p.stat().st_mode & 0o777 for p in root.iterdir()}
    audited = {"audit.jsonl", "audit-head", "audit-keys.json"}
    assert set(files) == {"catalog.db", "catalog.db-wal", "catalog.db-shm"} | audited
    assert set(files.values()) == {0o600}


@on_file
def test_what_is_deleted_is_overwritten_and_keys_are_enforced(catalog: Catalog, root: Path) -> None:
    assert query(root, "PRAGMA journal_mode") == [("wal",)]
    catalog.add_participant(replace(person(), notes="a word of 14 letters"), "ana")
    catalog.edit_participant("S01", "ana", notes="")
    catalog.close()
    assert b"a word of 14 letters" not in (root / "catalog.db").read_bytes()


ADD = """
import sys
from pathlib import Path
from femo_tui.errors import FemoError
from femo_tui.store.catalog import Catalog
from tests.support.catalogs import person

print("ready", flush=True)
sys.stdin.readline()
try:
    with Catalog.open(Path(sys.argv[1])) as catalog:
        for number in range(20):
            catalog.add_participant(person(f"S{number:02d}"), sys.argv[2])
            print(number, flush=True)
except FemoError as problem:
    print(type(problem).__name__, problem)
"""


def test_two_processes_that_make_the_store_and_add_the_same_people(root: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ADD, str(root), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("ana", "ben")
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate() for process in processes]
    assert [err for _, err in said] == ["", ""]
    with Catalog.open(root) as catalog:
        people = catalog.participants()
    numbers = [[line for line in out.splitlines() if line.isdigit()] for out, _ in said]
    assert len(people) == sum(map(len, numbers)), "each person was added by one of the two"
    refused = [line for out, _ in said for line in out.splitlines() if not line.isdigit()]
    assert len(refused) >= 1
    assert [line for line in refused if "is registered already" not in line] == []


def open_new_stores(base: Path, count: int, at_once: Barrier, said: Queue[str]) -> None:
    for number in range(count):
        at_once.wait()
        try:
            Catalog.open(base / str(number)).close()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test shows it
            said.put(repr(problem))
    said.put("done")


def test_a_store_that_several_processes_make_at_once_is_made_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    at_once, said = spawn.Barrier(3), spawn.Queue()
    processes = [
        spawn.Process(target=open_new_stores, args=(tmp_path, 40, at_once, said)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [said.get() for _ in processes] == ["done", "done", "done"]
    assert list(tmp_path.rglob("*.part*")) == []
    for number in range(40):
        with Catalog.open(tmp_path / str(number)) as catalog:
            assert catalog.participants() == []


@on_file
def test_a_newer_catalog_is_not_touched(root: Path) -> None:
    Catalog.open(root).close()
    connection = sqlite3.connect(root / "catalog.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=r"newer femo \(schema 9999, .*update femo$"):
        Catalog.open(root)


@on_file
def test_a_file_that_is_no_catalog_is_left_as_it_is(root: Path) -> None:
    root.mkdir()
    (root / "catalog.db").write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(StoreError, match=r"catalog\.db: this is no catalog.*femo reindex"):
        Catalog.open(root)
    assert (root / "catalog.db").read_bytes() == b"Dear diary, " * 1000


def test_a_store_that_is_a_file_is_refused(root: Path) -> None:
    root.write_text("x")
    with pytest.raises(StoreError, match="a file, not a folder; choose another store"):
        Catalog.open(root)
    assert root.read_text() == "x"


@on_file
def test_a_store_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="a file, not a folder"):
        Catalog.open(tmp_path / "file" / "store")
    (tmp_path / "store" / "catalog.db").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"catalog\.db: this is a folder where a file is expected"):
        Catalog.open(tmp_path / "store")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["catalog.db", "file", "store"]


@pytest.fixture
def not_allowed(root: Path) -> Iterator[None]:
    """Close the store to whoever runs the test; root is let in anywhere, so be nobody then."""
    root.mkdir()
    root.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        yield
    root.chmod(0o700)


@on_file
@pytest.mark.usefixtures("not_allowed")
@pytest.mark.parametrize(
    "use",
    [
        Catalog.open,
        load_study,
        lambda root: write_study(root, Study()),
        lambda root: list(iter_runs(root)),
        lambda root: RunReader(root / "sessions" / "S01" / "s" / "run-01").poll(),
        lambda root: open_session_and_run(root, "S01", VirtualClock().utc()),
    ],
)
def test_a_store_that_one_may_not_enter_is_refused_in_one_sentence(
    root: Path, use: Callable[[Path], object]
) -> None:
    with pytest.raises(StoreError, match=r"^\S.*: access is denied; give yourself access to it"):
        use(root)


@on_file
def test_the_migrations_make_the_tables_that_the_schema_declares(root: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine

    from femo_tui.store.catalog import database
    from femo_tui.store.catalog.schema import KNOWN_VERSIONS, SCHEMA_VERSION, Base

    Catalog.open(root).close()
    engine = create_engine(f"sqlite:///{root}/catalog.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [SCHEMA_VERSION]
    assert {script.revision for script in scripts.walk_revisions()} == KNOWN_VERSIONS


@on_file
def test_the_tables_can_be_made_in_postgresql_too() -> None:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    from femo_tui.store.catalog.schema import Base

    for table in Base.metadata.sorted_tables:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))


def loaded_after(code: str) -> set[str]:
    script = f"import sys\nfrom pathlib import Path\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@on_file
def test_alembic_is_loaded_only_where_the_schema_is_behind(root: Path) -> None:
    code = f"from femo_tui.store.catalog import Catalog\nCatalog.open(Path({str(root)!r})).close()"
    assert "alembic" in loaded_after(code)
    loaded = loaded_after(code)
    assert not loaded & {"alembic", "psycopg", "femo_tui.store.catalog.postgres"}


@on_file
def test_run_folders_are_written_and_read_without_sqlalchemy() -> None:
    rooms = ("run_writer", "run_reader", "verify", "recover", "study", "layout", "lock")
    loaded = loaded_after("\n".join(f"import femo_tui.store.{room}" for room in rooms))
    assert not loaded & {"sqlalchemy", "alembic", "numpy"}
