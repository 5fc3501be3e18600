"""`femo demo`: a whole simulated study, then the console on it."""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import keep_own_catalog, print_json, with_json
from femo_tui.errors import UsageError
from femo_tui.model.counting import plural

if TYPE_CHECKING:
    from femo_tui.recorder.process import RunResult


@click.command()
@click.option("--participants", default=6, type=click.IntRange(1, 98), show_default=True)
@click.option("--store", type=click.Path(path_type=Path), help="An empty or new folder.")
@click.option("--headless", is_flag=True, help="Record, print a summary, open no console.")
@with_json
def demo(participants: int, store: Path | None, headless: bool, as_json: bool) -> None:
    """Record a study of simulated participants, then lead through it with one run live.

    The tour takes five minutes: a run, training, results, a verified bundle. Everything in it is
    marked SIMULATED.
    """
    from femo_tui.recorder.simulated_study import (
        OPERATOR,
        prepare_simulated_study,
        record_simulated_study,
        simulated_request,
    )
    from femo_tui.stats.figures_cache import make_figures

    keep_own_catalog()
    root = _new_store(store)
    follows = "" if headless else "; then the console opens on one more, live"
    click.echo(f"SIMULATED study in {root}", err=True)
    click.echo(
        f"{plural(participants, 'participant')}, recorded faster than time{follows}", err=True
    )
    # one more person is registered where a console follows: the one who is recorded live
    prepare_simulated_study(root, participants if headless else participants + 1)
    results: list[RunResult] = []

    def progress(number: int, result: RunResult) -> None:
        results.append(result)
        counts = result.stop.counts
        click.echo(
            f"S{number:02d}  {result.stop.status.value:9}"
            f" {counts['windows_accepted']} windows, {counts['gsr_samples']} samples,"
            f" {counts['frames_with_face']} faces   SIMULATED",
            err=True,
        )

    record_simulated_study(root, participants, progress)
    make_figures(root)
    if headless:
        _summarise(root, results, as_json)
        return
    from femo_tui.cli.console import open_console
    from femo_tui.recorder.launch import start_detached

    start_detached(simulated_request(root, participants + 1))
    status = open_console(str(root), OPERATOR)
    again = f"`femo --store {shlex.quote(str(root))}` shows it again"
    click.echo(f"The demonstration lies in {root}: {again}; remove the folder, and it is gone.")
    sys.exit(status)


def _new_store(chosen: Path | None) -> Path:
    if chosen is None:
        return Path(tempfile.mkdtemp(prefix="femo-demo-"))
    if chosen.exists() and any(chosen.iterdir()):
        raise UsageError(f"{chosen} is not empty: a demonstration wants a folder of its own")
    return chosen.absolute()


def _summarise(root: Path, results: list[RunResult], as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "store": str(root),
                "participants": len(results),
                "runs": len(results),
                "simulated": True,
            }
        )
        return
    accepted = sum(int(str(result.stop.counts["windows_accepted"])) for result in results)
    click.echo(
        f"SIMULATED: {plural(len(results), 'participant')},"
        f" {plural(len(results), 'run')},"
        f" {plural(accepted, 'window')} accepted; look at them with `femo --store {root}`"
    )
