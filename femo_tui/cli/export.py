"""`femo export`: what leaves the lab, in one file."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import Place, place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_protocol, complete_run
from femo_tui.model.counting import plural
from femo_tui.model.records import JsonValue

if TYPE_CHECKING:
    from femo_tui.bundle.outgoing.export import Exported

LEVELS = ("full", "no-faces", "statistics")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--level", type=click.Choice(LEVELS), default=LEVELS[0], show_default=True)
@click.option("--participants", default="", metavar="S01,S02", help="Only these.")
@click.option("--from", "since", type=_DAY, metavar="DATE", help="Sessions from this day on (UTC).")
@click.option("--to", "until", type=_DAY, metavar="DATE", help="Sessions up to this day (UTC).")
@click.option(
    "--protocol", default="", shell_complete=complete_protocol, help="Only runs of this protocol."
)
@click.option("--classic", is_flag=True, help="Beside it the layout of 2018: CSV, class folders.")
@click.option(
    "--texts-looked-at",
    is_flag=True,
    help="Notes, markers, reasons go, too (level full); without it they are listed, and stay.",
)
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    metavar="KEY",
    help="Who may open it: an age key, or a .pub file.",
)
@click.option(
    "--sign",
    "key",
    type=click.Path(path_type=Path),
    metavar="KEY",
    help="Sign it with this key: a .pem file, or the name of keys of yours.",
)
@click.option("--no-encryption", is_flag=True, help="Anybody may open it, also the faces inside.")
@click.option(
    "--xdf",
    "run",
    metavar="RUN",
    shell_complete=complete_run,
    help="Instead: one run, for programs that read XDF.",
)
@click.option("--note", default="", help="To whom it goes; noted in the store, not inside.")
@with_json
@with_place
def export(
    out: Path,
    level: str,
    participants: str,
    since: datetime | None,
    until: datetime | None,
    protocol: str,
    classic: bool,
    texts_looked_at: bool,
    recipients: tuple[str, ...],
    key: Path | None,
    no_encryption: bool,
    run: str | None,
    note: str,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Write a bundle to OUT: what participants consented to share, and what was accepted.

    It is a tar that needs no femo to be read: a BagIt bag around a BIDS data set.
    """
    where = place(store, operator)
    if run is not None:
        _export_run(where, run, out.absolute(), note, as_json=as_json)
        return

    from femo_tui.bundle.layout import Level
    from femo_tui.bundle.outgoing.export import export as write
    from femo_tui.bundle.outgoing.selection import ExportRequest

    codes = tuple(code.strip() for code in participants.split(",") if code.strip())
    request = ExportRequest(
        level=Level(level),
        participants=codes,
        since=_day(since),
        until=_day(until),
        protocol=protocol,
        classic=classic,
        texts_looked_at=texts_looked_at,
        recipients=recipients,
        encrypt=not no_encryption,
        sign_with=None if key is None else _key(key),
    )
    done = write(where.store_root, out.absolute(), request, where.operator, note=note)
    _print(done, as_json=as_json)


def _export_run(where: Place, run: str, out: Path, note: str, *, as_json: bool) -> None:
    from femo_tui.bundle.outgoing.xdf_export import export_xdf

    done = export_xdf(where.store_root, run, out, where.operator, note=note)
    if as_json:
        print_json(
            {
                "xdf": str(done.path),
                "sha256": done.sha256,
                "participant": done.participant,
                "samples": done.samples,
                "simulated": done.simulated,
                "left_out": [{"what": o.what, "reason": o.reason} for o in done.left_out],
            }
        )
        return
    counts = ", ".join(f"{count} of {name}" for name, count in done.samples.items())
    click.echo(f"{done.path}: {counts}{'   SIMULATED' if done.simulated else ''}")
    for one in done.left_out:
        click.echo(f"left out: {one.what}: {one.reason}")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _key(given: Path) -> Path:
    """Return the file of a signing key: as given, or of the keys of that name."""
    from femo_tui.bundle.keys import SIGNING, keys_folder

    own = keys_folder() / f"{given}{SIGNING}"
    return own if not given.exists() and own.is_file() else given


def _print(done: Exported, *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(done))
        return
    mark = "   SIMULATED" if done.simulated else ""
    click.echo(
        f"{done.path}: {plural(len(done.participants), 'participant')},"
        f" {plural(done.runs, 'run')},"
        f" {plural(done.face_files, 'picture')} of faces, level {done.level.value}{mark}"
    )
    click.echo(f"sha256  {done.sha256}")
    opens = f"keys that open it: {len(done.recipients)}" if done.recipients else "not encrypted"
    click.echo(f"{opens}; {f'signed by {done.signer}' if done.signer else 'not signed'}")
    if done.left_out:
        click.echo("left out:")
        for one in done.left_out:
            click.echo(f"  {one.participant or '-':<8} {one.what or 'all'}: {one.reason}")
    if not done.texts:
        return
    stays = "texts inside:" if done.texts_inside else "texts that stay, until --texts-looked-at:"
    click.echo(stays)
    for text, count in Counter(done.texts).items():
        times = f" ({count} times)" if count > 1 else ""
        held = f"   stays: {text.held_back}" if text.held_back else ""
        head = f"{text.participant:<8} {text.where:<14} {text.kind:<7}"
        click.echo(f"  {head} {text.text}{times}{held}")


def _facts(done: Exported) -> JsonValue:
    return {
        "bundle": str(done.path),
        "sha256": done.sha256,
        "bytes": done.bytes,
        "name": done.name,
        "level": done.level.value,
        "participants": list(done.participants),
        "runs": done.runs,
        "files": done.files,
        "face_files": done.face_files,
        "simulated": done.simulated,
        "recipients": list(done.recipients),
        "signer": done.signer,
        "left_out": [
            {"participant": one.participant, "what": one.what, "reason": one.reason}
            for one in done.left_out
        ],
        "texts": [
            {
                "participant": text.participant,
                "where": text.where,
                "kind": text.kind,
                "text": text.text,
                "inside": done.texts_inside and not text.held_back,
                "held_back": text.held_back,
            }
            for text in done.texts
        ],
    }
