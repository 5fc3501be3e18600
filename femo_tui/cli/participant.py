"""Participants on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.cli.completion import complete_code
from femo_tui.cli.withdraw import withdraw
from femo_tui.model.clock import iso_seconds
from femo_tui.model.participants import (
    SCOPE_WORDS,
    UNCHANGED,
    Consent,
    Participant,
    Scope,
    Sex,
    check_age,
    check_code,
    parse_expiry,
    parse_scopes,
)

if TYPE_CHECKING:
    from femo_tui.model.records import JsonValue


@click.group()
def participant() -> None:
    """Register, list, show and edit participants; take back consent."""


participant.add_command(withdraw)


def _json(person: Participant) -> dict[str, JsonValue]:
    return {
        "code": person.code,
        "age": person.age,
        "sex": None if person.sex is None else person.sex.value,
        "notes": person.notes,
        "consent": sorted(scope.value for scope in person.consent.scopes),
        "form_version": person.consent.form_version,
        "given_utc": person.consent.given_utc,
        "expires_utc": person.consent.expires_utc,
        "expired": sorted(scope.value for scope in person.consent.lapsed),
        "registered_utc": person.registered_utc,
    }


def _scopes_in_order(person: Participant) -> str:
    until = (person.consent.expires_utc or "")[:10]
    if person.consent.lapsed:
        return f"expired on {until}"
    given = ", ".join(scope.value for scope in Scope if person.allows(scope))
    return f"{given}, to {until}" if given and until else given or "none"


_expires = click.option(
    "--expires", metavar="DATE", help="Last day on which consent holds, 2027-12-31; or never."
)

_SCOPES = "\b\nScopes:\n" + "\n".join(f"  {one:<11} {can}" for one, can in SCOPE_WORDS.items())


@participant.command(epilog=_SCOPES)
@click.argument("code")
@click.option("--age", type=int, help="In years.")
@click.option("--sex", type=click.Choice([s.value for s in Sex]))
@click.option("--consent", default="none", help="all, none, or scopes with commas between.")
@click.option("--form-version", help="Of the consent form (default: the study's).")
@_expires
@click.option("--notes", default="", help="Free text; no names.")
@with_place
def add(
    code: str,
    age: int | None,
    sex: str | None,
    consent: str,
    form_version: str | None,
    expires: str | None,
    notes: str,
    store: str | None,
    operator: str | None,
) -> None:
    """Register CODE with what the participant consented to."""
    check_code(code)
    if age is not None:
        check_age(age)
    scopes = parse_scopes(consent)
    until = None if expires is None else parse_expiry(expires)

    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study

    where = place(store, operator)
    now = iso_seconds(datetime.now(UTC))
    form = form_version or load_study(where.store_root).consent_form_version
    agreed = Consent(scopes, form, now, until)
    person = Participant(code, age, None if sex is None else Sex(sex), notes, agreed, now)
    with Catalog.open(where.store_root) as catalog:
        catalog.add_participant(person, where.operator)
    click.echo(f"{code} is registered; consent: {_scopes_in_order(person)}")


@participant.command("list")
@with_json
@with_place
def list_(store: str | None, operator: str | None, as_json: bool) -> None:
    """List all participants."""
    from femo_tui.store.catalog import Catalog

    with Catalog.open(place(store, operator).store_root) as catalog:
        people = catalog.participants()
    if as_json:
        print_json([_json(person) for person in people])
        return
    rows: list[tuple[str, ...]] = [
        (
            person.code,
            "" if person.age is None else str(person.age),
            "" if person.sex is None else person.sex.value,
            _scopes_in_order(person),
        )
        for person in people
    ]
    print_table(rows, ("code", "age", "sex", "consent"))


@participant.command()
@click.argument("code", shell_complete=complete_code)
@with_json
@with_place
def show(code: str, store: str | None, operator: str | None, as_json: bool) -> None:
    """Show one participant and what was recorded."""
    from femo_tui.store.catalog import Catalog

    with Catalog.open(place(store, operator).store_root) as catalog:
        person = catalog.participant(code)
        runs = catalog.runs(code)
    if as_json:
        print_json({**_json(person), "runs": [run.run_dir for run in runs]})
        return
    for name, value in _json(person).items():
        shown = _scopes_in_order(person) if name == "consent" else value
        click.echo(f"{name:15} {'not recorded' if shown is None else shown}")
    for run in runs:
        click.echo(f"{'run':15} {run.session} {run.run} {run.protocol} {run.status}")


@participant.command(epilog=_SCOPES)
@click.argument("code", shell_complete=complete_code)
@click.option("--age", type=int, help="In years.")
@click.option("--sex", type=click.Choice([s.value for s in Sex]))
@click.option("--consent", help="The scopes from now on: all, none, or some.")
@click.option("--form-version", help="Of the consent form.")
@_expires
@click.option("--notes", help="Free text; no names.")
@with_place
def edit(
    code: str,
    age: int | None,
    sex: str | None,
    consent: str | None,
    form_version: str | None,
    expires: str | None,
    notes: str | None,
    store: str | None,
    operator: str | None,
) -> None:
    """Change what is known of CODE; consent given before stays in the history.

    Another age or sex is a correction: sealed runs get an amendment that says so.
    """
    if age is not None:
        check_age(age)
    scopes = None if consent is None else parse_scopes(consent)
    until = UNCHANGED if expires is None else parse_expiry(expires)

    from femo_tui.store.catalog import Catalog

    where = place(store, operator)
    with Catalog.open(where.store_root) as catalog:
        catalog.edit_participant(
            code,
            where.operator,
            age=age,
            sex=None if sex is None else Sex(sex),
            notes=notes,
            scopes=scopes,
            form_version=form_version,
            expires_utc=until,
        )
    click.echo(f"{code} is changed")
