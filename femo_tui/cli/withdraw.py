"""Taking back consent on the command line: what will go is shown first, `--yes` does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_code
from femo_tui.model.participants import Scope, parse_scopes

if TYPE_CHECKING:
    from femo_tui.model.records import JsonValue
    from femo_tui.store.withdrawal import WithdrawalPlan


@click.command()
@click.argument("code", shell_complete=complete_code)
@click.option("--scope", default="", help=f"Only these, with commas: {', '.join(Scope)}.")
@click.option("--yes", is_flag=True, help="Do it; without it nothing is changed.")
@with_json
@with_place
def withdraw(
    code: str, scope: str, yes: bool, store: str | None, operator: str | None, as_json: bool
) -> None:
    """Take back the consent of CODE: remove all that the store holds of them, for good.

    Without --yes it only tells what will go, what was given out already and to whom, and which
    backups hold it. With --scope what these scopes cover goes, and the runs are sealed again.
    """
    from femo_tui.model.clock import HostClock
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.withdrawal import plan_withdrawal
    from femo_tui.store.withdrawal import withdraw as take_back

    scopes = parse_scopes(scope)
    if scope and not scopes:
        raise click.UsageError("name the scopes to take back, or leave --scope out for everything")
    where = place(store, operator)
    with Catalog.open(where.store_root) as catalog:
        if not yes:
            plan = plan_withdrawal(catalog, code, scopes)
            if as_json:
                print_json(_json(plan, done=False))
            else:
                _print_plan(plan)
                click.echo("nothing is changed yet: with --yes it is done, and cannot be undone")
            return
        done = take_back(catalog, code, scopes, where.operator, HostClock())
    if as_json:
        body = _json(done.plan, done=True)
        left: JsonValue = list(done.still_named_in)
        stations: JsonValue = list(done.stations)
        print_json({**body, "id": done.id, "still_named_in": left, "stations_left": stations})
        return
    _print_plan(done.plan)
    what = "withdrawn" if not done.plan.scopes else "taken back"
    click.echo(f"{code}: {what}{f'; {done.id} stands for them now' if done.id else ''}")
    if not done.plan.scopes:
        click.echo(f"where the lab keeps names: `femo contact remove {code} --file FILE`")
    for station in done.stations:
        click.echo(f"station {station} does the same when femo opens the catalog there next")
    for path in done.still_named_in:
        click.echo(f"still named in {path}: somebody wrote of them there; look at it")


def _print_plan(plan: WithdrawalPlan) -> None:
    what = ", ".join(scope.value for scope in plan.scopes) or "everything"
    click.echo(f"{plan.code}, {what}: {len(plan.runs)} runs, {plan.files} files,"
               f" {plan.bytes / 1e6:.1f} MB, {plan.features} features of faces")  # fmt: skip
    lines = (
        ("data sets of trainings", plan.trainings),
        ("result files", plan.results),
        ("imported bundles", plan.originals),
        ("models that will be stale", plan.models),
    )
    for title, names in lines:
        if names:
            click.echo(f"{title}: {', '.join(names)}")
    for export in plan.exports:
        noted = export.note or ", ".join(export.recipients)
        to = f"to {noted}" if noted else "no recipient was noted"
        click.echo(f"given out {export.utc[:10]}: {export.file_name} ({export.level}), {to}:"
                   " ask for it to be deleted")  # fmt: skip
    for backup in plan.backups:
        click.echo(f"held by backup {backup.backup_id} in {backup.destination}:"
                   f" `femo backup {backup.destination} --forget-withdrawn`")  # fmt: skip
    for sentence in plan.blocked:
        click.echo(f"not now: {sentence}")


def _json(plan: WithdrawalPlan, *, done: bool) -> dict[str, JsonValue]:
    return {
        "participant": plan.code,
        "scopes": [scope.value for scope in plan.scopes] or [scope.value for scope in Scope],
        "everything": not plan.scopes,
        "done": done,
        "runs": list(plan.runs),
        "files": plan.files,
        "bytes": plan.bytes,
        "features": plan.features,
        "models": list(plan.models),
        "trainings": list(plan.trainings),
        "results": list(plan.results),
        "imported": list(plan.originals),
        "given_out": [
            {
                "utc": export.utc,
                "file_name": export.file_name,
                "level": export.level,
                "recipients": list(export.recipients),
                "note": export.note,
            }
            for export in plan.exports
        ],
        "backups": [
            {"utc": b.utc, "destination": b.destination, "backup_id": b.backup_id}
            for b in plan.backups
        ],
        "blocked": list(plan.blocked),
    }
