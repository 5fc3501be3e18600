"""`femo contact`: names and addresses, in an encrypted file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_table, with_place
from femo_tui.cli.completion import complete_code
from femo_tui.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

    from femo_tui.bundle.contacts import ContactsKey


def _with_file(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--identity",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Opened by this age identity instead of a passphrase.",
        ),
        click.option(
            "--file",
            envvar="FEMO_CONTACTS",
            required=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="The encrypted file, in no store (else FEMO_CONTACTS).",
        ),
    ):
        command = option(command)
    return command


@click.group()
def contact() -> None:
    """Keep who is who, encrypted and apart from the data."""


@contact.command("set")
@click.argument("code", shell_complete=complete_code)
@_with_file
@with_place
def set_(
    code: str, file: Path, identity: Path | None, store: str | None, operator: str | None
) -> None:
    """Ask for name and contact of CODE and keep them; the first time a passphrase is chosen."""
    from femo_tui.bundle.contacts import (
        Contact,
        check_place,
        needs_passphrase,
        read_contacts,
        write_contacts,
    )
    from femo_tui.store import audit
    from femo_tui.store.catalog import Catalog

    where = place(store, operator)
    check_place(file, where.store_root)
    with Catalog.open(where.store_root) as catalog:
        catalog.participant(code)
    key = _key(file, identity)
    known = {} if needs_passphrase(file) is None else read_contacts(file, key)
    before = known.get(code, Contact("", ""))
    name = click.prompt("name", default=before.name, err=True)
    reached = click.prompt("contact", default=before.contact, err=True)
    write_contacts(file, {**known, code: Contact(name, reached)}, key)
    audit.note(where.store_root, "contact_set", where.operator, {}, [code])
    click.echo(f"{code} is kept in {file}")


@contact.command()
@click.argument("code", required=False, shell_complete=complete_code)
@_with_file
@with_place
def show(
    code: str | None,
    file: Path,
    identity: Path | None,
    store: str | None,
    operator: str | None,
) -> None:
    """Show name and contact of CODE, or of everybody."""
    from femo_tui.bundle.contacts import check_place, read_contacts
    from femo_tui.store import audit

    where = place(store, operator)
    check_place(file, where.store_root)
    known = read_contacts(file, _key(file, identity))
    if code is not None and code not in known:
        raise UnknownName(f"participant {code}: {file} does not know them")
    chosen = sorted(known) if code is None else [code]
    audit.note(where.store_root, "contact_show", where.operator, {"people": len(chosen)})
    rows = [(one, known[one].name, known[one].contact) for one in chosen]
    print_table([*rows], ("code", "name", "contact"))


@contact.command()
@click.argument("code", shell_complete=complete_code)
@_with_file
@with_place
def remove(
    code: str, file: Path, identity: Path | None, store: str | None, operator: str | None
) -> None:
    """Remove CODE, as after a withdrawal."""
    from femo_tui.bundle.contacts import check_place, read_contacts, write_contacts
    from femo_tui.store import audit

    where = place(store, operator)
    check_place(file, where.store_root)
    key = _key(file, identity)
    known = read_contacts(file, key)
    if code not in known:
        raise UnknownName(f"participant {code}: {file} does not know them")
    write_contacts(file, {one: who for one, who in known.items() if one != code}, key)
    audit.note(where.store_root, "contact_remove", where.operator, {}, [code])
    click.echo(f"{code} is removed from {file}; remove them from its backups, too")


def _key(file: Path, identity: Path | None) -> ContactsKey:
    """Return what opens the file; a passphrase is asked for, twice where the file is new."""
    from femo_tui.bundle.contacts import ContactsKey, needs_passphrase
    from femo_tui.errors import UsageError

    by_passphrase = needs_passphrase(file)
    if identity is not None:
        if by_passphrase:
            raise UsageError(f"{file}: is opened by a passphrase; leave --identity out")
        return ContactsKey(identity=identity)
    if by_passphrase is False:
        raise UsageError(f"{file}: is opened by an age identity; name its file with --identity")
    is_new = by_passphrase is None
    passphrase = click.prompt("passphrase", hide_input=True, confirmation_prompt=is_new, err=True)
    return ContactsKey(passphrase=passphrase)
