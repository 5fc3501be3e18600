"""What is said of this machine's own facts: ports, cameras, disks, stores, packages, clock."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from femo_tui.config import Config
from femo_tui.doctor import host, screen, sensors, software, storing
from femo_tui.doctor.finding import Finding, Standing, Subject
from femo_tui.recorder.priority import allowed_priority
from femo_tui.store.catalog import Catalog
from femo_tui.store.catalog.schema import SCHEMA_VERSION
from femo_tui.store.waiting import let_wait
from tests.support.needed import need
from tests.support.pty_sensor import PtySensor
from tests.support.small_disk import mounted_disk

ROOT = Path(__file__).parents[2]


def subject(root: Path, recording: bool = False, **config: str) -> Subject:
    return Subject(root, Config(**config), recording)  # type: ignore[arg-type]


def is_(found: Finding, standing: str, *words: str) -> bool:
    """Return whether a finding stands so and has the words in what was found, or mends it."""
    text = f"{found.found}\n{found.remedy}"
    assert found.standing is not Standing.LOOK or found.remedy
    assert found.standing is not Standing.MISSING or found.remedy
    return found.standing == standing and all(word in text for word in words)


# --- devices -----------------------------------------------------------------------------------


def test_a_port_that_is_there_is_ok_and_one_that_is_not_is_missing(tmp_path: Path) -> None:
    with PtySensor(tmp_path) as sensor:
        look = partial(sensors.look_at_gsr, subject(tmp_path, gsr=f"serial:{sensor.link}"))
        assert is_(look(), "ok", str(sensor.link))
        sensor.unplug()
        assert is_(look(), "missing", "is not there", "plug it in")


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("")
    found = sensors.look_at_gsr(subject(tmp_path, gsr=f"serial:{tmp_path}/port"))
    assert is_(found, "missing", "is no serial port")


@pytest.mark.parametrize("uri", ["serial", "usb:1", "serial:/dev/null?speed=1"])
def test_an_address_that_is_none_is_told(tmp_path: Path, uri: str) -> None:
    assert sensors.look_at_gsr(subject(tmp_path, gsr=uri)).standing is Standing.MISSING


def test_a_camera_that_is_not_there_is_missing_and_says_how_to_do_without(tmp_path: Path) -> None:
    found = sensors.look_at_camera(subject(tmp_path, camera="camera:97"))
    assert is_(found, "missing", "/dev/video97 is not there", 'camera = "')


@pytest.mark.parametrize(("uri", "standing"), [("none", "ok"), ("sim:1", "look")])
def test_what_is_simulated_or_not_wanted_is_not_missed(
    tmp_path: Path, uri: str, standing: str
) -> None:
    for look in (sensors.look_at_gsr, sensors.look_at_camera):
        assert is_(look(subject(tmp_path, gsr=uri, camera=uri)), standing)
    player = uri.partition(":")[0]
    assert is_(screen.look_at_player(subject(tmp_path, player=player)), standing)
    for look in (screen.look_at_display, screen.look_at_sound, screen.look_at_popups):
        assert is_(look(subject(tmp_path, player=player)), "ok")


def test_a_display_that_nobody_opened_is_missing(tmp_path: Path) -> None:
    found = screen.look_at_display(subject(tmp_path, player="mpv?display=wayland-97"))
    assert is_(found, "missing", "wayland-97")


def test_without_mpv_the_player_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = screen.look_at_player(subject(tmp_path))
    assert is_(found, "missing", "mpv is not installed", "apt install mpv")


def test_an_mpv_that_says_nothing_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mpv").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "mpv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert is_(screen.look_at_player(subject(tmp_path)), "missing", "mpv --version")


# --- the store ---------------------------------------------------------------------------------


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    root = tmp_path / "new" / "store"
    for look in (
        *(storing.look_at_store, storing.look_at_catalog, storing.look_at_disk),
        storing.look_at_study,
    ):
        assert look(subject(root)).standing is not Standing.MISSING
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_stores_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    assert is_(storing.look_at_store(subject(tmp_path / "store")), "missing", "is no folder")


def test_runs_that_wait_for_the_catalog_are_told(tmp_path: Path) -> None:
    let_wait(tmp_path, tmp_path / "sessions/S01/2026-11-22T101530/run-01")
    assert is_(storing.look_at_store(subject(tmp_path)), "look", "1 run waits", "femo reindex")


def test_the_catalogs_schema_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    Catalog.open(tmp_path).close()
    database = tmp_path / "catalog.db"
    look = partial(storing.look_at_catalog, subject(tmp_path))
    assert is_(look(), "ok", f"schema {SCHEMA_VERSION}")
    for version, standing, word in (("0004", "ok", "brought up"), ("0999", "missing", "newer")):
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.close()
        assert is_(look(), standing, word)
        with sqlite3.connect(database) as connection:
            kept = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        connection.close()
        assert kept == [(version,)]
    database.write_text("this is no catalog, and long enough to be read as the head of one" * 20)
    assert is_(look(), "missing", "no catalog")


def test_a_server_that_does_not_answer_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://femo:secret@127.0.0.1:1/study"
    monkeypatch.setenv("FEMO_CATALOG", url)
    found = storing.look_at_catalog(subject(tmp_path))
    assert is_(found, "missing")
    assert "secret" not in f"{found}"


def test_mistakes_of_the_study_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('planned_n = "many"\nprotocol = 3\n')
    found = storing.look_at_study(subject(tmp_path))
    assert is_(found, "missing", "study.toml", "femo study show")
    assert "\n" not in found.found


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB."""
    with mounted_disk(tmp_path / "tiny", 6) as disk:
        yield disk


def test_a_disk_that_no_run_fits_on_is_missing(tiny_disk: Path) -> None:
    found = storing.look_at_disk(subject(tiny_disk))
    assert is_(found, "missing", "0.0 GB free", "df -h")
    # `df` says the same
    said = subprocess.run(
        ["df", "--output=avail", "-B1", tiny_disk], capture_output=True, text=True, check=True
    )
    assert found.facts["free_bytes"] == int(said.stdout.split()[-1])


def test_the_disk_is_not_written_to_while_a_run_is_recorded(tmp_path: Path) -> None:
    assert "write_mb_per_s" in storing.look_at_disk(subject(tmp_path)).facts
    recorded = storing.look_at_disk(subject(tmp_path, recording=True))
    assert "not measured: a run is recorded" in recorded.found
    assert not {"write_mb_per_s", "sync_ms"} & recorded.facts.keys()


# --- packages ----------------------------------------------------------------------------------


def run_look(tmp_path: Path, name: str) -> str:
    """Look in a process that finds `tmp_path` before its own packages; return the finding."""
    code = (
        "from pathlib import Path; from femo_tui.config import Config;"
        "from femo_tui.doctor import software; from femo_tui.doctor.finding import Subject;"
        f"found = software.{name}(Subject(Path('.'), Config()));"
        "print(found.standing, found.found, found.remedy)"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_packages_here_are_as_asked(tmp_path: Path) -> None:
    assert software.look_at_packages(subject(tmp_path)).standing is Standing.OK


@pytest.mark.parametrize(
    ("package", "version", "standing"),
    [("click", "7.0", "missing"), ("pandas", "1.0", "look")],  # the latter is not needed to record
)
def test_a_package_of_another_version_is_told_with_the_command(
    tmp_path: Path, package: str, version: str, standing: str
) -> None:
    folder = tmp_path / f"{package}-{version}.dist-info"
    folder.mkdir()
    told = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
    (folder / "METADATA").write_text(told)
    said = run_look(tmp_path, "look_at_packages")
    assert said.startswith(f"{standing} {package} is {version}, femo asks for ")
    assert f"{sys.executable} -m pip install '{package}<" in said


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise ImportError('libGL.so.1: cannot open')", "libGL.so.1"),
        ("import os; os.abort()", "-6"),
    ],
)
def test_a_library_that_does_not_load_is_named(tmp_path: Path, code: str, why: str) -> None:
    (tmp_path / "cv2.py").write_text(code)
    said = run_look(tmp_path, "look_at_libraries")
    assert said.startswith("missing cv2 does not load: ")
    assert why in said
    assert "--force-reinstall --no-deps 'opencv-python-headless" in said


def test_an_extra_that_is_not_installed_is_to_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_(software.look_at_extra("lsl", subject(tmp_path)), "ok")
    lookup = software._version
    monkeypatch.setattr(software, "_version", lambda n: None if n == "pylsl" else lookup(n))
    found = software.look_at_extra("lsl", subject(tmp_path))
    assert is_(found, "look", "not installed", "pip install 'pylsl")


# --- the machine -------------------------------------------------------------------------------


def test_the_allowed_priority_is_what_a_recorder_gets_and_changes_nothing() -> None:
    before = (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))
    allowed = allowed_priority()
    assert (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)) == before
    code = "from femo_tui.recorder.priority import raise_priority; print(raise_priority())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert allowed == done.stdout.strip()


@pytest.mark.skipif(platform.system() != "Linux", reason="adjtimex is Linux's")
def test_the_clock_is_synchronised_where_the_c_library_says_so(tmp_path: Path) -> None:
    need("gcc")
    source = tmp_path / "clock.c"
    source.write_text(
        "#include <stdio.h>\n#include <sys/timex.h>\n"
        "int main(void) { struct timex t = {0}; int s = adjtimex(&t);"
        ' printf("%d %ld\\n", s, t.maxerror); return 0; }\n'
    )
    subprocess.run(["gcc", "-o", str(tmp_path / "clock"), str(source)], check=True)
    said = subprocess.run([str(tmp_path / "clock")], capture_output=True, text=True, check=True)
    state, error_us = map(int, said.stdout.split())
    found = host.look_at_clock(subject(tmp_path))
    synchronised = state != 5 and error_us < 16_000_000
    assert found.facts["synchronised"] is synchronised
    if synchronised:
        assert found.facts["error_ms"] == pytest.approx(error_us / 1000, abs=50)
    else:
        assert is_(found, "look", "not synchronised", "timedatectl set-ntp true")


def test_a_logout_that_ends_recorders_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, says in {"busctl": "b true", "loginctl": "Linger=no", "systemd-run": ""}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    found = host.look_at_login(subject(tmp_path))
    assert is_(found, "look", "ends this user's processes at logout")
    assert found.remedy == "loginctl enable-linger"
