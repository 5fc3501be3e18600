"""What is released: the wheel works without a checkout, and nothing recorded slips into it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from femo_tui import __version__
from femo_tui.commit import commit, commit_in
from tests.support.checkout import ROOT, copy_checkout
from tests.support.femo import Femo, wait_until
from tests.support.needed import need

AS_SOMEBODY = ("-c", "user.name=somebody", "-c", "user.email=")
RELEASED = ("femo_tui", "styles", "stimuli", "tests", "README.md", "LICENSE", "pyproject.toml")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build wheel and sdist from a copy of the checkout that has a recorded session in it.

    The wheel is built from the sdist, which is what the build does by itself.
    """
    base = tmp_path_factory.mktemp("build")
    checkout = copy_checkout(base / "femo")
    recorded = checkout / "sessions" / "sessions" / "S01" / "gsr.csv"
    recorded.parent.mkdir(parents=True)
    recorded.write_text("t_s\n", "utf-8")
    (checkout / "secret.csv").write_text("a participant's\n", "utf-8")
    for words in (["init", "-q"], [*AS_SOMEBODY, "commit", "-q", "--allow-empty", "-m", "Begin"]):
        subprocess.run(["git", *words], cwd=checkout, check=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(base / "dist")],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    return base / "dist"


def test_nothing_recorded_is_in_the_sdist(built: Path) -> None:
    with tarfile.open(built / f"femo-{__version__}.tar.gz") as sdist:
        names = [name.partition("/")[2] for name in sdist.getnames()]
    assert not [name for name in names if "S01" in name or "secret" in name]
    listed = (*RELEASED, "sessions/README.md", "PKG-INFO", ".gitignore")
    assert not [name for name in names if not name.startswith(listed)]


def test_the_wheel_brings_its_styles_its_stimuli_and_its_sketch(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {f"femo_tui/styles/{path.name}" for path in (ROOT / "styles").iterdir()} <= names
    for name in ("quick.toml", "wile2018.toml", "quick/stress.mp4", "quick/face-happy.png"):
        assert f"femo_tui/stimuli/{name}" in names
    assert "femo_tui/devices/firmware/femo_gsr/femo_gsr.ino" in names
    assert {"femo_tui/py.typed", "femo_tui/commit.txt"} <= names
    assert "femo_tui/hatch_build.py" not in names
    assert not [name for name in names if name.startswith(("tests", "sessions"))]


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel as pip does into an environment of its own; return its folder of programs.

    What femo needs is not installed again: a line in the environment leads to where it lies.
    """
    place = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    programs = place / "bin"
    (packages,) = place.glob("lib/python3*/site-packages")
    elsewhere = [entry for entry in sys.path if entry.endswith("-packages")]
    (packages / "needs.pth").write_text("\n".join(elsewhere) + "\n", "utf-8")
    wheel = next(built.glob("*.whl"))
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(programs / "python"), "install"),
            *("-q", "--no-deps", "--no-index", "--ignore-installed", str(wheel)),
        ],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    return programs


@pytest.fixture
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose path leaves room for the recorder's socket, of 108 bytes at most."""
    return tmp_path_factory.mktemp("home")


def run_installed(programs: Path, home: Path, *words: str) -> str:
    """Run a program of the environment with nothing but HOME and PATH; return what it prints."""
    done = subprocess.run(
        [str(programs / words[0]), *words[1:]],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_femo_finds_what_it_brings(installed: Path, own_folder: Path) -> None:
    script = "import femo_tui.paths as p; print(p.styles_dir(), p.stimuli_dir(), p.PACKAGE_DIR)"
    styles, stimuli, package = run_installed(installed, own_folder, "python", "-c", script).split()
    assert Path(package).is_relative_to(installed.parent)
    assert styles == f"{package}/styles"
    assert stimuli == f"{package}/stimuli"
    protocols = run_installed(installed, own_folder, "femo", "protocol", "list")
    assert [line.split()[0] for line in protocols.splitlines()[1:]] == [
        *("quick", "wile2018", "wile2018-balanced"),
    ]


def test_without_a_checkout_the_store_is_the_users_data_directory(
    installed: Path, own_folder: Path
) -> None:
    """The XDG base directory specification: $HOME/.local/share where XDG_DATA_HOME is not set."""
    home = own_folder
    run_installed(installed, home, "femo", "participant", "add", "S01")
    assert (home / ".local/share/femo/catalog.db").is_file()


def test_the_installed_femo_records_its_demonstration(installed: Path, own_folder: Path) -> None:
    words = ("demo", "--headless", "--participants", "1", "--store", "study", "--json")
    said = json.loads(run_installed(installed, own_folder, "femo", *words))
    assert said == {
        "store": str(own_folder / "study"),
        "participants": 1,
        "runs": 1,
        "simulated": True,
    }
    (run,) = (own_folder / "study/sessions").glob("S01/*/run-01")
    start = json.loads((run / "run.jsonl").read_text("utf-8").splitlines()[0])
    assert start["versions"]["femo"] == __version__
    assert start["versions"]["commit"] == commit_of(installed)


def test_the_version_tells_the_commit_that_was_built(
    installed: Path, built: Path, own_folder: Path
) -> None:
    said = run_installed(installed, own_folder, "femo", "--version")
    assert said == f"femo {__version__} (commit {commit_of(installed)[:12]})\n"
    head = ["git", "rev-parse", "HEAD"]
    told = subprocess.run(head, cwd=built.parent / "femo", capture_output=True, text=True)
    assert commit_of(installed) == told.stdout.strip()


def commit_of(programs: Path) -> str:
    (file,) = programs.parent.glob("lib/python3*/site-packages/femo_tui/commit.txt")
    return file.read_text("utf-8").strip()


def test_a_type_checker_sees_the_installed_types(installed: Path, tmp_path: Path) -> None:
    code = tmp_path / "other.py"
    code.write_text("from femo_tui.errors import DiskFull\nreveal_type(DiskFull.exit_status)\n")
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache")),
            *("--python-executable", str(installed / "python"), str(code)),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r'Revealed type is "(builtins\.)?int"', checked.stdout), checked.stdout
    assert checked.returncode == 0


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *AS_SOMEBODY, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_commit_is_read_as_git_tells_it(tmp_path: Path) -> None:
    """On a branch, on none, with the refs packed, in a worktree; nothing where git knows none."""
    need("git")
    checkout, beside = tmp_path / "checkout", tmp_path / "beside"
    checkout.mkdir()
    assert commit_in(checkout) == ""
    git(checkout, "init", "-q", "-b", "main")
    assert commit_in(checkout) == ""
    for message in ("One", "Two"):
        git(checkout, "commit", "-q", "--allow-empty", "-m", message)
        assert commit_in(checkout) == git(checkout, "rev-parse", "HEAD")
    git(checkout, "worktree", "add", "-q", "-b", "aside", str(beside), "HEAD~1")
    git(checkout, "pack-refs", "--all")
    assert commit_in(checkout) == git(checkout, "rev-parse", "HEAD")
    assert commit_in(beside) == git(beside, "rev-parse", "HEAD") != commit_in(checkout)
    git(checkout, "checkout", "-q", "HEAD~1")
    assert commit_in(checkout) == git(beside, "rev-parse", "HEAD")


def test_this_checkout_tells_its_commit(femo: Femo) -> None:
    need("git")
    assert commit() == git(ROOT, "rev-parse", "HEAD")
    assert femo.ok("--version") == f"femo {__version__} (commit {commit()[:12]})\n"


def test_a_checkout_in_the_current_folder_does_not_run_in_place_of_what_is_installed(
    femo: Femo, tmp_path: Path, short_protocol: Path
) -> None:
    """As in the README's first command: femo is installed from a clone, and called in it."""
    clone = tmp_path / "clone"
    (clone / "femo_tui").mkdir(parents=True)
    (clone / "femo_tui" / "__init__.py").write_text("raise SystemExit('another femo')\n", "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "all")
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "femo"), "record", "--detach", "--auto"),
            *("--participant", "S01", "--protocol", str(short_protocol)),
            *("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim"),
        ],
        cwd=clone,
        env=femo.env,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wait_until(lambda: femo.json("status")["state"] == "idle", "the run to end")
    (run,) = femo.json("sessions")
    assert run["status"] == "complete"
