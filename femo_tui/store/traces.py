"""What a store holds of a participant beside their runs: features, trainings, models, results."""

from __future__ import annotations

import hashlib
import json
import mmap
import re
import shutil
from collections.abc import Iterator, Set
from dataclasses import replace as with_changes
from pathlib import Path

from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.store.audit import AUDIT_FILE, HEAD_FILE, KEYS_FILE
from femo_tui.store.feature_files import ENDING
from femo_tui.store.files import PRIVATE, STUDY_FILE, Modes, explained
from femo_tui.store.imported import (
    ENCRYPTED,
    IMPORTED,
    PLAIN,
    Imported,
    bundles_with,
    imported_folder,
    write_import_facts,
)
from femo_tui.store.layout import (
    DATASET_FILE,
    EXPORTS,
    FINISHED,
    LOCK,
    MODEL_FILE,
    MODELS,
    RECORDER_LOCK,
    SESSIONS,
    TRAINING,
    TRAININGS,
    UNFINISHED_MODEL,
    runs_of,
)
from femo_tui.store.lock import HeldLock
from femo_tui.store.pending import PENDING
from femo_tui.store.rewriting import rewrite, word
from femo_tui.store.withdrawn import WITHDRAWN

STALE = "STALE.txt"  # beside results that were written before somebody withdrew
IMAGES = frozenset({".jpg", ".jpeg"})
# Binary, and nothing in them is a participant's code: not looked through.
_NO_TEXT = IMAGES | {ENDING, ".npz", ".keras", ".tflite", ".h5", ".mp4", ".mkv", ".png", ".mjpeg"}
# Of their own kind: each is dealt with where it is written.
_ELSEWHERE = frozenset({SESSIONS, WITHDRAWN, PENDING, IMPORTED, AUDIT_FILE, HEAD_FILE, KEYS_FILE})
_CATALOG = re.compile(r"catalog\.db(-wal|-shm)?")
_LOCKS = frozenset({LOCK, RECORDER_LOCK})


def image_files(root: Path, code: str) -> list[Path]:
    """Return every image of a participant's runs."""
    with explained(root / SESSIONS / code):
        found = (path for run in runs_of(root, code) for path in run.rglob("*"))
        return sorted(path for path in found if path.suffix in IMAGES)


def image_hashes(paths: list[Path], report: Report = unheard) -> frozenset[bytes]:
    """Return the SHA-256 of each image, as features are kept by it."""
    found = set()
    for number, path in enumerate(paths):
        report(Progress(number, len(paths), "images"))
        with explained(path), path.open("rb") as file:
            found.add(hashlib.file_digest(file, "sha256").digest())
    return frozenset(found)


def models_with(root: Path, code: str) -> tuple[str, ...]:
    """Return the models that learnt from a participant; one that cannot be read is passed over."""
    found = []
    for path in sorted((root / MODELS).glob(f"*/{MODEL_FILE}")):
        with explained(path):
            content = path.read_bytes()
        try:
            people = json.loads(content)["people"]
            learnt = any(person["participant"] == code for person in people)
        except (ValueError, KeyError, TypeError):
            continue
        if learnt:
            found.append(path.parent.name)
    return tuple(found)


def trainings_with(root: Path, code: str) -> tuple[Path, ...]:
    """Return the folders of trainings that looked at a participant's data."""
    pattern = word(code)
    folders = sorted(path for path in (root / TRAINING / TRAININGS).glob("*") if path.is_dir())
    return tuple(folder for folder in folders if any(_names(p, pattern) for p in _files(folder)))


def results_with(root: Path, code: str, bundles: Set[str]) -> tuple[Path, ...]:
    """Return what lies in the store's `exports/` and names a participant.

    Args:
        root: the store.
        code: of the participant.
        bundles: names of bundles that hold them: what is encrypted tells nothing.
    """
    pattern = word(code)
    files = _files(root / EXPORTS)
    return tuple(p for p in files if p.name in bundles or _names(p, pattern, anywhere=True))


def originals_with(root: Path, code: str) -> tuple[Imported, ...]:
    """Return the imported bundles that a participant came with."""
    return bundles_with(root, code)


def forget_training_data(folders: tuple[Path, ...]) -> None:
    """Remove what trainings kept of people's data; what came of them, and their journal, stays."""
    for folder in folders:
        with explained(folder):
            (folder / DATASET_FILE).unlink(missing_ok=True)
            for kept in (FINISHED, UNFINISHED_MODEL):
                if (folder / kept).is_dir():
                    shutil.rmtree(folder / kept)


def remove_originals(root: Path, code: str, modes: Modes = PRIVATE) -> None:
    """Remove the files of imported bundles that hold a participant; their facts name them no more.

    Runs of others that came with them stay: each is a run folder of its own.
    """
    for bundle in originals_with(root, code):
        folder = imported_folder(root, bundle.id)
        with explained(folder):
            for name in (PLAIN, ENCRYPTED):
                (folder / name).unlink(missing_ok=True)
        others = {there: here for there, here in bundle.participants.items() if here != code}
        write_import_facts(folder, with_changes(bundle, participants=others), modes)


def remove_results(root: Path, paths: tuple[Path, ...], about: str, utc: str) -> None:
    """Remove result files that name a participant; a note tells that the others are stale."""
    for path in paths:
        with explained(path):
            path.unlink(missing_ok=True)
    left = [path for path in _files(root / EXPORTS) if path.name != STALE]
    if left:
        line = (
            f"{utc}: {about} withdrew; results written before hold what is theirs: make them anew\n"
        )
        note = root / EXPORTS / STALE
        with explained(note):
            note.touch(PRIVATE.inside(note.parent).file)
        rewrite(note, lambda told: told if line.encode() in told else told + line.encode())


def rename_everywhere(root: Path, code: str, name: str, modes: Modes = PRIVATE) -> None:
    """Have `name` stand for a participant in every text of the store beside runs and audit."""
    pattern = word(code)
    rewrite(root / STUDY_FILE, lambda text: _without_pilot(text, code), modes)
    for path in _texts(root):
        if path.name in _LOCKS:
            _empty_lock(path, pattern)
        elif _names(path, pattern):
            rewrite(path, lambda content: pattern.sub(name.encode(), content), modes)


def places_that_name(root: Path, code: str) -> tuple[str, ...]:
    """Return the files, other than their tombstone, that still name a participant.

    Such are notes that somebody wrote about them into another participant's run.
    """
    pattern = word(code)
    paths = [*_texts(root), *_files(root / SESSIONS)]
    return tuple(p.relative_to(root).as_posix() for p in paths if _names(p, pattern))


def _texts(root: Path) -> Iterator[Path]:
    with explained(root):
        entries = sorted(root.iterdir())
    for entry in entries:
        if entry.name in _ELSEWHERE or _CATALOG.fullmatch(entry.name):
            continue
        yield from _files(entry) if entry.is_dir() else [entry]


def _files(folder: Path) -> list[Path]:
    with explained(folder):
        return sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def _names(path: Path, pattern: re.Pattern[bytes], *, anywhere: bool = False) -> bool:
    """Return whether a file has a code in its name or text; `anywhere` looks into any file."""
    if pattern.search(path.name.encode()):
        return True
    if path.suffix in _NO_TEXT and not anywhere:
        return False
    with explained(path), path.open("rb") as file:
        if not path.stat().st_size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return pattern.search(content) is not None


def _without_pilot(text: bytes, code: str) -> bytes:
    """Return study.toml without a participant among its pilots."""

    def without(pilots: re.Match[bytes]) -> bytes:
        kept = [word for word in re.findall(rb'"[^"]*"', pilots[2]) if word != f'"{code}"'.encode()]
        return pilots[1] + b"[" + b", ".join(kept) + b"]"

    return re.sub(rb"(?m)^(\s*pilots\s*=\s*)(\[[^\]]*\])", without, text)


def _empty_lock(path: Path, pattern: re.Pattern[bytes]) -> None:
    """Have a lock that nobody holds tell no more who held it last."""
    with explained(path):
        names = pattern.search(path.read_bytes())
    if names and not HeldLock.is_held(path):
        HeldLock.acquire(path, {}).release()
