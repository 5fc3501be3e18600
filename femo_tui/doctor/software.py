"""Python, femo itself, the packages it asks for, and the weights that training can begin from."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING, Any

from femo_tui import __version__, paths
from femo_tui.commit import commit, commit_fact
from femo_tui.doctor.finding import Finding, Subject, look, missing, ok
from femo_tui.errors import TrainingError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# What a session is recorded without; everything else that femo asks for is needed to record one.
NOT_TO_RECORD = frozenset(
    {"scipy", "pandas", "ai-edge-litert", "tensorflow", "pyrage", "cryptography"}
)
EXTRAS = {
    "lsl": "streams to and from other programs of the lab",
    "cluster": "training on several machines",
    "postgres": "a catalog that several stations share",
}
LIBRARIES_LIMIT_S = 20.0  # they are read from the disk, which may be slow the first time
# Machine code that a session needs: whether it loads here is only known by loading it.
_LOAD = """
import os
os.nice(10)  # beside a recorder
for name in ("numpy", "cv2", "av", "sqlalchemy"):
    print(name, flush=True)
    loaded = __import__(name)
    print(name, loaded.__version__, flush=True)
from pathlib import Path
import cv2
print("cascades" if list(Path(cv2.data.haarcascades).glob("*frontalface*.xml")) else "none")
"""


def look_at_python(subject: Subject) -> Finding:
    from packaging.specifiers import SpecifierSet

    version = platform.python_version()
    found = f"{version} in {sys.executable}"
    wanted = _python_wanted()
    if version not in SpecifierSet(wanted):
        python = "python3.11 -m venv .venv && .venv/bin/pip install femo"
        return missing("Python", f"{found}; femo needs {wanted}", python, version=version)
    return ok("Python", found, version=version, executable=sys.executable)


def look_at_femo(subject: Subject) -> Finding:
    known = commit()
    at = f" (commit {known[:12]})" if known else ""
    return ok(
        "femo",
        f"{__version__}{at} in {paths.PACKAGE_DIR}",
        version=__version__,
        **commit_fact(),
        checkout=paths.checkout_sessions_dir() is not None,
    )


def look_at_packages(subject: Subject) -> Finding:
    """Hold what is installed against what femo asks for."""
    wanted = _requirements()
    faults = {needed.name: fault for needed in wanted if (fault := _fault(needed))}
    versions = {needed.name: _version(needed.name) for needed in wanted}
    if not faults:
        return ok("packages", f"all {len(wanted)} as femo asks", versions=versions)
    says = missing if faults.keys() - NOT_TO_RECORD else look
    remedy = _pip([needed for needed in wanted if needed.name in faults])
    return says("packages", "; ".join(faults.values()), remedy, versions=versions)


def look_at_libraries(subject: Subject) -> Finding:
    """Load what a session needs in a process of its own: where it dies, only that does."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _LOAD],
            capture_output=True,
            text=True,
            timeout=LIBRARIES_LIMIT_S - 1,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        found = f"not loaded within {LIBRARIES_LIMIT_S - 1:g} s"
        return look("libraries", found, "femo doctor   # again, once this machine is less busy")
    lines = [line.split() for line in done.stdout.splitlines()]
    loaded = {line[0]: line[1] for line in lines if len(line) == 2}
    if done.returncode == 0 and lines[-1] == ["cascades"]:
        names = ", ".join(f"{name} {version}" for name, version in loaded.items())
        return ok("libraries", f"{names} load", loaded=dict(loaded))
    failed = lines[-1][0] if lines else "Python"
    said = [line for line in done.stderr.splitlines() if line.strip()]
    why = said[-1][:160] if said else f"it ended with status {done.returncode}"
    if failed == "none":
        failed, why = "cv2", "it brings no face cascades"
    package = {"cv2": "opencv-python-headless"}.get(failed, failed)
    again = [needed for needed in _requirements() if needed.name == package]
    remedy = _pip(again, "--force-reinstall", "--no-deps")
    return missing("libraries", f"{failed} does not load: {why}", remedy)


def look_at_extra(name: str, subject: Subject) -> Finding:
    faults = [fault for needed in _requirements(name) if (fault := _fault(needed))]
    if not faults:
        return ok(name, f"installed: {EXTRAS[name]}", installed=True)
    remedy = _pip(_requirements(name))
    return look(name, f"not installed: only for {EXTRAS[name]}", remedy, installed=False)


def look_at_weights(subject: Subject) -> Finding:
    from femo_tui.training.request import IMAGENET
    from femo_tui.training.weights import WEIGHTS, find_weights

    try:
        path = find_weights(IMAGENET)
    except TrainingError as problem:
        return look("weights", str(problem), "")
    if path.is_file():
        return ok("weights", f"MobileNet's in {path}", path=str(path))
    converted = list((subject.root / "training" / WEIGHTS).glob("*.tflite"))
    if converted:
        return ok("weights", f"MobileNet's, converted in {converted[0].parent}")
    return look(
        "weights",
        "none: training goes on with HOG in MobileNet's place",
        "femo train --weights imagenet   # downloads 17 MB, once; or --weights FILE",
        path=str(path),
    )


def _project() -> dict[str, Any] | None:
    """Return what the checkout's pyproject.toml says; None where femo was installed."""
    if paths.checkout_sessions_dir() is None:
        return None
    text = (paths.CHECKOUT_DIR / "pyproject.toml").read_text("utf-8")
    project: dict[str, Any] = tomllib.loads(text)["project"]
    return project


def _python_wanted() -> str:
    project = _project()
    if project is not None:
        return str(project["requires-python"])
    return metadata.metadata("femo")["Requires-Python"]


def _requirements(extra: str = "") -> list[Requirement]:
    """Return what femo asks for, or one of its extras alone."""
    from packaging.requirements import Requirement

    project = _project()
    if project is not None:
        lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
        return [Requirement(line) for line in lines]
    every = [Requirement(line) for line in metadata.requires("femo") or ()]
    if not extra:
        return [needed for needed in every if _applies(needed, "")]
    return [needed for needed in every if _applies(needed, extra) and not _applies(needed, "")]


def _applies(needed: Requirement, extra: str) -> bool:
    return needed.marker is None or needed.marker.evaluate({"extra": extra})


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _fault(needed: Requirement) -> str:
    version = _version(needed.name)
    if version is None:
        return f"{needed.name} is not installed"
    if needed.specifier.contains(version, prereleases=True):
        return ""
    return f"{needed.name} is {version}, femo asks for {needed.specifier}"


def _pip(wanted: list[Requirement], *options: str) -> str:
    """Return the command that installs packages where this femo runs."""
    asked = []
    for needed in wanted:
        extras = f"[{','.join(sorted(needed.extras))}]" if needed.extras else ""
        asked.append(f"{needed.name}{extras}{needed.specifier}")
    return shlex.join([sys.executable, "-m", "pip", "install", *options, *asked])
