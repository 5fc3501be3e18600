"""`femo doctor` as somebody runs it: in full, in nothing, while a run is recorded, in colour."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import resource
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.support.femo import Femo, run_events, wait_until
from tests.support.operators import operator
from tests.support.pty_sensor import PtySensor

FORBIDDEN = ("/dev/pts/", "/dev/video", "/dev/ttyS", "/dev/ttyA", "/dev/ttyU")
WATCHED = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
sys.argv = ["femo", "doctor", "--json"]
from femo_tui.cli import main
try:
    main()
finally:
    print("\\n".join(opened), file=sys.stderr)
"""


def configured(femo: Femo, **devices: str) -> None:
    config = femo.home / ".config/femo/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("".join(f'{name} = "{uri}"\n' for name, uri in devices.items()))


def examined(femo: Femo, *args: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Return the exit status, the whole object, and its checks by name."""
    done = femo.run("doctor", "--json", *args)
    assert done.stderr == ""
    said = json.loads(done.stdout)
    return done.returncode, said, {one["name"]: one for one in said["checks"]}


def test_with_nothing_but_python_everything_is_told_and_the_demonstration_records(
    femo: Femo, tmp_path: Path
) -> None:
    """An empty environment, an empty PATH, no network where that can be taken away."""
    empty = tmp_path / "empty"
    empty.mkdir()
    configured(femo, gsr="serial:/dev/ttyACM97", camera="camera:97", player="mpv?display=wayland-9")
    offline = ["unshare", "-n"] if os.geteuid() == 0 else []

    def bare(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(*offline, "env", "-i", f"HOME={femo.home}", f"PATH={empty}"),
                *(sys.executable, "-m", "femo_tui", *args),
            ],
            capture_output=True,
            text=True,
            timeout=55,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
        )

    store = ("--store", str(femo.store))
    told = bare("doctor", *store)
    assert told.returncode == 1
    assert told.stderr == ""
    lines = {line.split()[1]: line for line in told.stdout.splitlines() if line[:1] not in " \nN"}
    for name, found in {
        "player": "mpv is not installed",
        "display": "wayland-9",
        "gsr": "/dev/ttyACM97 is not there",
        "camera": "/dev/video97 is not there",
    }.items():
        assert lines[name].startswith("missing ")
        assert found in lines[name]
    assert lines["weights"].startswith("look ")
    assert "→ sudo apt install mpv" in told.stdout
    lacking = "before this is there: player, display, gsr, camera."
    assert lacking in " ".join(told.stdout.split())
    headless = json.loads(bare("doctor", "--no-devices", "--json", *store).stdout)
    assert headless["missing"] == []
    demo = bare("demo", "--headless", "--participants", "1", "--json", *store)
    assert demo.returncode == 0, demo.stderr
    assert json.loads(demo.stdout)["simulated"] is True


def test_a_machine_with_its_devices_can_record(femo: Femo, tmp_path: Path) -> None:
    with PtySensor(tmp_path) as sensor:
        configured(femo, gsr=f"serial:{sensor.link}", camera="none", player="none")
        status, said, checks = examined(femo)
    assert (status, said["can_record"], said["missing"]) == (0, True, [])
    assert checks["gsr"]["standing"] == "ok"
    keys = {key for one in said["checks"] for key in (*one, *one["facts"])} | set(said)
    assert all(re.fullmatch("[a-z][a-z0-9_]*", key) for key in keys)
    disk = checks["disk"]["facts"]
    assert {"free_bytes", "run_bytes", "sync_ms", "write_mb_per_s"} <= disk.keys()
    for one in said["checks"]:
        assert one["standing"] in ("ok", "look", "missing")
        assert one["found"]
        assert one["standing"] == "ok" or one["remedy"]


def test_a_port_of_somebody_else_is_missing_with_the_group_to_join(reachable: Path) -> None:
    somebody = operator(reachable, "ada", 4711)
    with PtySensor(reachable) as sensor:
        port = sensor.link.resolve()
        os.chown(port, 0, 20)  # Debian's number of dialout
        port.chmod(0o660)
        configured(somebody, gsr=f"serial:{port}", camera="none", player="none")
        status, _, checks = examined(somebody, "--store", str(somebody.home / "store"))
    assert status == 1
    assert checks["gsr"]["found"] == f"{port} may not be opened by this user"
    assert checks["gsr"]["remedy"].startswith("sudo usermod -aG dialout $USER")
    assert checks["groups"]["standing"] == "look"
    assert "dialout" in checks["groups"]["remedy"]


def test_no_device_is_opened(femo: Femo, tmp_path: Path) -> None:
    with PtySensor(tmp_path) as sensor:
        configured(femo, gsr=f"serial:{sensor.link}", player="none")
        done = subprocess.run(
            [sys.executable, "-c", WATCHED],
            env=femo.env,
            capture_output=True,
            text=True,
            check=False,
        )
        port = str(sensor.link.resolve())
    assert json.loads(done.stdout)["checks"]
    opened = done.stderr.splitlines()
    assert "/proc/asound/cards" not in opened  # no player is asked for
    assert len(opened) > 50
    devices = (port, str(sensor.link), *FORBIDDEN)
    assert not [path for path in opened if path.startswith(devices)]


def test_a_run_that_is_recorded_is_told_and_not_disturbed(femo: Femo) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    configured(femo, gsr="none", camera="none", player="none")
    femo.ok(
        *("record", "--participant", "S01", "--protocol", "quick", "--gsr", "sim:1"),
        *("--camera", "sim:1", "--player", "sim", "--auto", "--detach", "--operator", "ada"),
    )
    status, _, checks = examined(femo)
    assert status == 0
    assert "ada records S01 on it" in checks["store"]["found"]
    assert "not measured" in checks["disk"]["found"]
    femo.ok("stop")
    wait_until(lambda: femo.json("status")["state"] == "idle", "the run to end")
    (run,) = femo.store.glob("sessions/S01/*/run-01")
    (end,) = run_events(run, "run_stop")
    assert end["counts"]["gsr_lost"] == 0
    assert not [note for note in run_events(run, "device") if note["severity"] == "loss"]


def test_a_config_file_with_mistakes_is_a_line_of_its_own(femo: Femo) -> None:
    config = femo.home / ".config/femo/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("gsr = 7\n")
    status, _, checks = examined(femo)
    assert status == 1
    assert checks["config"]["standing"] == "missing"
    assert str(config) in checks["config"]["found"]


@pytest.mark.parametrize("no_color", ["", "1"])
def test_each_colour_has_its_word(femo: Femo, no_color: str) -> None:
    """On a terminal of 60 columns, whose colours NO_COLOR takes away."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))
    env = {**femo.env, "TERM": "xterm-256color", "LC_ALL": "C", "NO_COLOR": no_color}
    with subprocess.Popen(
        femo.command("doctor"), env=env, stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        shown = bytearray()
        try:
            while chunk := os.read(controller, 65536):
                shown += chunk
        except OSError:
            pass  # the terminal is closed at its end
        process.wait(30)
    os.close(controller)
    text = shown.decode()
    for colour, word in (("32", "ok"), ("33", "look"), ("31", "missing")):
        styled = f"\033[{colour}m{word:<9}"
        assert (styled in text) is (no_color == "")
        assert re.search(rf"(?m)^(\033\[\S*?m)?{word} ", text.replace("\033[K", "\n"))
    (line,) = re.findall(r"terminal .*", text)
    assert "60×20" in line
    assert "smaller than 80×24" in line
    assert "not UTF-8" in line


def test_it_costs_less_than_three_seconds(femo: Femo) -> None:
    """Of processor time, which a busy machine does not lengthen."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    femo.run("doctor")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert took_s < 3.0
