"""Correcting whose run it is, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_code, complete_run

if TYPE_CHECKING:
    from femo_tui.model.events import Facts


@click.command()
@click.argument("run", shell_complete=complete_run)
@click.argument("code", shell_complete=complete_code)
@click.option("--reason", default="", help="How it came, for the record.")
@with_json
@with_place
def reassign(
    run: str, code: str, reason: str, store: str | None, operator: str | None, as_json: bool
) -> None:
    """Give RUN to the participant CODE: it was recorded under a wrong one.

    The run moves, its files are rewritten and sealed again, and an amendment tells of it; the
    wrong code stands in the audit log only, as a pseudonym.
    """
    from dataclasses import asdict

    from femo_tui.model.clock import HostClock
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.layout import find_run
    from femo_tui.store.reassign import reassign as give_to

    where = place(store, operator)
    run_dir = find_run(where.store_root, run)
    with Catalog.open(where.store_root) as catalog:
        done = give_to(catalog, run_dir, code, where.operator, HostClock(), reason=reason)
    lacking = [scope.value for scope in done.lacking]
    if as_json:
        facts: Facts = {"run_dir": str(done.run_dir), "participant": code, "lacking": [*lacking]}
        facts["recounted"] = [asdict(showing) for showing in done.recounted]
        facts["elsewhere"] = [*done.elsewhere]
        print_json(facts)
        return
    click.echo(f"{'/'.join(done.run_dir.parts[-3:])} is {code}'s now, and sealed again")
    for showing in done.recounted:
        kind = "primary" if showing.primary else "no primary"
        where_told = showing.run.removeprefix("sessions/")
        click.echo(f"showing {showing.exposure} of {showing.media} is {kind} data in {where_told}")
    for other in done.elsewhere:
        click.echo(f"! {other}: its films are not counted anew")
    if lacking:
        click.echo(
            f"{code} did not consent to {' and '.join(lacking)}: remove it with"
            f" `femo participant withdraw {code} --scope {','.join(lacking)}`"
        )
