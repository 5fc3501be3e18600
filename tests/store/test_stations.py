"""Several stations on one catalog, on a PostgreSQL server that may be away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from femo_tui.errors import CatalogAway, FemoError, StoreError, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Scope
from femo_tui.store import audit
from femo_tui.store.catalog import Catalog
from femo_tui.store.catalog.online_copy import copy_catalog
from femo_tui.store.layout import RUN_FILE, iter_runs
from femo_tui.store.lock import HeldLock
from femo_tui.store.reassign import reassign
from femo_tui.store.run_reader import RunReader
from femo_tui.store.verify import verify_run
from femo_tui.store.waiting import waiting_runs
from femo_tui.store.withdrawal import withdraw
from femo_tui.store.withdrawn import withdrawn_people
from tests.support.catalogs import person
from tests.support.postgres import Server
from tests.support.runs import golden_at, golden_in

Station = Callable[[str], Catalog]


@pytest.fixture
def station(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Station:
    """Opens the shared catalog as one of several stations does, each with its own store."""
    assert database

    def opened(name: str) -> Catalog:
        monkeypatch.setenv("FEMO_STATION", name)
        return Catalog.open(tmp_path / name, VirtualClock())

    return opened


def runs_of(catalog: Catalog) -> list[tuple[str, str, str]]:
    return [(run.participant, run.run_dir, run.station) for run in catalog.runs()]


def test_a_run_that_moves_counts_what_another_station_has_shown(
    station: Station, tmp_path: Path
) -> None:
    with station("lab-1") as one, station("lab-2") as two:
        for code in ("S01", "S02"):
            one.add_participant(person(code), "ana")
        one.index_run(golden_at(tmp_path / "lab-1", "S02", 20, 1, primary=True))
        one.index_run(golden_at(tmp_path / "lab-1", "S02", 24, 2, primary=False))
        wrong = golden_at(tmp_path / "lab-2", "S01", 22, 1, primary=True)
        two.index_run(wrong)
        done = reassign(two, wrong, "S02", "ben", VirtualClock())
    (window,) = [w for w in RunReader(done.run_dir).poll().windows if w.step == "happy"]
    assert (window.exposure, window.primary) == (2, False)  # lab-1 showed it two days before
    assert done.elsewhere == ("S02/2026-11-24T101530/run-01 on lab-1",)


def test_what_one_station_registers_and_records_another_sees(
    station: Station, tmp_path: Path
) -> None:
    with station("lab-1") as one, station("lab-2") as two:
        one.add_participant(person("S01"), "ana")
        with pytest.raises(UsageError, match="S01 is registered already"):
            two.add_participant(person("S01"), "ben")
        two.add_participant(person("S02"), "ben")
        assert one.participants() == two.participants() == [person("S01"), person("S02")]
        assert [one.participant_number(code) for code in ("S01", "S02")] == [1, 2]
        one.index_run(golden_in(tmp_path / "lab-1"))
        run_dir = "sessions/S01/2026-11-22T101530/run-01"
        assert runs_of(one) == [("S01", run_dir, "")]
        assert runs_of(two) == [("S01", run_dir, "lab-1")]
        assert two.reindex().removed == 0, "the folder is gone from no station but the other's"
        assert runs_of(one) == [("S01", run_dir, "")]
        two.index_run(golden_in(tmp_path / "lab-2"))  # the same name at the same second
        assert sorted(runs_of(one)) == [("S01", run_dir, ""), ("S01", run_dir, "lab-2")]
        two.forget_run(run_dir)
        assert runs_of(two) == [("S01", run_dir, "lab-1")]


def test_a_station_that_is_called_otherwise_is_the_same_one(
    station: Station, tmp_path: Path
) -> None:
    with station("lab-1") as one:
        one.index_run(golden_in(tmp_path / "lab-1"))
    (tmp_path / "lab-1").rename(tmp_path / "basement")
    with station("basement") as one, station("lab-2") as two:
        assert [where for *_, where in runs_of(one)] == [""]
        assert [where for *_, where in runs_of(two)] == ["basement"]


def test_who_withdraws_at_one_station_is_gone_at_every_other(
    station: Station, tmp_path: Path
) -> None:
    with station("lab-1") as one, station("lab-2") as two:
        one.add_participant(person("S01"), "ana")
        two.index_run(golden_in(tmp_path / "lab-2"))
        done = withdraw(one, "S01", (), "ana", VirtualClock())
        assert done.stations == ("lab-2",)
        with pytest.raises(UsageError, match="S01 withdrew: the code is never given again"):
            two.add_participant(person("S01"), "ben")
        with pytest.raises(StoreError, match="its participant withdrew"):
            two.index_run(next(iter_runs(tmp_path / "lab-2")))
        two.add_participant(person("S02"), "ben")
        assert two.participant_number("S02") == 2
    with station("lab-2") as two:
        assert not (tmp_path / "lab-2" / "sessions" / "S01").exists()
        assert [p.id for p in withdrawn_people(tmp_path / "lab-2")] == [done.id]
        assert two.outstanding() == []
        assert [p.code for p in two.participants()] == ["S02"]
    told = [line for line in audit.read(tmp_path / "lab-2") if line.action == "withdraw"]
    assert [line.facts["tombstone"] for line in told] == [done.id]


def test_while_somebody_is_recorded_their_withdrawal_elsewhere_waits(
    station: Station, tmp_path: Path
) -> None:
    with station("lab-1") as one, station("lab-2") as two:
        one.add_participant(person("S01"), "ana")
        run_dir = golden_in(tmp_path / "lab-2")
        withdraw(one, "S01", (), "ana", VirtualClock())
        two.close()
        held = HeldLock.acquire(run_dir / "lock", {"participant": "S01"})
        with station("lab-2") as two:
            assert (run_dir / RUN_FILE).exists()
            assert len(two.outstanding()) == 1
        held.release()
        with station("lab-2"):
            assert not run_dir.exists()


def test_a_scope_that_is_taken_back_leaves_the_runs_of_every_station(
    station: Station, tmp_path: Path
) -> None:
    everything = replace(person().consent, scopes=frozenset(Scope))
    with station("lab-1") as one, station("lab-2") as two:
        one.add_participant(replace(person("S01"), consent=everything), "ana")
        run_dir = golden_in(tmp_path / "lab-2")
        two.index_run(run_dir)
        assert list(run_dir.rglob("*.jpg"))
        withdraw(one, "S01", {Scope.FACE}, "ana", VirtualClock())
        consents = len(one.consents("S01"))
    with station("lab-2") as two:
        assert not list(run_dir.rglob("*.jpg"))
        assert verify_run(run_dir) == []
        assert RunReader(run_dir).poll().gsr.length
        assert len(two.consents("S01")) == consents
        assert not two.participant("S01").allows(Scope.FACE)
        assert two.outstanding() == []


def test_what_was_removed_is_in_no_file_of_the_database(
    station: Station, tmp_path: Path, server: Server, database: str
) -> None:
    def files_with(needle: bytes) -> list[str]:
        return [p.name for p in server.files_of(database) if needle in p.read_bytes()]

    with station("lab-1") as one:
        one.add_participant(replace(person("S7700077"), notes="a word of 14 letters"), "ana")
        one.index_run(golden_in(tmp_path / "lab-1"))
        assert files_with(b"S7700077")
        assert files_with(b"a word of 14 letters")
        withdraw(one, "S7700077", (), "ana", VirtualClock())
        assert files_with(b"a word of 14 letters") == []
        (named,) = server.query(database, "SELECT pg_relation_filenode('withdrawals')::text,"
                                " pg_relation_filenode('ix_withdrawals_code')::text")  # fmt: skip
        assert set(files_with(b"S7700077")) <= set(named), "the tombstone alone"


def test_a_reader_of_the_tables_as_they_were_stands_against_it(
    station: Station, server: Server, database: str, tmp_path: Path
) -> None:
    import psycopg

    with (
        station("lab-1") as one,
        psycopg.connect(server.url(database).replace("+psycopg", "")) as reader,
    ):
        one.add_participant(person("S01"), "ana")
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1 FROM pg_class").fetchall()
        one.forget_participant("S01", "w-1")
        with pytest.raises(StoreError, match="another program reads all the while"):
            one.leave_no_trace()
        reader.rollback()
        one.leave_no_trace()


REGISTER = """
import sys
from pathlib import Path
from femo_tui.store.catalog import Catalog
from tests.support.catalogs import person

root, name = Path(sys.argv[1]), sys.argv[2]
with Catalog.open(root) as catalog:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(500):
        catalog.add_participant(person(f"{name}{number}"), name)
"""


@pytest.mark.alone
def test_four_stations_register_five_hundred_each_at_once(
    station: Station, tmp_path: Path, server: Server, database: str
) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, str(tmp_path / f"lab-{name}"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "ABCD"
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    for process in processes:
        process.communicate()
    with station("lab-E") as catalog:
        codes = [p.code for p in catalog.participants()]
    assert sorted(codes) == sorted(f"{name}{n}" for name in "ABCD" for n in range(500))
    numbers = server.query(database, "SELECT number FROM participants ORDER BY number")
    assert [number for (number,) in numbers] == list(range(1, 2001))


def test_a_run_that_the_server_misses_waits_and_is_entered_once_it_is_back(
    station: Station, tmp_path: Path, server: Server
) -> None:
    root = tmp_path / "lab-1"
    with station("lab-1") as one:
        run_dir = golden_in(root)
        server.stop()
        try:
            with pytest.raises(CatalogAway, match=r"^the catalog t\d+_\d+ on /tmp/\S+: the server"):
                one.index_run(run_dir)
            assert waiting_runs(root) == ("sessions/S01/2026-11-22T101530/run-01",)
            with pytest.raises(CatalogAway):
                station("lab-1")
        finally:
            server.start()
        one.index_run(run_dir)  # the same connection's pool finds the server again
    with station("lab-1") as one:
        assert waiting_runs(root) == ()
        assert [participant for participant, *_ in runs_of(one)] == ["S01"]


def test_a_server_that_hangs_is_an_error_within_seconds(
    station: Station, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from femo_tui.store.catalog import postgres

    monkeypatch.setattr(postgres, "ANSWER_TIMEOUT_S", 1.0)
    with station("lab-1") as one:
        server.freeze()
        try:
            with pytest.raises(CatalogAway, match="the server does not answer"):
                one.participants()
            with pytest.raises(CatalogAway, match="the server does not answer"):
                station("lab-2")
        finally:
            server.thaw()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:secret-word@/x?host={folder}", 'nobody in now (role "u" does not exist)'),
        ("postgresql://femo:secret-word@/x?host={folder}", 'database "x" does not exist'),
        ("postgresql+psycopg://u:secret-word@localhost:1/x", "on localhost:1: the server does not"),
        ("postgresql+psycopg://u:secret-word@/", "with no database"),
        ("mysql://u:secret-word@h/x", "a catalog on mysql"),
        ("postgresql://u:an@h:secret-word/x", "no URL; give one such as postgresql"),
        ("u:secret-word", "no URL; give one such as postgresql"),
    ],
)
def test_a_catalog_that_cannot_be_is_refused_without_its_password(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    monkeypatch.setenv("FEMO_CATALOG", url.format(folder=server.folder))
    with pytest.raises(FemoError) as refused:
        Catalog.open(tmp_path / "store")
    assert says in str(refused.value)
    assert "secret-word" not in str(refused.value)
    assert not (tmp_path / "store").exists()


def test_a_store_is_used_with_the_catalog_that_is_its_own_only(
    station: Station, tmp_path: Path, server: Server, empty_catalog: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    station("lab-1").close()
    monkeypatch.setenv("FEMO_CATALOG", server.url(server.new_database(empty_catalog)))
    with pytest.raises(StoreError, match="the catalog that was given does not know this store"):
        Catalog.open(tmp_path / "lab-1")
    monkeypatch.setenv("FEMO_CATALOG", "store")
    with pytest.raises(StoreError, match=r"its catalog is on a server \(the catalog t"):
        Catalog.open(tmp_path / "lab-1")
    Catalog.open(tmp_path / "lab-2").close()
    monkeypatch.setenv("FEMO_CATALOG", server.url(empty_catalog))
    with pytest.raises(StoreError, match=r"has a catalog of its own.*femo study share-catalog"):
        Catalog.open(tmp_path / "lab-2")


def test_a_backup_of_a_shared_catalog_is_a_file_that_can_be_used_alone(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station("lab-1") as one, station("lab-2") as two:
        one.add_participant(person("S02"), "ana")
        one.index_run(golden_in(tmp_path / "lab-1"))
        two.index_run(golden_in(tmp_path / "lab-2"))
        people, runs = one.participants(), runs_of(one)
    content = copy_catalog(tmp_path / "lab-1")
    assert content is not None
    (tmp_path / "lab-1" / "catalog.db").write_bytes(content)
    monkeypatch.setenv("FEMO_CATALOG", "store")
    with Catalog.open(tmp_path / "lab-1") as restored:
        assert restored.participants() == people
        assert sorted(runs_of(restored)) == sorted(runs)
        assert restored.reindex().problems == ()
        assert sorted(runs_of(restored)) == sorted(runs)


def test_without_psycopg_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from femo_tui.cli import main\n"
        f"sys.argv = ['femo', '--store', {str(tmp_path)!r}, '--catalog',"
        " 'postgresql+psycopg://u:secret-word@h/x', 'sessions']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "femo: the catalog is on a PostgreSQL server, which needs psycopg:"
        " pip install 'femo[postgres]'\n"
    )
