"""`femo train`: start a training, follow it, end it, go on with one that was lost."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.errors import TrainingError, UsageError

if TYPE_CHECKING:
    from femo_tui.model.events import Facts
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
@click.option(
    "--fine-tune",
    type=click.IntRange(1),
    metavar="EPOCHS",
    help="Tune the last block of MobileNet, too, for so many epochs at most.",
)
@click.option(
    "--blocks",
    type=click.IntRange(1, 13),
    default=1,
    show_default=True,
    help="How many of MobileNet's last blocks are fine-tuned.",
)
@click.option(
    "--workers",
    metavar="HOST:PORT,…",
    help="Fine-tune on these machines together, this one first; the others see the same store.",
)
@click.option(
    "--worker",
    type=click.IntRange(1),
    metavar="N",
    help="Be the Nth of the other machines: wait for the fine-tuning, and take part in it.",
)
@click.option("--detach", is_flag=True, help="Train in the background; return once it runs.")
@click.option("--attach", is_flag=True, help="Follow the training that runs.")
@click.option("--cancel", is_flag=True, help="End the training that runs; its features are kept.")
@click.option("--resume", is_flag=True, help="Go on with the newest training where it ended.")
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
    fine_tune: int | None,
    blocks: int,
    workers: str | None,
    worker: int | None,
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
    from femo_tui.training.request import NO_WEIGHTS, Head, TrainRequest

    if cancel + attach + resume + (worker is not None) > 1:
        raise UsageError("--cancel, --attach, --resume and --worker: one at a time")
    where = place(store, operator)
    root = where.store_root
    if worker is not None:
        _take_part(root, worker, as_json=as_json)
        return
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
        left = client.unfinished_training(root)
        if left is None:
            raise TrainingError("no training was left unfinished: start with `femo train`")
        launch.resume_training(root, left)
        run_dir = left
    else:
        if fine_tune and weights == NO_WEIGHTS:
            raise UsageError("there is nothing to fine-tune with --weights none: leave one out")
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
                fine_tune=fine_tune or 0,
                blocks=blocks,
                workers=_addresses(workers, fine_tune),
                operator=where.operator,
            )
        )
    if detach:
        _say({"training": str(run_dir)}, f"training {run_dir}", as_json)
        return
    _follow(root, run_dir, where.operator, as_json=as_json)


def _addresses(workers: str | None, fine_tune: int | None) -> tuple[str, ...]:
    """Return the machines that fine-tune together, this one first."""
    if workers is None:
        return ()
    if not fine_tune:
        raise UsageError("--workers says who fine-tunes together: give --fine-tune EPOCHS, too")
    found = tuple(address.strip() for address in workers.split(","))
    for address in found:
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise UsageError(f"worker {address!r} is no HOST:PORT, such as lab2:7001")
    if len(set(found)) < 2:
        raise UsageError("--workers names this machine and at least one other, each once")
    return found


def _take_part(root: Path, worker: int, *, as_json: bool) -> None:
    """Fine-tune beside the trainer of this store until it is done."""
    from femo_tui.training.tuning.worker import take_part

    facts = take_part(root, worker, lambda text: click.echo(text, err=True))
    _say(facts, f"done, at {facts['images_per_s']} images/s", as_json)


def _say(facts: Facts, text: str, as_json: bool) -> None:
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
    from femo_tui.training.card import differences, validations
    from femo_tui.training.report import HEADER, KIND_WORDS, confusion_lines, rows, sentences

    result = now.result
    found = validations(result)  # the model's own first, in whatever order they were made
    marked = "  SIMULATED" if result["simulated"] else ""
    click.echo(
        f"{result['model']}: {result['images']} images of {result['participants']} people{marked}"
    )
    print_table(rows(found, now.not_possible), HEADER)
    for sentence in sentences(found, differences(result)):
        click.echo(sentence)
    if found:
        click.echo(f"\nConfusion, {found[0].features} {KIND_WORDS[found[0].kind]}\n")
        for line in confusion_lines(found[0].confusion):
            click.echo(line)
