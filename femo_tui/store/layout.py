"""Names in a store: sessions/<participant>/<session, UTC>/run-NN, and what lies in a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from femo_tui.errors import UnknownName
from femo_tui.model.participants import check_code
from femo_tui.store.files import PRIVATE, Modes, explained, make_folder, make_new_folder

SESSIONS = "sessions"
MODELS, EXPORTS = "models", "exports"
MODEL_FILE = "model.json"  # in a model's folder
DATASETS, INDEX = "datasets", "index.json"  # faces of elsewhere; what lists those of one data set
DERIVED = "derived"  # what can be computed again at any time
TRAINING, TRAININGS, FEATURES = "training", "runs", "features"  # the latter two below the first
# In a training's folder: what it looks at, what it has finished, a model that is not whole yet.
DATASET_FILE, FINISHED, UNFINISHED_MODEL = "dataset.json", "stages", "model"
RUN_FILE, GSR_FILE, FRAMES_FILE = "run.jsonl", "gsr.csv", "frames.csv"
FACES = "faces"
WHOLE_FRAMES = "camera.mjpeg"  # one JPEG after the other, in the order of frames.csv
MANIFEST = "manifest-sha256.txt"
LOCK = "lock"
RECORDER_LOCK = "recorder.lock"  # of the store, held while a run is recorded on it
ORIGIN = "origin.json"  # in a run that came with a bundle
TOMBSTONE = "tombstone.json"  # all that is left of a discarded run
RESERVE = ".reserve"  # room kept for closing a run on a full disk
RECORDER_FILE, RECORDER_LOG, AMENDMENTS = "recorder.json", "recorder.log", "amendments.jsonl"
_SESSION_FORMAT = "%Y-%m-%dT%H%M%S"
_SESSION = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}")
_RUN = re.compile(r"run-(\d{2,})")


def open_session_and_run(
    root: Path, code: str, utc: datetime, modes: Modes = PRIVATE
) -> tuple[str, Path]:
    """Make the folder of a new run; return its session's name and the folder.

    The participant's newest session is continued if it began on the same local day, else a session
    begins now. A run that exists is never opened again: the next number is taken.

    Raises:
        UsageError: `code` cannot name a folder.
        StoreError: the folder cannot be made.
    """
    session = newest_session(root, check_code(code), utc)
    if session is None:
        session = root / SESSIONS / code / utc.astimezone(UTC).strftime(_SESSION_FORMAT)
    make_folder(session, modes)
    number = max((_number(run) for run in runs_in(session)), default=0) + 1
    while True:
        run_dir = session / f"run-{number:02d}"
        try:
            make_new_folder(run_dir, modes)
        except FileExistsError:
            number += 1
        else:
            return session.name, run_dir


def newest_session(root: Path, code: str, utc: datetime) -> Path | None:
    """Return the session of a participant that is continued, None where one begins anew."""
    sessions = _sessions(root / SESSIONS / code)
    if sessions and _local_day(sessions[-1].name) == utc.astimezone().date():
        return sessions[-1]
    return None


def find_run(root: Path, text: str) -> Path:
    """Return the run folder that `text` names.

    `S01` is the participant's latest run, `S01/run-02` the latest of that number,
    `S01/2026-11-22T101530` the latest of that session; `S01/2026-11-22T101530/run-01` and an
    absolute path name one run.

    Raises:
        UnknownName: there is no such run.
    """
    if Path(text).is_absolute():
        if _RUN.fullmatch(Path(text).name) and Path(text).is_dir():
            return Path(text)
        raise UnknownName(f"run {text}: there is no run folder; look at `femo sessions`")
    parts = [part for part in text.removeprefix(f"{SESSIONS}/").split("/") if part]
    found = [
        run
        for run in iter_runs(root)
        if parts
        and run.parts[-3] == parts[0]
        and all(part in (run.parent.name, run.name) for part in parts[1:])
    ]
    if not found:
        raise UnknownName(f"run {text!r}: the store has none of that name; look at `femo sessions`")
    return found[-1]


def store_of(run_dir: Path) -> Path:
    """Return the root of the store that a run folder lies in."""
    return run_dir.parents[3]


def iter_runs(root: Path) -> Iterator[Path]:
    """Yield every run folder, by participant, session and number; other folders are passed over."""
    for person in _folders(root / SESSIONS):
        yield from runs_of(root, person.name)


def runs_in(session: Path) -> list[Path]:
    """Return the runs of a session, the oldest first."""
    runs = [folder for folder in _folders(session) if _RUN.fullmatch(folder.name)]
    return sorted(runs, key=_number)


def runs_of(root: Path, code: str) -> Iterator[Path]:
    """Yield a participant's run folders, the oldest first."""
    for session in _sessions(root / SESSIONS / code):
        yield from runs_in(session)


def _folders(parent: Path) -> list[Path]:
    with explained(parent):
        if not parent.is_dir():
            return []
        return sorted(entry for entry in parent.iterdir() if entry.is_dir())


def _sessions(person: Path) -> list[Path]:
    return [folder for folder in _folders(person) if _SESSION.fullmatch(folder.name)]


def _number(run: Path) -> int:
    return int(run.name.partition("-")[2])


def session_utc(session: str) -> str:
    """Return when a session began, as its name tells, in ISO 8601."""
    return _begin(session).isoformat().replace("+00:00", "Z")


def _local_day(session: str) -> date:
    return _begin(session).astimezone().date()


def _begin(session: str) -> datetime:
    return datetime.strptime(session, _SESSION_FORMAT).replace(tzinfo=UTC)
