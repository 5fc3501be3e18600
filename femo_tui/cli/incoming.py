"""Bundles that come in, on the command line: verify, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.errors import FemoError, UsageError
from femo_tui.model.counting import plural

if TYPE_CHECKING:
    from femo_tui.bundle.incoming.verifying import BundleReport
    from femo_tui.model.records import JsonValue

_BUNDLE = click.argument("bundle", type=click.Path(path_type=Path))
_IDENTITY = click.option(
    "--identity",
    "identities",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An age identity that opens it (default: all of the lab's own).",
)
_SIGNER = click.option(
    "--signer",
    metavar="KEY",
    help="Who must have signed it: ed25519:…, or a .pub file of `femo keys new`.",
)


@click.command()
@_BUNDLE
@_IDENTITY
@_SIGNER
@with_json
@with_place
def verify(
    bundle: Path,
    identities: tuple[Path, ...],
    signer: str | None,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Read BUNDLE to its end: hashes, signature, shape, versions. Nothing is written."""
    from femo_tui.bundle.incoming.verifying import verify_bundle

    where = place(store, operator)
    found = verify_bundle(
        bundle,
        identities=identities,
        trusted=where.config.trusted,
        signer=_signer(signer),
    )
    if as_json:
        print_json(_report_json(found))
    else:
        _print_report(found)
    if not found.holds:
        raise FemoError(f"{bundle} does not hold: {_told(found.faults)}")


@click.command("import")
@_BUNDLE
@_IDENTITY
@_SIGNER
@click.option(
    "--as-code",
    "as_codes",
    multiple=True,
    metavar="S01=X01",
    help="A participant of the bundle has this code here; S01=S01: is the same person.",
)
@with_json
@with_place
def import_(
    bundle: Path,
    identities: tuple[Path, ...],
    signer: str | None,
    as_codes: tuple[str, ...],
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Verify BUNDLE, then take its participants and runs into the store.

    Whatever contradicts the store is named, and nothing is taken in. The bundle itself is kept
    unchanged in the store's imported/.
    """
    from femo_tui.bundle.incoming.importing import ImportRequest, import_bundle

    where = place(store, operator)
    request = ImportRequest(
        path=bundle,
        identities=identities,
        as_code=dict(map(_pair, as_codes)),
        trusted=where.config.trusted,
        signer=_signer(signer),
    )
    done = import_bundle(where.store_root, request, where.operator)
    if as_json:
        print_json(
            {
                **_report_json(done.report),
                "bundle_id": done.bundle_id,
                "sha256": done.sha256,
                "kept": str(done.kept),
                "imported_participants": dict(done.participants),
                "registered": list(done.registered),
                "imported_runs": list(done.runs),
                "known_runs": list(done.known_runs),
                "notes": list(done.notes),
            }
        )
        return
    _print_report(done.report)
    new = f" ({len(done.registered)} new here)" if done.registered else ""
    click.echo(
        f"runs taken in: {len(done.runs)};"
        f" participants of the bundle: {len(done.participants)}{new};"
        f" the bundle is kept in {done.kept}"
    )
    for there, here in done.participants.items():
        if there != here:
            click.echo(f"{there} of the bundle is {here} here")
    if done.known_runs:
        click.echo(f"here already, and left as they are: {', '.join(done.known_runs)}")
    for note in done.notes:
        click.echo(f"! {note}")


def _pair(text: str) -> tuple[str, str]:
    there, found, here = text.partition("=")
    if not (there and found and here):
        raise UsageError(f"--as-code {text!r}: say the code there and the code here: S01=X01")
    return there, here


def _signer(given: str | None) -> str | None:
    if given is None:
        return None
    from femo_tui.bundle.incoming.verifying import read_signer

    return read_signer(given)


def _report_json(found: BundleReport) -> dict[str, JsonValue]:
    return {
        "bundle": str(found.path),
        "holds": found.holds,
        "faults": list(found.faults),
        "encrypted": found.encrypted,
        "name": found.name,
        "study": found.study,
        "format": found.format,
        "level": None if found.level is None else found.level.value,
        "simulated": found.simulated,
        "signature": found.trust.value,
        "signer": found.signer,
        "trusted_as": found.trusted_as,
        "content_sha256": found.content_sha256,
        "participants": list(found.participants),
        "sessions": found.sessions,
        "runs": found.runs,
        "faces": found.faces,
        "files": found.files,
        "size_bytes": found.size_bytes,
    }


def _print_report(found: BundleReport) -> None:
    from femo_tui.bundle.incoming.verifying import describe_trust

    if not found.holds:
        return  # the error says what is wrong
    level = "" if found.level is None else f" · level {found.level.value}"
    is_said = found.study.startswith("SIMULATED")  # a study may be called so
    click.echo(f"{found.study}{level}{' · SIMULATED' if found.simulated and not is_said else ''}")
    click.echo(
        f"{plural(len(found.participants), 'participant')},"
        f" {plural(found.sessions, 'session')}, {plural(found.runs, 'run')},"
        f" {plural(found.faces, 'picture')} of faces, {plural(found.files, 'file')}"
    )
    click.echo(f"whole and unchanged; {describe_trust(found)}")


def _told(faults: tuple[str, ...]) -> str:
    shown = "; ".join(faults[:10])
    return f"{shown}; and {len(faults) - 10} more faults" if len(faults) > 10 else shown
