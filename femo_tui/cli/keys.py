"""`femo keys`: what opens bundles for this lab, and what signs its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import print_json, with_json
from femo_tui.model.records import JsonValue

if TYPE_CHECKING:
    from femo_tui.bundle.keys import Keys

_FOLDER = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="Where they lie (default: keys/ beside the config file).",
)


@click.group()
def keys() -> None:
    """Make keys, or show those there are."""


@keys.command("new")
@click.argument("name")
@_FOLDER
@with_json
def new(name: str, folder: Path | None, as_json: bool) -> None:
    """Make keys under NAME: one to open bundles, one to sign them."""
    from femo_tui.bundle.keys import keys_folder, new_keys

    made = new_keys(name, (folder or keys_folder()).absolute())
    if as_json:
        print_json(_facts(made))
        return
    _print(made)
    click.echo(
        f"Give {made.public_file} to whoever sends you bundles. Keep a copy of"
        f" {made.identity_file.name} in a safe: without it nobody can open them."
    )


@keys.command("show")
@_FOLDER
@with_json
def show(folder: Path | None, as_json: bool) -> None:
    """Show the keys there are, as far as others may know them."""
    from femo_tui.bundle.keys import keys_folder, list_keys

    found = list_keys((folder or keys_folder()).absolute())
    if as_json:
        print_json([_facts(one) for one in found])
        return
    for one in found:
        _print(one)
    if not found:
        click.echo("no keys; make some with femo keys new NAME")


def _print(found: Keys) -> None:
    click.echo(f"{found.name}\n  recipient  {found.recipient}\n  signer     {found.signer}")


def _facts(found: Keys) -> dict[str, JsonValue]:
    return {
        "name": found.name,
        "recipient": found.recipient,
        "signer": found.signer,
        "identity_file": str(found.identity_file),
        "signing_file": str(found.signing_file),
        "public_file": str(found.public_file),
    }
