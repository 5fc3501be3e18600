"""Bundles that were imported: each kept unchanged below `imported/`, with what is known of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.store.files import PRIVATE, Modes, explained, set_mode, write_json
from femo_tui.store.layout import ORIGIN, runs_of

IMPORTED = "imported"
IMPORT_FACTS = "import.json"
STAGING = ".staging-*"  # folders in which imports are prepared
PLAIN, ENCRYPTED = "bundle.tar", "bundle.tar.age"  # the file as it came


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run came from."""

    bundle_sha256: str  # of the file
    content_sha256: str  # of its tag manifest
    signer: str | None
    session: str  # ses-01, in the participant's own order there
    run: str


@dataclass(frozen=True, slots=True)
class Imported:
    """One bundle that was imported."""

    id: str  # its folder: the beginning of content_sha256
    name: str  # its top folder
    file: str  # bundle.tar or bundle.tar.age
    sha256: str  # of that file
    content_sha256: str  # of its tag manifest: the same however it was packed
    signer: str | None  # ed25519:…; None: not signed
    trusted_as: str | None
    level: str
    simulated: bool
    imported_utc: str
    operator: str
    # Code there → code here; where no run was taken in, as from statistics, the code there.
    participants: Mapping[str, str] = field(default_factory=dict)

    def holds(self, code: str) -> bool:
        """Return whether the participant whom the store knows by `code` is in it."""
        return code in self.participants.values()


def imported_folder(root: Path, bundle_id: str) -> Path:
    return root / IMPORTED / bundle_id


def has_unfinished_imports(root: Path) -> bool:
    """Return whether an import is at work, or was killed; `bundle.merging` settles that."""
    with explained(root / IMPORTED):
        return any((root / IMPORTED).glob(STAGING))


def imported_bundles(root: Path) -> tuple[Imported, ...]:
    """Return every bundle that was imported, by id.

    Raises:
        MalformedRecord: what is known of one cannot be read.
    """
    with explained(root / IMPORTED):
        paths = sorted((root / IMPORTED).glob(f"[!.]*/{IMPORT_FACTS}"))
    return tuple(_read(path) for path in paths)


def bundles_with(root: Path, code: str) -> tuple[Imported, ...]:
    """Return the imported bundles that a participant came with.

    Also those in which they have another code: where their run came from stands in its folder.
    """
    origins = [read_origin(run_dir) for run_dir in runs_of(root, code)]
    contents = {origin.content_sha256 for origin in origins if origin is not None}
    return tuple(
        bundle
        for bundle in imported_bundles(root)
        if bundle.holds(code) or bundle.content_sha256 in contents
    )


def write_origin(run_dir: Path, origin: Origin, modes: Modes = PRIVATE) -> None:
    """Say in a run folder where the run came from; its seal covers that."""
    write_json(run_dir / ORIGIN, asdict(origin), modes)


def read_origin(run_dir: Path) -> Origin | None:
    """Return where an imported run came from, None for one that was recorded here."""
    try:
        return Origin(**json.loads((run_dir / ORIGIN).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write_import_facts(folder: Path, imported: Imported, modes: Modes = PRIVATE) -> None:
    """Write what is known of a bundle beside it."""
    facts = {**asdict(imported), "participants": dict(imported.participants)}
    write_json(folder / IMPORT_FACTS, facts, modes)
    with explained(folder):
        set_mode(folder / IMPORT_FACTS, modes.inside(folder).sealed)


def _read(path: Path) -> Imported:
    with explained(path):
        content = path.read_bytes()
    try:
        return Imported(**json.loads(content))
    except (ValueError, TypeError) as problem:
        raise MalformedRecord(
            f"{path}: what is known of an imported bundle cannot be read ({problem}); restore it"
            " from a backup, or remove its folder and import the bundle again"
        ) from None
