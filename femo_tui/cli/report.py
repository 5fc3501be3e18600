"""`femo report`: a run, or the study, as one page to look at and to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_model, complete_run
from femo_tui.errors import UsageError

if TYPE_CHECKING:
    from femo_tui.report.writing import Written


@click.command()
@click.argument("run", required=False, shell_complete=complete_run)
@click.option("--study", is_flag=True, help="The study as a whole, instead of a run.")
@click.option(
    "--model",
    metavar="m-01",
    shell_complete=complete_model,
    help="With --study: this model, and what it confuses.",
)
@click.option(
    "--show-p", is_flag=True, help="With --study: p-values before the planned n; it is logged."
)
@click.option(
    "--texts-looked-at",
    is_flag=True,
    help="Notes and reasons stand there, too; without it they stay in the store.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A new file; outside the store it counts as given out (default: exports/).",
)
@with_json
@with_place
def report(
    run: str | None,
    study: bool,
    model: str | None,
    show_p: bool,
    texts_looked_at: bool,
    out: Path | None,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Write RUN (S01, S01/run-02), or the study, as one HTML page to look at and to print.

    The page needs no network and no script. What consent keeps off it is said on it.
    """
    from femo_tui.report import writing

    if study == (run is not None):
        raise UsageError("give either a run, such as `femo report S01`, or --study")
    if run is not None and (model is not None or show_p):
        raise UsageError("--model and --show-p are of the study's report: give --study, and no run")
    where = place(store, operator)
    target = None if out is None else out.absolute()
    if run is not None:
        done = writing.write_run_report(
            where.store_root, run, target, where.operator, looked_at=texts_looked_at
        )
    else:
        done = writing.write_study_report(
            where.store_root,
            target,
            where.operator,
            model=model or "",
            show_p=show_p,
            looked_at=texts_looked_at,
        )
    _print(done, as_json=as_json)


def _print(done: Written, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "report": str(done.path),
                "sha256": done.sha256,
                "subject": done.subject,
                "leaves_store": done.leaves,
                "participants": list(done.participants),
                "faces": done.faces,
                "simulated": done.simulated,
                "not_shown": list(done.not_shown),
            }
        )
        return
    click.echo(f"{done.path}{'   SIMULATED' if done.simulated else ''}")
    for what in done.not_shown:
        click.echo(f"not shown: {what}")
    if done.leaves:
        click.echo("outside the store: noted as given out, since a withdrawal cannot reach it")
