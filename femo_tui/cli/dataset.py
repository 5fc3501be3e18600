"""Imported data sets on the command line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.model.records import JsonValue


@click.group()
def dataset() -> None:
    """Bring folders of face images into the store; list those it holds."""


@dataset.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Of the data set (default: the folder's).")
@click.option(
    "--participant-pattern",
    help="A regular expression whose first group is the participant (default: the study's names).",
)
@click.option("--external", is_flag=True, help="For tests only: no model learns from it.")
@click.option("--simulated", is_flag=True, help="The images are drawn; results say SIMULATED.")
@click.option("--crop", is_flag=True, help="Take the largest face of each image.")
@with_json
@with_place
def import_(
    folder: Path,
    name: str,
    participant_pattern: str | None,
    external: bool,
    simulated: bool,
    crop: bool,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Import FOLDER, which holds one folder of images for each class.

    Names as in the study, Happy_A/Happy_S1_Face66_.jpg, tell the participant; others need
    --participant-pattern. Whoever imports vouches for the consent of those on the images.
    """
    from femo_tui.store import audit
    from femo_tui.training.duplicates import near_duplicates
    from femo_tui.training.imported import import_folder

    where = place(store, operator)
    done = import_folder(
        where.store_root,
        folder,
        name=name,
        pattern=participant_pattern,
        external=external,
        simulated=simulated,
        crop=crop,
    )
    facts: dict[str, JsonValue] = {
        "data_set": done.name,
        "images": len(done.files),
        "external": external,
    }
    audit.note(where.store_root, "dataset_import", where.operator, facts)
    pairs = near_duplicates(where.store_root, done.name)
    people = sorted({file.participant for file in done.files if file.participant})
    per_class = dict(sorted(Counter(file.class_name for file in done.files).items()))
    if as_json:
        print_json(
            {
                "dataset": done.name,
                "images": len(done.files),
                "classes": per_class,
                "participants": people,
                "external": external,
                "refused": list(done.refused),
                "near_duplicates": [list(pair) for pair in pairs],
            }
        )
        return
    kind = ", for tests only" if external else ""
    click.echo(f"{done.name}: {len(done.files)} images of {len(people)} participants{kind}")
    print_table([(c, str(n)) for c, n in per_class.items()], ("class", "images"))
    for sentence in done.refused:
        click.echo(f"! {sentence}")
    for one, other in pairs:
        click.echo(f"! nearly the same: {one} and {other}")


@dataset.command("list")
@with_json
@with_place
def list_(store: str | None, operator: str | None, as_json: bool) -> None:
    """List the data sets of the store."""
    from femo_tui.training.imported import imported_names, read_imported

    root = place(store, operator).store_root
    found = [read_imported(root, name) for name in imported_names(root)]
    if as_json:
        print_json(
            [
                {
                    "dataset": one.name,
                    "images": len(one.files),
                    "external": one.external,
                    "simulated": one.simulated,
                }
                for one in found
            ]
        )
        return
    rows: list[tuple[str, ...]] = [
        (
            one.name,
            str(len(one.files)),
            "tests only" if one.external else "training",
            "SIMULATED" if one.simulated else "",
        )
        for one in found
    ]
    print_table(rows, ("data set", "images", "for", ""))
