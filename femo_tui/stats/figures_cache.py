"""The figures of all runs of a store, kept so that a run is read again only when it changed.

`derived/gsr-figures.jsonl` holds one line a run, made when the run ends, and made again by whoever
finds that it does not fit the run's files any more. It can be removed at any time; once it is
written again it holds nothing of a run whose folder is gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import StoreError
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.model.run_state import RunStatus
from femo_tui.stats.figures import RunFigures, from_json
from femo_tui.stats.recording import read_run
from femo_tui.store.files import append, explained, make_folder, replace
from femo_tui.store.layout import AMENDMENTS, DERIVED, GSR_FILE, RUN_FILE, TOMBSTONE, iter_runs
from femo_tui.store.study import load_study

VERSION = 1  # of how figures are made: another one reads every run again
_ENDED = frozenset(status.value for status in RunStatus)
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


def make_figures(root: Path, report: Report = unheard) -> None:
    """Make the figures of every run that has none, so that whoever asks for results has them.

    Raises:
        FemoError: the store or its study cannot be read.
    """
    read_figures(root, run_stamps(root), load_study(root).gsr_lag_s, report=report)


def keep_figures(root: Path, run_dir: Path) -> None:
    """Make the figures of one run, which has just ended, and keep them beside those of others.

    Raises:
        FemoError: the run or the study cannot be read, or nothing can be written.
    """
    lag_s = load_study(root).gsr_lag_s
    name, stamp = run_dir.relative_to(root).as_posix(), _stamp(run_dir)
    figures = read_run(run_dir, name, lag_s)
    if figures is None or figures.status not in _ENDED:
        return
    path = root / CACHE
    make_folder(path.parent)
    append(path, _line(figures, lag_s, stamp) + b"\n")
    if _stamp(run_dir) != stamp:
        with explained(path):
            path.unlink(missing_ok=True)


def read_figures(
    root: Path,
    stamps: dict[str, str],
    lag_s: float,
    *,
    keep: bool = True,
    report: Report = unheard,
) -> list[RunFigures]:
    """Return the figures of every run that has begun, by participant, session and number.

    A store that cannot be written is read all the same; nothing is kept then.

    Args:
        root: the store.
        stamps: its runs, as `run_stamps` found them before this.
        lag_s: by how much windows are shifted.
        keep: what had to be made is kept; not for a lag that somebody only tries.
        report: hears how many runs are done.
    """
    kept, spare = _load(root / CACHE, lag_s)
    found: list[RunFigures] = []
    lines: dict[str, bytes] = {}
    for number, (name, stamp) in enumerate(stamps.items()):
        report(Progress(number, len(stamps), "runs summed up"))
        before = kept.get(name)
        if before is not None and before.stamp == stamp:
            lines[name] = before.line
            found.append(before.figures)
            continue
        figures = read_run(root / name, name, lag_s)
        if figures is not None:
            found.append(figures)
            if figures.status in _ENDED:  # another may be lost the next time, its files the same
                lines[name] = _line(figures, lag_s, stamp)
    while keep and (spare or lines != {name: one.line for name, one in kept.items()}):
        if not _save(root / CACHE, list(lines.values())):
            break
        # A withdrawal removes runs first, what is derived from them next: looked at in the other
        # order nothing of them stays behind, whichever of the two comes last.
        changed = [name for name in lines if _stamp(root / name) != stamps[name]]
        if not changed:
            break
        for name in changed:
            del lines[name]
    return found


def _line(figures: RunFigures, lag_s: float, stamp: str) -> bytes:
    body = {"version": VERSION, "lag_s": lag_s, "stamp": stamp, "figures": figures.to_json()}
    return json.dumps(body, ensure_ascii=False).encode()


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


def _load(path: Path, lag_s: float) -> tuple[dict[str, _Kept], bool]:
    """Return what was kept for this lag, by run, and whether there are lines that say no more.

    Of several lines of a run the last one counts; a file that cannot be used keeps nothing.
    """
    kept: dict[str, _Kept] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return kept, False
    for line in lines:
        try:
            body = json.loads(line)
            if (body["version"], body["lag_s"]) == (VERSION, lag_s):
                figures = from_json(body["figures"])
                kept[figures.run_dir] = _Kept(str(body["stamp"]), line, figures)
        except (ValueError, KeyError, TypeError):
            continue
    return kept, len(kept) < len(lines)


def _save(path: Path, lines: list[bytes]) -> bool:
    """Return whether the lines could be kept."""
    try:
        make_folder(path.parent)
        replace(path, b"".join(line + b"\n" for line in lines))
    except StoreError:
        return False
    return True
