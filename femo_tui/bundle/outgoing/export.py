"""Exports a store into one file: chosen, written beside its place, sealed, moved there, noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from femo_tui.bundle.keys import encrypting, read_recipients
from femo_tui.bundle.layout import (
    BUNDLE_FORMAT,
    INFO_FORMAT,
    INFO_LEVEL,
    INFO_SIGNER,
    INFO_SIMULATED,
    Level,
)
from femo_tui.bundle.outgoing.bag import BagWriter
from femo_tui.bundle.outgoing.noting import note_given_out
from femo_tui.bundle.outgoing.payload import write_payload
from femo_tui.bundle.outgoing.placed import Written, check_place, placed
from femo_tui.bundle.outgoing.selection import ExportRequest, Selection, select
from femo_tui.bundle.outgoing.tar import TarWriter
from femo_tui.bundle.outgoing.texts import FreeText
from femo_tui.bundle.signing import sign, signer_of
from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.counting import plural
from femo_tui.model.given_out import Export
from femo_tui.model.left_out import LeftOut
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.store.study import load_study

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog

_BUFFER_BYTES = 1 << 20
_FILES_OF_A_RUN = 8  # beside its faces, at most: for the progress
_FILES_OF_A_BUNDLE = 20


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was not."""

    path: Path
    sha256: str  # of the file as it lies there
    bytes: int
    name: str  # of the top folder inside
    level: Level
    participants: tuple[str, ...]
    runs: int
    files: int  # of the data set
    face_files: int
    simulated: bool
    recipients: tuple[str, ...]  # none: it is not encrypted
    signer: str | None  # None: it is not signed
    left_out: tuple[LeftOut, ...]
    texts: tuple[FreeText, ...]  # typed about what is shared, at level full
    texts_inside: bool


def choose(
    root: Path, request: ExportRequest, catalog: Catalog, report: Report = unheard
) -> Selection:
    """Return what a bundle would hold, what stays in the lab, and which texts wait for a look.

    Raises:
        UsageError: the request contradicts itself, or nothing at all would go.
        UnknownName: somebody who was asked for is not registered.
        StoreError: the store cannot be read.
    """
    _check(request)
    return select(root, load_study(root), catalog.participants(), request, report)


def refusal(selection: Selection, request: ExportRequest) -> str:
    """Return why a bundle may not be written this way, empty if it may."""
    if selection.face_files and request.encrypt and not request.recipients:
        return (
            f"{plural(selection.face_files, 'picture')} of faces would leave the lab"
            " readable by anybody: name who may open them with --recipient, or leave the bundle"
            " open on purpose with --no-encryption"
        )
    return ""


def export(
    root: Path,
    out: Path,
    request: ExportRequest,
    operator: str,
    report: Report = unheard,
    *,
    note: str = "",
    clock: Clock | None = None,
) -> Exported:
    """Write a bundle, and note in the catalog and in the audit log that it was given out.

    The same state of the store gives the same bytes before encryption. Nothing is overwritten, and
    what was begun is removed if it cannot be finished, or if `report` raises.

    Args:
        root: the store.
        out: the file to write; it must not exist.
        request: what is wanted.
        operator: who wants it.
        report: told of each participant that is looked through, then of each file.
        note: to whom it goes, in the operator's words; noted, and not in the bundle.
        clock: for the note.

    Raises:
        UsageError: the request contradicts itself, would leave faces readable by anybody, `out`
            exists, or nothing at all would go.
        BundleError: a file of the store was changed since it was sealed.
        StoreError: the store cannot be read, or the bundle not be written.
    """
    from femo_tui.store.catalog import Catalog

    recipients = read_recipients(request.recipients)
    signer = None if request.sign_with is None else signer_of(request.sign_with)
    check_place(out)
    with Catalog.open(root, clock) as catalog:
        selection = choose(root, request, catalog, report)
        if why := refusal(selection, request):
            raise UsageError(why)
        people = catalog.participants()
        total = (
            selection.face_files * (1 + selection.classic)
            + _FILES_OF_A_RUN * len(selection.shares)
            + _FILES_OF_A_BUNDLE
        )

        def told(files: int) -> None:
            report(Progress(files, max(files, total), "files"))

        info = {
            INFO_FORMAT: str(BUNDLE_FORMAT),
            INFO_LEVEL: selection.level.value,
            INFO_SIMULATED: "yes" if selection.simulated else "no",
            **({} if signer is None else {INFO_SIGNER: signer}),
        }
        key = request.sign_with
        with placed(out) as written, _plain_end(written, recipients) as to:
            bag = BagWriter(TarWriter(to, selection.name), told)
            write_payload(bag, root, selection, people)
            bag.finish(info, None if key is None else partial(sign, key=key))
        done = Exported(
            path=out,
            sha256=written.sha256,
            bytes=written.size,
            name=selection.name,
            level=selection.level,
            participants=tuple(person.code for person in selection.people),
            runs=len(selection.shares),
            files=bag.files,
            face_files=selection.face_files,
            simulated=selection.simulated,
            recipients=recipients,
            signer=signer,
            left_out=selection.left_out,
            texts=selection.texts,
            texts_inside=request.texts_looked_at,
        )
        note_given_out(
            catalog,
            out,
            Export(
                utc=iso_seconds((clock or HostClock()).utc()),
                operator=operator,
                file_name=out.name,
                sha256=done.sha256,
                level=done.level.value,
                recipients=recipients,
                note=note,
                participants=done.participants,
            ),
        )
    return done


def _check(request: ExportRequest) -> None:
    if request.recipients and not request.encrypt:
        raise UsageError("--recipient and --no-encryption contradict each other: give one of them")
    if request.texts_looked_at and request.level is not Level.FULL:
        raise UsageError(
            f"free text leaves the lab at level full only, not at {request.level.value}: leave"
            " --texts-looked-at out"
        )
    if request.classic and request.level is Level.STATISTICS:
        raise UsageError(
            "the layout of 2018 holds signals: ask for it at level full or no-faces, or leave"
            " --classic out"
        )
    if request.since and request.until and request.since > request.until:
        raise UsageError(f"--from {request.since} lies after --to {request.until}: no session fits")


@contextmanager
def _plain_end(written: Written, recipients: tuple[str, ...]) -> Iterator[BinaryIO]:
    """Yield where the plain tar goes; it is encrypted on its way if there are recipients."""
    with BufferedWriter(written, _BUFFER_BYTES) as buffered:
        if recipients:
            with encrypting(buffered, recipients) as plain:
                yield plain
        else:
            yield buffered
