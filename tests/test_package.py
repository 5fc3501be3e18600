"""What is released: the wheel works without a checkout, and nothing recorded slips into it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from femo_tui import __version__
from tests.support.femo import Femo

ROOT = Path(__file__).parents[1]
RELEASED = ("femo_tui", "styles", "stimuli", "tests", "README.md", "LICENSE", "pyproject.toml")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build wheel and sdist from a copy of the checkout that has a recorded session in it."""
    base = tmp_path_factory.mktemp("build")
    checkout = base / "femo"
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        source = ROOT / name
        if source.is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            (checkout / name).write_bytes(source.read_bytes())
    recorded = checkout / "sessions" / "sessions" / "S01" / "gsr.csv"
    recorded.parent.mkdir(parents=True)
    recorded.write_text("t_s\n", "utf-8")
    (checkout / "secret.csv").write_text("a participant's\n", "utf-8")
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
    assert "femo_tui/py.typed" in names
    assert not [name for name in names if name.startswith(("tests", "sessions"))]


def test_the_wheel_finds_them_with_no_checkout(built: Path, femo: Femo, tmp_path: Path) -> None:
    installed = tmp_path / "site"
    wheel = next(built.glob("*.whl"))
    unpack = [sys.executable, "-m", "zipfile", "-e", str(wheel), str(installed)]
    subprocess.run(unpack, check=True, timeout=50)
    script = (
        "import femo_tui.paths as p; from femo_tui.store.library import list_protocols;"
        "print(p.styles_dir(), p.stimuli_dir(), p.checkout_sessions_dir(), p.PACKAGE_DIR);"
        f"print(*list_protocols(p.store_root(p.Path({str(tmp_path)!r}), None)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**femo.env, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    package = installed / "femo_tui"
    where, protocols = done.stdout.splitlines()
    assert where == f"{package / 'styles'} {package / 'stimuli'} None {package}"
    assert protocols == "quick wile2018 wile2018-balanced"
