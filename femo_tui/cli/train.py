"""`femo train`: start a training, follow it, end it, go on with one that was lost."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.errors import TrainingError

if TYPE_CHECKING:
    from femo_tui.training.journal import TrainSnapshot

LOOK_EVERY_S = 0.05


@click.command()
@click.option("--weights", default="imagenet", show_default=True, help="imagenet, none, or a file.")
@click.option("--head", type=click.Choice(["lbfgs", "retrain"]), default="lbfgs", show_default=True)
@click.option("--with-gsr", is_flag=True, help="Tell what skin conductance adds to the face.")
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="NAME",
    help="Only this imported data set, or `recorded`; may be given several times.",
)
@click.option("--simulated", is_flag=True, help="Train on what is simulated, not on real data.")
@click.option("--seed", default=1, show_default=True, help="Of the study's random split.")
@click.option(
    "--cluster", default="", metavar="ADDRESS", help="On the workers of this Dask scheduler."
)
@click.option("--detach", is_flag=True, help="Train in the background; return once it runs.")
@click.option("--attach", is_flag=True, help="Follow the training that runs.")
@click.option("--cancel", is_flag=True, help="End the training that runs; its features are kept.")
@click.option("--resume", is_flag=True, help="Go on with the training that was lost.")
@with_json
@with_place
def train(
    weights: str,
    head: str,
    with_gsr: bool,
    datasets: tuple[str, ...],
    simulated: bool,
    seed: int,
    cluster: str,
    detach: bool,
    attach: bool,
    cancel: bool,
    resume: bool,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Train a model on the store's faces, and say how far it can be trusted.

    The trainer is a process of its own: a closed terminal changes nothing, Ctrl-C ends it.
    """
    from femo_tui.training import client, launch
    from femo_tui.training.request import Head, TrainRequest

    where = place(store, operator)
    root = where.store_root
    if cancel:
        ended = client.cancel(root, where.operator)
        _say({"cancelled": str(ended.run_dir)}, f"cancelled {ended.run_dir}", as_json)
        return
    if attach:
        active = client.active_training(root)
        if active is None:
            raise TrainingError("nothing is being trained on this store: start with `femo train`")
        run_dir = active.run_dir
    elif resume:
        lost = client.lost_training(root)
        if lost is None:
            raise TrainingError("no training was lost on this store: start with `femo train`")
        launch.resume_training(root, lost)
        run_dir = lost
    else:
        run_dir = launch.start_training(
            TrainRequest(
                store_root=root,
                weights=weights,
                head=Head(head),
                with_gsr=with_gsr,
                datasets=datasets,
                simulated=simulated,
                seed=seed,
                cluster=cluster,
                operator=where.operator,
            )
        )
    if detach:
        _say({"training": str(run_dir)}, f"training {run_dir}", as_json)
        return
    _follow(root, run_dir, where.operator, as_json=as_json)


def _say(facts: dict[str, str], text: str, as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        click.echo(text)


def _follow(root: Path, run_dir: Path, operator: str, *, as_json: bool) -> None:
    """Show how a training goes until it ends, then what it found; Ctrl-C cancels it."""
    from femo_tui.training import client
    from femo_tui.training.journal import TrainState

    reader = client.reader(root, run_dir)
    shown: set[str] = set()
    try:
        while (now := reader.poll()).state is TrainState.RUNNING:
            _show(now, shown)
            time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        client.cancel(root, operator)
        raise TrainingError(
            f"the training was cancelled: what it computed is kept ({run_dir})"
        ) from None
    _show(now, shown)
    if now.state is TrainState.LOST:
        raise TrainingError(
            f"the trainer is gone without a last word (see {run_dir / client.LOG_FILE}): go on"
            " with `femo train --resume`"
        )
    if now.state is not TrainState.DONE:
        raise TrainingError(now.error or "the training was cancelled: what it computed is kept")
    if as_json:
        print_json(now.result)
    else:
        _print_result(now)


def _show(now: TrainSnapshot, shown: set[str]) -> None:
    """Print each note and each finished stage once, on standard error."""
    on_terminal = sys.stderr.isatty()
    lines = {note: note for note in now.notes}
    for stage in now.stages:
        if stage.done >= stage.total:
            took_s = stage.now_s - stage.since_s
            lines[stage.name] = f"{stage.name}: {stage.total} in {took_s:.1f} s"
        elif on_terminal and stage.done:
            rate = f", {stage.per_s:.0f}/s" if stage.per_s else ""
            left = f", {stage.left_s:.0f} s left" if stage.left_s else ""
            shown_now = f"\r{stage.name}: {stage.done} of {stage.total}{rate}{left}  "
            click.echo(shown_now, nl=False, err=True)
    for key, line in lines.items():
        if key not in shown:
            shown.add(key)
            click.echo(("\r" if on_terminal else "") + line, err=True)


def _print_result(now: TrainSnapshot) -> None:
    from femo_tui.training.card import differences
    from femo_tui.training.report import HEADER, confusion_lines, rows, sentences

    result = now.result
    marked = "  SIMULATED" if result["simulated"] else ""
    click.echo(
        f"{result['model']}: {result['images']} images of {result['participants']} people{marked}"
    )
    print_table(rows(now.validations, now.not_possible), HEADER)
    for sentence in sentences(now.validations, differences(result)):
        click.echo(sentence)
    if now.validations:
        click.echo()
        for line in confusion_lines(now.validations[0].confusion):
            click.echo(line)
