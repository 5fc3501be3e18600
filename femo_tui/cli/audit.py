"""The audit log on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_code
from femo_tui.errors import StoreError

if TYPE_CHECKING:
    from femo_tui.model.records import JsonValue


@click.group()
def audit() -> None:
    """Check the audit log, or show who did what."""


@audit.command()
@with_json
@with_place
def verify(store: str | None, operator: str | None, as_json: bool) -> None:
    """Check that no line of the audit log was changed, left out or cut off."""
    from femo_tui.store.audit import verify as check

    report = check(place(store, operator).store_root)
    if as_json:
        print_json({"lines": report.lines, "holds": report.holds, "faults": list(report.faults)})
    elif report.holds:
        click.echo(f"verified: {report.lines} lines, each as it was written")
    if not report.holds:
        raise StoreError(f"the audit log does not hold: {'; '.join(report.faults)}")


@audit.command()
@click.option(
    "--participant", shell_complete=complete_code, help="Only what was done about this participant."
)
@with_json
@with_place
def show(participant: str | None, store: str | None, operator: str | None, as_json: bool) -> None:
    """Show who did what, the newest last.

    Participants stand in the log as pseudonyms; those whom the store still knows are shown by code.
    """
    from femo_tui.store.audit import known_pseudonyms, pseudonym, read

    root = place(store, operator).store_root
    codes = known_pseudonyms(root)
    lines = read(root)
    if participant is not None:
        name = pseudonym(root, participant)
        lines = tuple(line for line in lines if name in line.participants)
    if as_json:
        found: list[JsonValue] = [
            {
                "utc": line.utc,
                "operator": line.operator,
                "action": line.action,
                "participants": [codes.get(name, name) for name in line.participants],
                "facts": line.facts,
            }
            for line in lines
        ]
        print_json(found)
        return
    for line in lines:
        facts = json.dumps(line.facts, ensure_ascii=False) if line.facts else ""
        who = ", ".join(codes.get(name, name) for name in line.participants)
        for name, code in codes.items():
            facts = facts.replace(name, code)
        parts = (line.utc, line.operator, line.action, who, facts)
        click.echo("  ".join(part for part in parts if part))
