"""Finished models on the command line: list, show, use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.cli.completion import complete_model
from femo_tui.errors import TrainingError

if TYPE_CHECKING:
    from femo_tui.model.events import Facts
    from femo_tui.model.participants import Participant
    from femo_tui.training.models import Model


@click.group(invoke_without_command=True)
@with_json
@with_place
@click.pass_context
def models(ctx: click.Context, store: str | None, operator: str | None, as_json: bool) -> None:
    """List the models of the store; show one, and who it learnt from."""
    if ctx.invoked_subcommand is None:
        _list(store, operator, as_json)


@models.command("list")
@with_json
@with_place
def list_(store: str | None, operator: str | None, as_json: bool) -> None:
    """List all models, those that are stale or damaged marked."""
    _list(store, operator, as_json)


@models.command()
@click.argument("name", shell_complete=complete_model)
@with_json
@with_place
def show(name: str, store: str | None, operator: str | None, as_json: bool) -> None:
    """Show the card of model NAME."""
    from femo_tui.training.models import CARD

    model = _find(name, store, operator)
    if as_json:
        print_json({**model.facts, "stale": list(model.stale)})
        return
    _warn(model)
    click.echo((model.folder / CARD).read_text("utf-8"), nl=False)


@models.command()
@click.argument("name", shell_complete=complete_model)
@with_json
@with_place
def participants(name: str, store: str | None, operator: str | None, as_json: bool) -> None:
    """List the participants whose images model NAME learnt from."""
    model = _find(name, store, operator)
    if as_json:
        print_json(
            {
                "model": model.name,
                "participants": list(model.participants),
                "stale": list(model.stale),
            }
        )
        return
    for code in model.participants:
        click.echo(code)
    _warn(model)


@click.command()
@click.argument("model", shell_complete=complete_model)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--participant-pattern", help="A pattern whose first group is the participant.")
@with_json
@with_place
def evaluate(
    model: str,
    folder: Path,
    participant_pattern: str | None,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Evaluate MODEL on FOLDER, which holds one folder of face images for each class."""
    from femo_tui.store import audit
    from femo_tui.training.classify import evaluate as evaluate_folder
    from femo_tui.training.report import HEADER, confusion_lines, rows

    found = _find(model, store, operator)
    _warn(found)
    where = place(store, operator)
    made, unreadable = evaluate_folder(found, where.store_root, folder, participant_pattern)
    audit.note(where.store_root, "evaluate", where.operator, {"model": found.name})
    for sentence in unreadable:
        click.echo(f"! {sentence}", err=True)
    if as_json:
        print_json(
            {
                "model": found.name,
                "simulated": found.simulated,
                "stale": list(found.stale),
                "unreadable": list(unreadable),
                **made.to_json(),
            }
        )
        return
    print_table(rows([made], []), HEADER)
    click.echo()
    for line in confusion_lines(made.confusion):
        click.echo(line)


@click.command()
@click.argument("model", shell_complete=complete_model)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_json
@with_place
def classify(
    model: str, files: tuple[Path, ...], store: str | None, operator: str | None, as_json: bool
) -> None:
    """Say which class MODEL sees in each of FILES, which are images of one face each."""
    from femo_tui.training.classify import classify as classify_files

    found = _find(model, store, operator)
    _warn(found)
    told = classify_files(found, files)
    if as_json:
        print_json(
            {
                "model": found.name,
                "simulated": found.simulated,
                "stale": list(found.stale),
                "files": [
                    {
                        "file": one.file,
                        "class": one.class_name or None,
                        "probabilities": dict(zip(found.classes, one.probabilities, strict=False)),
                        "problem": one.problem or None,
                    }
                    for one in told
                ],
            }
        )
    else:
        rows: list[tuple[str, ...]] = [
            (one.file, one.class_name, f"{100 * max(one.probabilities):.1f} %")
            for one in told
            if not one.problem
        ]
        print_table(rows, ("file", "class", "sure"))
    problems = [one.problem for one in told if one.problem]
    if problems:
        raise TrainingError("; ".join(problems))


def _list(store: str | None, operator: str | None, as_json: bool) -> None:
    from femo_tui.training.models import list_models

    root = place(store, operator).store_root
    shelf = list_models(root, _people(root))
    for problem in shelf.problems:  # the others can be used all the same
        click.echo(f"! {problem}", err=True)
    if as_json:
        errors: list[Facts] = [{"model": one.name, "error": one.problem} for one in shelf.damaged]
        print_json([*(_facts(model) for model in shelf.models), *errors])
        return
    rows: list[tuple[str, ...]] = [
        (
            model.name,
            model.made_utc,
            model.features,
            str(len(model.participants)),
            "" if model.headline is None else f"{100 * model.headline.accuracy:.1f} %",
            "SIMULATED" if model.simulated else "",
            f"STALE: {'; '.join(model.stale)}" if model.stale else "",
        )
        for model in shelf.models
    ]
    rows += [(one.name, *[""] * 4, "DAMAGED", "") for one in shelf.damaged]
    print_table(rows, ("model", "made", "features", "people", "on unseen people", "", ""))


def _facts(model: Model) -> Facts:
    headline = model.headline
    return {
        "model": model.name,
        "made_utc": model.made_utc,
        "features": model.features,
        "classes": list(model.classes),
        "participants": list(model.participants),
        "accuracy_by_participant": None if headline is None else headline.accuracy,
        "simulated": model.simulated,
        "stale": list(model.stale),
    }


def _find(name: str, store: str | None, operator: str | None) -> Model:
    from femo_tui.training.models import find_model

    root = place(store, operator).store_root
    return find_model(root, name, _people(root))


def _people(root: Path) -> list[Participant]:
    from femo_tui.store.catalog import Catalog

    with Catalog.open(root) as catalog:
        return catalog.participants()


def _warn(model: Model) -> None:
    """Say on standard error what whoever uses a model has to know first."""
    if model.simulated:
        click.echo(f"{model.name} is SIMULATED: it learnt from drawn faces", err=True)
    if model.stale:
        click.echo(
            f"{model.name} is STALE and should be trained anew: {'; '.join(model.stale)}", err=True
        )
