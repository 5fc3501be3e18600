"""Backups on the command line: make one, look at those there are, bring a store back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import (
    keep_own_catalog,
    place,
    print_json,
    print_table,
    with_json,
    with_place,
)
from femo_tui.errors import FemoError, UsageError
from femo_tui.model.counting import plural

if TYPE_CHECKING:
    from femo_tui.bundle.backup.forget import Forgotten
    from femo_tui.bundle.backup.making import BackedUp
    from femo_tui.model.progress import Progress

_identity = click.option(
    "--identity",
    "identities",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file of an age identity that opens encrypted backups (else the lab's own keys).",
)


@click.command()
@click.argument("destination", type=click.Path(path_type=Path))
@click.option("--recipient", "recipients", multiple=True, help="Encrypt for this age key, or file.")
@_identity
@click.option("--list", "is_list", is_flag=True, help="List the backups that are there.")
@click.option("--verify", is_flag=True, help="Read all of them again.")
@click.option("--forget-withdrawn", is_flag=True, help="Remove who withdrew from all of them.")
@with_json
@with_place
def backup(
    destination: Path,
    recipients: tuple[str, ...],
    identities: tuple[Path, ...],
    is_list: bool,
    verify: bool,
    forget_withdrawn: bool,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Back the store up into the folder DESTINATION, on another disk.

    Only what is new is written, and all that is written is read back. A run that is being recorded
    goes with the next backup. One that is cut short harms none before it; the next one goes on.
    With --recipient at the first backup, all in that folder are encrypted.
    """
    if is_list + verify + forget_withdrawn > 1:
        raise UsageError("--list, --verify and --forget-withdrawn: one at a time")
    destination = destination.expanduser()
    if is_list:
        _list(destination, identities, as_json=as_json)
    elif verify:
        _verify(destination, identities, as_json=as_json)
    elif forget_withdrawn:
        from femo_tui.bundle.backup.forget import forget_withdrawn as forget

        where = place(store, operator)
        with _Telling() as report:
            forgotten = forget(
                where.store_root, destination, where.operator, identities=identities, report=report
            )
        _print_forgotten(forgotten, as_json=as_json)
    else:
        from femo_tui.bundle.backup.making import back_up

        where = place(store, operator)
        with _Telling() as report:
            done = back_up(
                where.store_root,
                destination,
                where.operator,
                recipients=recipients,
                report=report,
            )
        _print_backup(done, as_json=as_json)


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--snapshot", "snapshot_id", default="", help="Which backup (default: the newest).")
@_identity
@with_json
@with_place
def restore(
    source: Path,
    snapshot_id: str,
    identities: tuple[Path, ...],
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Bring a store back from the backups in the folder SOURCE.

    Into a new or an empty folder only (--store). Every file is checked against its hash, then the
    runs are indexed again and verified.
    """
    from femo_tui.bundle.backup.restore import restore as bring_back

    keep_own_catalog()
    where = place(store, operator)
    with _Telling() as report:
        done = bring_back(
            source,
            where.store_root,
            where.operator,
            snapshot_id=snapshot_id,
            identities=identities,
            report=report,
        )
    if as_json:
        print_json(
            {
                "store": str(done.store),
                "snapshot": done.snapshot_id,
                "made_utc": done.made_utc,
                "files": done.files,
                "bytes": done.bytes,
                "runs": done.runs,
                "participants": list(done.participants),
                "withdrawn": list(done.withdrawn),
                "stripped": list(done.stripped),
                "left": list(done.left),
                "problems": list(done.problems),
            }
        )
    else:
        click.echo(
            f"{done.store}: restored as of {done.made_utc}: {done.files} files,"
            f" {_size(done.bytes)}, {done.runs} runs; each file is what was backed up"
        )
        for code in done.withdrawn:
            click.echo(f"! {code} withdrew after this backup: nothing of theirs was brought back")
        for run in done.stripped:
            click.echo(f"! {run}: as it is after consent was taken back in part")
        for line in done.left:
            click.echo(f"! was not in the backup: {line}")
        if not done.problems:
            click.echo("verified: the seal of every run holds and every row reads")
    if done.problems:
        raise FemoError(f"{done.store} does not verify: {'; '.join(done.problems)}")


def _list(destination: Path, identities: tuple[Path, ...], *, as_json: bool) -> None:
    from femo_tui.bundle.backup.check import list_snapshots

    found = list_snapshots(destination, identities)
    if as_json:
        print_json(
            [
                {
                    "snapshot": snapshot.id,
                    "made_utc": snapshot.made_utc,
                    "operator": snapshot.operator,
                    "files": len(snapshot.files),
                    "bytes": snapshot.size_bytes,
                    "participants": list(snapshot.participants),
                    "left": list(snapshot.left),
                }
                for snapshot in found
            ]
        )
        return
    rows: list[tuple[str, ...]] = [
        (
            snapshot.id,
            snapshot.made_utc,
            snapshot.operator,
            str(len(snapshot.files)),
            _size(snapshot.size_bytes),
            str(len(snapshot.participants)),
            "; ".join(snapshot.left),
        )
        for snapshot in found
    ]
    print_table(rows, ("snapshot", "made", "by", "files", "size", "participants", ""))


def _verify(destination: Path, identities: tuple[Path, ...], *, as_json: bool) -> None:
    from femo_tui.bundle.backup.check import check_backup

    with _Telling() as report:
        checked = check_backup(destination, identities, report)
    if as_json:
        print_json(
            {
                "destination": str(checked.folder),
                "snapshots": list(checked.snapshots),
                "objects": checked.objects,
                "bytes": checked.bytes,
                "encrypted": checked.encrypted,
                "opened": checked.opened,
                "faults": list(checked.faults),
            }
        )
    if checked.faults:
        raise FemoError(f"{destination} is damaged: {'; '.join(checked.faults)}")
    if not as_json:
        how = "" if checked.opened else "; name an --identity to compare what was encrypted, too"
        click.echo(
            f"{destination}: {plural(len(checked.snapshots), 'backup')},"
            f" {plural(checked.objects, 'object')},"
            f" {_size(checked.bytes)}: all is as it was written{how}"
        )


def _print_backup(done: BackedUp, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "destination": str(done.destination),
                "snapshot": done.snapshot_id,
                "files": done.files,
                "bytes": done.bytes,
                "new_objects": done.new_objects,
                "new_bytes": done.new_bytes,
                "encrypted": done.encrypted,
                "participants": list(done.participants),
                "left": list(done.left),
                "problems": list(done.problems),
            }
        )
        return
    click.echo(
        f"{done.destination}: backup {done.snapshot_id} holds {done.files} files,"
        f" {_size(done.bytes)}; {_size(done.new_bytes)} of it new, read back"
        f"{', encrypted' if done.encrypted else ', not encrypted'}"
    )
    for line in (*done.left, *done.problems):
        click.echo(f"! {line}")


def _print_forgotten(done: Forgotten, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "people": list(done.people),
                "runs": list(done.runs),
                "snapshots": list(done.snapshots),
                "removed_objects": done.removed_objects,
            }
        )
    elif not done.snapshots:
        click.echo("no backup there holds anything that was taken back")
    else:
        click.echo(
            f"{', '.join((*done.people, *done.runs))}: forgotten in"
            f" {plural(len(done.snapshots), 'backup')};"
            f" {plural(done.removed_objects, 'object')} removed for good"
        )


class _Telling:
    """Says on a terminal how far it has come, on one line that goes away again."""

    def __enter__(self) -> Callable[[Progress], None]:
        self._is_shown = sys.stderr.isatty()
        self._percent = -1
        return self._tell

    def __exit__(self, *_error: object) -> None:
        if self._percent >= 0:
            click.echo("\r\x1b[K", nl=False, err=True)

    def _tell(self, progress: Progress) -> None:
        percent = 100 * progress.done // max(progress.total, 1)
        if self._is_shown and percent != self._percent:
            self._percent = percent
            click.echo(f"\r{percent:3d} % of {_size(progress.total)}", nl=False, err=True)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
