"""What the Share screen has done in a process of its own: one function for each thing.

Requests and answers are facts alone, so that the console loads nothing of what makes a bundle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.progress import Report
from femo_tui.ui.blocking.child import Acting

if TYPE_CHECKING:
    from femo_tui.bundle.backup.check import BackupChecked
    from femo_tui.bundle.backup.making import BackedUp
    from femo_tui.bundle.incoming.importing import ImportResult
    from femo_tui.bundle.incoming.verifying import BundleReport
    from femo_tui.bundle.outgoing.selection import ExportRequest

_RUN_BYTES = 70_000  # events, tables and descriptions of a run, about
_FILE_BYTES = 800  # what a tar adds to a file, on average


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What somebody wants to give out, and how it is closed."""

    out: Path
    level: str  # full, no-faces, statistics
    participants: tuple[str, ...] = ()  # none: everybody
    since: date | None = None
    until: date | None = None
    protocol: str = ""
    classic: bool = False
    recipients: tuple[str, ...] = ()  # age keys, or files of some
    open_to_all: bool = False  # with faces inside, too
    sign_with: Path | None = None
    note: str = ""  # to whom it goes
    texts: bool = False  # they were looked at, and go


@dataclass(frozen=True, slots=True)
class Stays:
    """Something that is not given out, and why."""

    participant: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class TypedText:
    """A text that somebody typed about what is given out."""

    participant: str
    where: str
    kind: str
    text: str
    held_back: str  # why it stays in any case


@dataclass(frozen=True, slots=True)
class ExportLook:
    """What a bundle would hold."""

    name: str
    people: tuple[str, ...]
    runs: int
    faces: int
    size_bytes: int  # of what goes into it, about
    simulated: bool
    recipients: tuple[str, ...]
    signer: str
    stays: tuple[Stays, ...]
    texts: tuple[TypedText, ...]
    refusal: str  # why it may not be written like this


@dataclass(frozen=True, slots=True)
class ExportDone:
    """A bundle that was written."""

    path: Path
    sha256: str
    size_bytes: int
    people: int
    runs: int
    faces: int
    recipients: int
    signer: str
    stays: int
    texts: int  # inside
    simulated: bool


_KEPT_BY_LEVEL = {  # what stays of everybody, whatever they consented to
    "full": (),
    "no-faces": ("faces", "free text"),
    "statistics": ("signals", "faces", "free text"),
}


def look(asked: tuple[Acting, ExportWish], report: Report) -> ExportLook:
    """Look through a store for what a bundle would hold."""
    from femo_tui.bundle.keys import read_recipients
    from femo_tui.bundle.outgoing.export import choose, refusal
    from femo_tui.bundle.signing import signer_of
    from femo_tui.store.catalog import Catalog

    acting, wish = asked
    request = _request(wish)
    recipients = read_recipients(wish.recipients)
    signer = "" if wish.sign_with is None else signer_of(wish.sign_with)
    with Catalog.open(acting.root) as catalog:
        chosen = choose(acting.root, request, catalog, report)
    size = len(chosen.shares) * _RUN_BYTES + chosen.face_files * _FILE_BYTES
    for share in chosen.shares:
        size += sum(len(line) for _, line in share.sample_lines())
        for frame, _ in share.frame_lines():
            files = (frame.face_file, frame.eyes_file)
            size += sum((share.run_dir / file).stat().st_size for file in files if file)
    return ExportLook(
        chosen.name,
        tuple(person.code for person in chosen.people),
        len(chosen.shares),
        chosen.face_files,
        size * (1 + chosen.classic),
        chosen.simulated,
        recipients,
        signer,
        (
            *(Stays("", what, f"level {wish.level}") for what in _KEPT_BY_LEVEL[wish.level]),
            *(Stays(one.participant, one.what, one.reason) for one in chosen.left_out),
        ),
        tuple(
            TypedText(one.participant, one.where, one.kind, one.text, one.held_back)
            for one in chosen.texts
        ),
        refusal(chosen, request),
    )


def export(asked: tuple[Acting, ExportWish], report: Report) -> ExportDone:
    """Write a bundle."""
    from femo_tui.bundle.outgoing.export import export as write

    acting, wish = asked
    done = write(acting.root, wish.out, _request(wish), acting.operator, report, note=wish.note)
    inside = [text for text in done.texts if done.texts_inside and not text.held_back]
    return ExportDone(
        done.path,
        done.sha256,
        done.bytes,
        len(done.participants),
        done.runs,
        done.face_files,
        len(done.recipients),
        done.signer or "",
        len(done.left_out),
        len(inside),
        done.simulated,
    )


def _request(wish: ExportWish) -> ExportRequest:
    from femo_tui.bundle.layout import Level
    from femo_tui.bundle.outgoing.selection import ExportRequest

    return ExportRequest(
        level=Level(wish.level),
        participants=wish.participants,
        since=wish.since,
        until=wish.until,
        protocol=wish.protocol,
        classic=wish.classic,
        texts_looked_at=wish.texts,
        recipients=wish.recipients,
        encrypt=not wish.open_to_all,
        sign_with=wish.sign_with,
    )


def verify(path: Path, report: Report) -> BundleReport:
    """Read a bundle to its end."""
    from femo_tui.bundle.incoming.verifying import verify_bundle
    from femo_tui.config import load_config

    return verify_bundle(path, trusted=load_config().trusted, report=report)


@dataclass(frozen=True, slots=True)
class ImportWish:
    """A bundle that is to be taken in."""

    path: Path
    as_code: Mapping[str, str] = field(default_factory=dict)  # code there → code here


@dataclass(frozen=True, slots=True)
class Contradictions:
    """Why nothing was taken in: participant of the bundle → one sentence."""

    sentences: Mapping[str, str]


def take_in(asked: tuple[Acting, ImportWish], report: Report) -> ImportResult | Contradictions:
    """Import a bundle, or say what contradicts the store."""
    from femo_tui.bundle.incoming.conflicts import ImportConflict
    from femo_tui.bundle.incoming.importing import ImportRequest, import_bundle
    from femo_tui.config import load_config

    acting, wish = asked
    request = ImportRequest(wish.path, (), dict(wish.as_code), load_config().trusted)
    try:
        return import_bundle(acting.root, request, acting.operator, report)
    except ImportConflict as problem:
        return Contradictions({one.participant: one.sentence for one in problem.conflicts})


def back_up(asked: tuple[Acting, Path, Sequence[str]], report: Report) -> BackedUp:
    """Back the store up into a folder, encrypted for recipients where there are some."""
    from femo_tui.bundle.backup.making import back_up as make

    acting, destination, recipients = asked
    return make(acting.root, destination, acting.operator, recipients=recipients, report=report)


def check(folder: Path, report: Report) -> BackupChecked:
    """Read all backups of a folder again; encrypted ones with those of the lab's keys that fit."""
    from femo_tui.bundle.backup.check import check_backup
    from femo_tui.bundle.backup.place import open_place
    from femo_tui.bundle.keys import keys_folder, list_keys

    recipients = open_place(folder).recipients
    fits = [keys.identity_file for keys in list_keys(keys_folder()) if keys.recipient in recipients]
    return check_backup(folder, fits, report)
