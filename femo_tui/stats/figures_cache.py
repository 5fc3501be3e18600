"""The figures of all runs of a store, kept so that a run is read again only when it changed.

`derived/gsr-figures.jsonl` holds one line a run. It can be removed at any time; once it is written
again it holds nothing of a run whose folder is gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import StoreError
from femo_tui.stats.figures import RunFigures, from_json
from femo_tui.stats.recording import read_run
from femo_tui.store.files import explained, make_folder, replace
from femo_tui.store.layout import AMENDMENTS, DERIVED, GSR_FILE, RUN_FILE, TOMBSTONE, iter_runs

VERSION = 1  # of how figures are made: another one reads every run again
CACHE = f"{DERIVED}/gsr-figures.jsonl"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was kept of one run, and for which state of its files."""

    stamp: str
    line: bytes
    figures: RunFigures


def run_stamps(root: Path) -> dict[str, str]:
    """Return run folder, relative to the store → the state of the files that figures come from."""
    return {run.relative_to(root).as_posix(): _stamp(run) for run in iter_runs(root)}


def read_figures(root: Path, stamps: dict[str, str], lag_s: float) -> list[RunFigures]:
    """Return the figures of every run that has begun, by participant, session and number.

    A store that cannot be written is read all the same; nothing is kept then.
    """
    kept = _load(root / CACHE, lag_s)
    found: list[RunFigures] = []
    lines: list[bytes] = []
    for name, stamp in stamps.items():
        before = kept.get(name)
        if before is not None and before.stamp == stamp:
            lines.append(before.line)
            found.append(before.figures)
            continue
        figures = read_run(root / name, name, lag_s)
        if figures is not None:
            facts = figures.to_json()
            body = {"version": VERSION, "lag_s": lag_s, "stamp": stamp, "figures": facts}
            lines.append(json.dumps(body, ensure_ascii=False).encode())
            found.append(figures)
    if lines != [one.line for one in kept.values()]:
        _save(root / CACHE, lines)
    return found


def _stamp(run_dir: Path) -> str:
    parts = []
    for name in (RUN_FILE, GSR_FILE, AMENDMENTS, TOMBSTONE):
        with explained(run_dir / name):
            try:
                state = (run_dir / name).stat()
            except FileNotFoundError:
                parts.append("-")
            else:
                parts.append(f"{state.st_size}.{state.st_mtime_ns}")
    return " ".join(parts)


def _load(path: Path, lag_s: float) -> dict[str, _Kept]:
    """Return what was kept for this lag, by run; a file that cannot be used keeps nothing."""
    kept: dict[str, _Kept] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return kept
    for line in lines:
        try:
            body = json.loads(line)
            if (body["version"], body["lag_s"]) == (VERSION, lag_s):
                figures = from_json(body["figures"])
                kept[figures.run_dir] = _Kept(str(body["stamp"]), line, figures)
        except (ValueError, KeyError, TypeError):
            continue
    return kept


def _save(path: Path, lines: list[bytes]) -> None:
    try:
        make_folder(path.parent)
        replace(path, b"".join(line + b"\n" for line in lines))
    except StoreError:
        return
