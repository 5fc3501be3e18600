"""Export and verify of 18 000 files against `sha256sum` and `tar` on the same tree, and memory.

Run: python -m tests.bench.bundle [--files 18000] [--json]
The tree is what the bundle holds, unpacked, and in the system's memory; the best of five. Verify
reads the bundle that was exported. A femo that runs already, such as the console, is what the
budget is for; the command's time, with its start, stands beside it. Memory is the most that the
command had, at a tenth of the files and at all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.store.catalog import Catalog
from tests.support.make_golden import FACE_JPEG
from tests.support.shared_store import SESSIONS, STEPS, WINDOW_S, write_run

ROOT = Path(__file__).parents[2]
BUDGET = 2.0
ROUNDS = 5
FACE_BYTES = 8_000  # of a crop of 160 × 160 at the study's quality
PEOPLE = 10
WINDOWS = sum(kind in ("clip", "acted") for _, kind, _ in STEPS)
EVERYTHING = frozenset(Scope)


def make_store(root: Path, files: int) -> None:
    """Write sealed runs of PEOPLE participants with so many crops between them, about."""
    frames_a_second = max(round(files / 2 / PEOPLE / WINDOWS / WINDOW_S), 1)
    consent = Consent(EVERYTHING, "2", "2026-10-30T09:00:00Z")
    root.mkdir(parents=True)
    (root / "study.toml").write_text('protocol = "study"\n')
    with Catalog.open(root) as catalog:
        for number in range(1, PEOPLE + 1):
            code = f"S{number:02d}"
            catalog.add_participant(Participant(code, 30, None, "", consent, ""), "bench")
            write_run(
                *(root, code, SESSIONS[0], {}, EVERYTHING),
                frames_a_second=frames_a_second,
                face=larger(number),
            )
        catalog.reindex()


def larger(seed: int) -> bytes:
    """Return a JPEG of FACE_BYTES whose picture data nobody can compress; it is never decoded."""
    noise = bytes(b for b in random.Random(seed).randbytes(FACE_BYTES) if b != 0xFF)
    return FACE_JPEG[:-2] + noise[: FACE_BYTES - len(FACE_JPEG)] + b"\xff\xd9"


def working(store: Path, bundle: Path, env: dict[str, str]) -> dict[str, float]:
    """Export and verify in a process of their own; return the time of each, start left out."""
    words = [sys.executable, "-m", "tests.bench.bundle", "--work", str(store), str(bundle)]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def work(store: Path, bundle: Path) -> dict[str, float]:
    """Export and verify in this process; return the time of each in seconds."""
    import scipy.special  # noqa: F401 - loaded by whoever computed results before

    from femo_tui.bundle.incoming.verifying import verify_bundle
    from femo_tui.bundle.outgoing.export import export
    from femo_tui.bundle.outgoing.selection import ExportRequest

    began_s = time.perf_counter()
    export(store, bundle, ExportRequest(encrypt=False), "bench")
    exported_s = time.perf_counter()
    if not verify_bundle(bundle).holds:
        raise SystemExit("the bundle does not hold")
    return {"export_s": exported_s - began_s, "verify_s": time.perf_counter() - exported_s}


def timed(command: Sequence[object], cwd: Path, env: dict[str, str]) -> tuple[float, float]:
    """Run a command; return its wall time in seconds and its largest memory in MB."""
    began_s = time.perf_counter()
    words = [str(word) for word in command]
    process = subprocess.Popen(words, cwd=cwd, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{words} ended with {process.returncode}")
    return time.perf_counter() - began_s, used.ru_maxrss / 1024


def measure(folder: Path, files: int) -> dict[str, float]:
    """Return times in seconds and memory in MB of a store with so many crops."""
    env = {**os.environ, "HOME": str(folder), "FEMO_STATE_DIR": str(folder / "state")}
    store, tree, bundle = folder / "store", folder / "tree", folder / "bundle.tar"
    make_store(store, files)
    femo = (sys.executable, "-m", "femo_tui", "--store", store)
    best: dict[str, float] = {}

    def note(name: str, value: float) -> None:
        best[name] = min(value, best.get(name, value))

    working(store, bundle, env)
    tree.mkdir()
    subprocess.run(["tar", "-xf", bundle, "-C", tree], check=True)
    by_hand = (
        "find . -type f -print0 | sort -z | xargs -0 sha256sum > ../sums && tar -cf ../by.tar ."
    )
    for _ in range(ROUNDS):  # side by side, so that whatever else the machine does hits both
        note("by_hand_s", timed(("sh", "-c", by_hand), tree, env)[0])
        bundle.unlink()
        for name, took_s in working(store, bundle, env).items():
            note(name, took_s)
        bundle.unlink()
        took_s, memory = timed((*femo, "export", bundle, "--no-encryption"), ROOT, env)
        note("export_command_s", took_s)
        note("export_mb", memory)
        took_s, memory = timed((*femo, "verify", bundle), ROOT, env)
        note("verify_command_s", took_s)
        note("verify_mb", memory)
    best["files"] = sum(path.is_file() for path in tree.rglob("*"))
    best["megabytes"] = bundle.stat().st_size / 1e6
    shutil.rmtree(folder)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=18_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        print(json.dumps(work(*options.work)))
        return
    with tempfile.TemporaryDirectory(prefix="femo-bundle-") as name:
        few = measure(Path(name) / "few", options.files // 10)
        many = measure(Path(name) / "many", options.files)
    found = {
        **many,
        "export_ratio": many["export_s"] / many["by_hand_s"],
        "verify_ratio": many["verify_s"] / many["by_hand_s"],
        "export_mb_few": few["export_mb"],
        "verify_mb_few": few["verify_mb"],
    }
    if options.json:
        print(json.dumps(found))
        return
    print(f"{found['files']:.0f} files, {found['megabytes']:.0f} MB")
    print(f"sha256sum and tar  {found['by_hand_s']:.2f} s")
    for name in ("export", "verify"):
        ratio = found[f"{name}_ratio"]
        print(
            f"{name}             {found[f'{name}_s']:.2f} s, {ratio:.2f} times"
            f" (budget {BUDGET:g}{'' if ratio <= BUDGET else ', MISSED'});"
            f" the command {found[f'{name}_command_s']:.2f} s and {found[f'{name}_mb']:.0f} MB,"
            f" {found[f'{name}_mb_few']:.0f} MB at a tenth of the files"
        )


if __name__ == "__main__":
    main()
