"""A station whose catalog is on a server: recording goes on without it, the console says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from femo_tui.model.clock import HostClock
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.waiting import waiting_runs
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from tests.support.femo import Femo, run_events, wait_until
from tests.support.postgres import Server
from tests.ui.shown import text_of
from tests.ui.waits import until


@pytest.fixture
def station(femo: Femo, server: Server, database: str) -> Femo:
    femo.extra_env.update(FEMO_CATALOG=server.url(database, "secret-word"), FEMO_STATION="lab-1")
    femo.ok("participant", "add", "S01", "--consent", "gsr,face,keep")
    return femo


def recorded(protocol: Path) -> list[str]:
    return [
        *("record", "--participant", "S01", "--protocol", str(protocol), "--auto", "--json"),
        *("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim"),
    ]


async def test_a_server_that_stops_during_a_run_changes_nothing_in_it(
    station: Femo, server: Server, short_protocol: Path
) -> None:
    with station.started(*recorded(short_protocol)) as process:
        runs = station.store / "sessions" / "S01"
        wait_until(lambda: any(runs.glob("*/*/run.jsonl")), "the run begins")
        (run_dir,) = runs.glob("*/*")
        wait_until(lambda: bool(run_events(run_dir, "window_start")), "a window opens")
        server.stop()
        try:
            out, err = process.communicate(timeout=50)
            assert process.returncode == 0
            assert json.loads(out.splitlines()[-1])["status"] == "complete"
            assert "the run is whole but not in the catalog yet (the catalog t" in err
            assert "the server does not answer" in err
            assert station.ok("show", "S01", "--verify").rstrip().endswith("every row reads")
            where = run_dir.relative_to(station.store).as_posix()
            assert waiting_runs(station.store) == (where,)
            refused = station.run("sessions")
            assert (refused.returncode, refused.stdout) == (1, "")
            assert refused.stderr.count("\n") == 1
            again = station.run(*recorded(short_protocol))
            assert again.returncode == 1
            assert "the server does not answer; look whether it runs" in again.stderr
            assert list(runs.glob("*/*")) == [run_dir], "nothing is begun that is not known whose"
            app = FemoApp(
                Desk(station.store, "ada", station="lab-1", clock=HostClock()),
                RecordRequest(station.store, "", ""),
            )
            async with app.run_test(size=(120, 40)) as pilot:
                await until(pilot, lambda: bool(app.trouble))
                shown = " ".join(text_of(app).split())
                assert "the server does not answer" in shown
                assert "1 recorded run waits to be entered into it: S01 run-01" in shown
                server.start()
                await until(pilot, lambda: app.overview is not None)
                overview = app.overview
                assert overview is not None
                assert [(run.run_dir, run.status) for run in overview.runs] == [(where, "complete")]
                assert waiting_runs(station.store) == ()
                assert "waits to be entered" not in text_of(app)
        finally:
            server.start()
    everything = "".join(
        path.read_text("utf-8", "replace")
        for folder in (station.store, station.home)
        for path in folder.rglob("*")
        if path.is_file()
    )
    assert "secret-word" not in everything + out + err + refused.stderr + again.stderr


def test_no_list_of_processes_shows_the_password(station: Femo, short_protocol: Path) -> None:
    import psutil

    asked = [*recorded(short_protocol), "--detach"]
    started = json.loads(station.ok(*asked).splitlines()[-1])
    run_dir = Path(started["run_dir"])
    shown = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    ours = [line for line in shown if str(station.store) in line]
    assert any(" record " in line for line in ours)
    assert not [line for line in ours if "secret-word" in line or "postgresql" in line]
    wait_until(lambda: bool(run_events(run_dir, "run_stop")), "the run ends")
    wait_until(lambda: bool(station.json("sessions")), "it is in the catalog")


async def test_runs_of_another_station_are_named_as_such_and_ask_for_nothing(
    station: Femo, tmp_path: Path, short_protocol: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.ok(*recorded(short_protocol))
    here = tmp_path / "lab-2"
    told = station.ok("--store", str(here), "results")
    assert "S01" in told
    assert "is on station lab-1" in told
    assert "no run recorded" not in told
    station.ok("--store", str(here), *recorded(short_protocol))
    (again,) = here.glob("sessions/S01/*/run-01")
    (seen,) = [e for e in run_events(again, "device") if e["name"] == "film_seen_before"]
    assert seen["detail"]["media"] == "quick/stress.mp4"
    monkeypatch.setenv("FEMO_STATION", "lab-2")
    desk = Desk(here, "ben", station="lab-2", clock=HostClock())
    app = FemoApp(desk, RecordRequest(here, "", ""))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.overview is not None and len(app.overview.runs) == 2)
        assert "on lab-1" in text_of(app)
        await pilot.press("5")
        await until(pilot, lambda: "on lab-1" in text_of(app))
        await pilot.press("down", "enter")  # the newest, which is here, stands first
        await until(pilot, lambda: "S01 run-01 lies on station lab-1: look at it" in text_of(app))
        station.ok("participant", "add", "S02", "--consent", "gsr")
        await until(pilot, lambda: app.overview is not None and len(app.overview.participants) == 2)


def test_a_catalog_moves_to_a_server_and_takes_everything_along(
    femo: Femo, server: Server, empty_catalog: str
) -> None:
    femo.ok("participant", "add", "S01", "--consent", "gsr", "--age", "30")
    femo.ok("participant", "add", "S02", "--consent", "gsr")
    before = femo.json("participant", "list")
    femo.extra_env["FEMO_CATALOG"] = server.url(server.new_database(empty_catalog))
    refused = femo.run("participant", "list")
    assert refused.returncode == 1
    assert "femo study share-catalog" in refused.stderr
    assert "has taken over" in femo.ok("study", "share-catalog")
    assert not list(femo.store.glob("catalog.db*"))
    assert femo.json("participant", "list") == before
    femo.ok("participant", "add", "S03", "--consent", "gsr")
    assert femo.run("study", "share-catalog").returncode == 2
    del femo.extra_env["FEMO_CATALOG"]
    refused = femo.run("participant", "list")
    assert "its catalog is on a server" in refused.stderr


def test_a_demonstration_leaves_the_shared_catalog_alone(station: Femo, tmp_path: Path) -> None:
    demo = str(tmp_path / "demo")
    station.ok("demo", "--participants", "1", "--headless", "--store", demo)
    assert [person["code"] for person in station.json("participant", "list")] == ["S01"]
    shown = station.run("--catalog", "store", "--store", demo, "sessions")
    assert "SIMULATED" in shown.stdout
    refused = station.run("--store", demo, "sessions")
    assert "has a catalog of its own" in refused.stderr


def test_the_config_file_names_catalog_and_station(
    femo: Femo, server: Server, database: str
) -> None:
    config = femo.home / ".config" / "femo" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'catalog = "{server.url(database)}"\nstation = "basement"\n', "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "gsr")
    assert server.query(database, "SELECT station FROM stores") == [("basement",)]
