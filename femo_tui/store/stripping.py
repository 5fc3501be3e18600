"""Takes a scope of consent out of a run: its files go, the rows that only count stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from femo_tui.model.events import Facts
from femo_tui.model.participants import Scope
from femo_tui.model.records import Stream
from femo_tui.store import rows
from femo_tui.store.files import PRIVATE, Modes, explained
from femo_tui.store.layout import FACES, FRAMES_FILE, GSR_FILE, RUN_FILE, WHOLE_FRAMES
from femo_tui.store.rewriting import rewrite, seal_again

IN_RUNS = frozenset({Scope.GSR, Scope.FACE, Scope.KEEP})  # scopes that a run holds something of
WITHDRAWN = "withdrawn"  # the amendment that tells of it
_MEASURED_ON_A_FACE = ("x", "y", "w", "h", "sharpness", "face_file", "eyes_file")
_MEASURED = tuple(rows.FRAME_COLUMNS.index(name) for name in _MEASURED_ON_A_FACE)


def scope_files(run_dir: Path, scopes: Collection[Scope]) -> Iterator[Path]:
    """Yield the files of a run that go with its scopes."""
    with explained(run_dir):
        if Scope.FACE in scopes:
            yield from (path for path in (run_dir / FACES).rglob("*") if path.is_file())
        if {Scope.FACE, Scope.KEEP} & set(scopes) and (run_dir / WHOLE_FRAMES).exists():
            yield run_dir / WHOLE_FRAMES
        if Scope.GSR in scopes and (run_dir / GSR_FILE).exists():
            yield run_dir / GSR_FILE


def strip_run(
    run_dir: Path, scopes: Collection[Scope], utc: str, operator: str, modes: Modes = PRIVATE
) -> None:
    """Remove what a run holds of scopes, seal it again, and say so in an amendment.

    Of each frame it stays known when it was looked at and how many faces there were; of each
    verdict what was counted for it. Again is harmless.

    Raises:
        StoreError: something cannot be removed.
    """
    if Scope.FACE in scopes:
        with explained(run_dir / FACES):
            if (run_dir / FACES).exists():
                shutil.rmtree(run_dir / FACES)
        rewrite(run_dir / FRAMES_FILE, _without_faces, modes)
    if {Scope.FACE, Scope.KEEP} & set(scopes):
        with explained(run_dir / WHOLE_FRAMES):
            (run_dir / WHOLE_FRAMES).unlink(missing_ok=True)
    if Scope.GSR in scopes:
        rewrite(run_dir / GSR_FILE, lambda _: rows.header(rows.GSR_COLUMNS), modes)
        rewrite(run_dir / RUN_FILE, _without_lines, modes)
    amendment: Facts = {
        "utc": utc,
        "operator": operator,
        "amends": WITHDRAWN,
        WITHDRAWN: " ".join(scope.value for scope in Scope if scope in scopes),
        "reason": "consent was taken back; what it covered was removed, and the run sealed again",
    }
    seal_again(run_dir, amendment, modes)


def _without_faces(content: bytes) -> bytes:
    """Return frames.csv without what was measured on faces; lines that are no rows go."""
    kept = [rows.header(rows.FRAME_COLUMNS)]
    for line in content.splitlines()[1:]:
        cells = line.split(b",")
        if len(cells) == len(rows.FRAME_COLUMNS):
            for place in _MEASURED:
                cells[place] = b""
            kept.append(b",".join(cells) + b"\n")
    return b"".join(kept)


def _without_lines(content: bytes) -> bytes:
    """Return run.jsonl without what the sensor sent: lines that were no samples are kept in it."""
    return b"".join(_without_bytes(line) for line in content.splitlines(keepends=True))


def _without_bytes(line: bytes) -> bytes:
    if b'"bytes"' not in line:
        return line
    try:
        body = json.loads(line)
        mine = body["event"] == "device" and body["stream"] == Stream.GSR.value
        detail = dict(body["detail"])
    except (ValueError, KeyError, TypeError):
        return line
    if not mine or "bytes" not in detail:
        return line
    body["detail"] = {**detail, "bytes": ""}
    body["text"] = f"A GSR line is no reading ({detail.get('reason', 'unknown')})"
    told = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return told.encode() + b"\n"
