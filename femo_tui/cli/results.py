"""`femo results`: the study's question, answered with SPSS's tables and the exact answer beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_model
from femo_tui.cli.wilcoxon import FORMATS
from femo_tui.model.study import LONGEST_LAG_S, Baseline, Measure

if TYPE_CHECKING:
    from femo_tui.cli.common import Place
    from femo_tui.stats.confused import Confused
    from femo_tui.stats.results import Asked, StudyResults

TABLES = ("comparisons", "values", "windows", "left-out")


@click.command()
@click.option(
    "--measure",
    type=click.Choice([one.value for one in Measure]),
    help="Default: as the study says.",
)
@click.option(
    "--baseline",
    type=click.Choice([one.value for one in Baseline]),
    help="Default: as the study says.",
)
@click.option(
    "--lag",
    "lag_s",
    type=click.FloatRange(0, LONGEST_LAG_S),
    metavar="SECONDS",
    help="GSR windows come later than the film's by this.",
)
@click.option(
    "--pair",
    "pairs",
    multiple=True,
    metavar='"Happy_S - Stress_A"',
    help="One more exploratory comparison.",
)
@click.option(
    "--model",
    metavar="m-01",
    shell_complete=complete_model,
    help="Compare what this model confuses on people it has not seen.",
)
@click.option("--show-p", is_flag=True, help="p-values before the planned n; the look is logged.")
@click.option(
    "--per-register", is_flag=True, help="Each sample an observation: pseudo-replication."
)
@click.option("--with-simulated", is_flag=True, help="Mix simulated runs with real ones.")
@click.option("--format", "output", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--table", type=click.Choice(TABLES), default=TABLES[0], help="Which one as CSV.")
@with_json
@with_place
def results(
    measure: str | None,
    baseline: str | None,
    lag_s: float | None,
    pairs: tuple[str, ...],
    model: str | None,
    show_p: bool,
    per_register: bool,
    with_simulated: bool,
    output: str,
    table: str,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Show the study's results: tests, effects, what was left out, a methods paragraph."""
    from femo_tui.model.contrasts import parse_contrast
    from femo_tui.stats.results import Asked

    where = place(store, operator)
    asked = Asked(
        measure=None if measure is None else Measure(measure),
        baseline=None if baseline is None else Baseline(baseline),
        lag_s=lag_s,
        pairs=tuple(parse_contrast(pair) for pair in pairs),
        confused=None if model is None else _confused(where, model),
        per_register=per_register,
        mix_simulated=with_simulated,
        show_p=show_p,
    )
    found = _compute(where, asked)
    if found.p_shown and found.early and found.n:
        _log_look(where, found)
    _print(found, "json" if as_json else output, table)


def _confused(where: Place, name: str) -> Confused:
    from femo_tui.store.catalog import Catalog
    from femo_tui.training.models import confused_of, find_model

    with Catalog.open(where.store_root) as catalog:
        model = find_model(where.store_root, name, catalog.participants())
    if model.stale:
        click.echo(f"{name} is STALE: {'; '.join(model.stale)}", err=True)
    return confused_of(model)


def _compute(where: Place, asked: Asked) -> StudyResults:
    from femo_tui.stats.elsewhere import runs_elsewhere
    from femo_tui.stats.results import study_results
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study

    study = load_study(where.store_root)
    with Catalog.open(where.store_root) as catalog:
        people, elsewhere = catalog.participants(), runs_elsewhere(catalog.runs())
    return study_results(where.store_root, study, people, asked, elsewhere=elsewhere)


def _log_look(where: Place, found: StudyResults) -> None:
    from femo_tui.model.clock import HostClock
    from femo_tui.stats.looks import log_look

    log_look(where.store_root, where.operator, HostClock(), found.look())


def _print(found: StudyResults, output: str, table: str) -> None:
    from femo_tui.stats.render import document, tables, text

    match output:
        case "json":
            print_json(document.study_json(found))
        case "csv":
            click.echo(tables.table_csv(table, found), nl=False)
        case "markdown":
            click.echo(document.study_markdown(found), nl=False)
        case _:
            click.echo(text.study_text(found), nl=False)
