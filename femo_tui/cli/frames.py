"""Face frames on the command line: which are chosen, and which were rejected by eye."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.cli.completion import complete_run
from femo_tui.model.counting import plural

if TYPE_CHECKING:
    from femo_tui.training.choice import ChosenFrame


@click.group()
def frames() -> None:
    """Choose the frames to learn from; accept or reject single ones by eye."""


@frames.command()
@click.option("--weights", default="imagenet", show_default=True, help="imagenet, none, or a file.")
@with_json
@with_place
def select(weights: str, store: str | None, operator: str | None, as_json: bool) -> None:
    """Choose both sets, the even one and the study's, and count them.

    The study's set takes what differs most from a participant's neutral in MobileNet's features,
    without weights in HOG's. A training chooses by the same rules.
    """
    from femo_tui.training.choice import choose
    from femo_tui.training.request import TrainRequest

    chosen = choose(TrainRequest(place(store, operator).store_root, weights))
    if chosen.problem:
        click.echo(chosen.problem, err=True)
    groups: dict[tuple[str, str], list[ChosenFrame]] = {}
    for frame in chosen.frames:
        groups.setdefault((frame.participant, frame.class_name), []).append(frame)
    if as_json:
        print_json(
            {
                "features": chosen.features,
                "even": sum(frame.even for frame in chosen.frames),
                "study": sum(frame.study for frame in chosen.frames),
                "groups": [
                    {
                        "participant": participant,
                        "class": class_name,
                        "candidates": len(group),
                        "even": sum(frame.even for frame in group),
                        "study": sum(frame.study for frame in group),
                    }
                    for (participant, class_name), group in groups.items()
                ],
                "left_out": [
                    {"participant": o.participant, "what": o.what, "reason": o.reason}
                    for o in chosen.left_out
                ],
            }
        )
        return
    rows: list[tuple[str, ...]] = [
        (
            participant,
            class_name,
            str(len(group)),
            str(sum(frame.even for frame in group)),
            str(sum(frame.study for frame in group)),
        )
        for (participant, class_name), group in groups.items()
    ]
    print_table(rows, ("who", "class", "candidates", "even", "study's"))
    for out in chosen.left_out:
        what = ": ".join(part for part in (out.participant, out.what, out.reason) if part)
        click.echo(f"left out  {what}")


@frames.command("list")
@click.argument("run", shell_complete=complete_run)
@click.option("--show-class", is_flag=True, help="A review by eye hides the class.")
@with_json
@with_place
def list_(
    run: str, show_class: bool, store: str | None, operator: str | None, as_json: bool
) -> None:
    """List the faces of RUN (S01, a folder, or a data set) with what was said of them.

    The order is shuffled and the class hidden, so that the eye judges the face alone.
    """
    from femo_tui.training.review import faces_of

    found = faces_of(place(store, operator).store_root, run, in_order=show_class)
    if as_json:
        print_json(
            [
                {
                    "frame": face.frame,
                    "accepted": face.accepted,
                    "sharpness": face.sharpness,
                    **({"class": face.class_name, "file": face.file} if show_class else {}),
                }
                for face in found
            ]
        )
        return
    rows: list[tuple[str, ...]] = [
        (
            str(face.frame),
            "" if face.accepted else "rejected",
            "" if face.sharpness is None else f"{face.sharpness:.0f}",
            *((face.class_name, face.file) if show_class else ()),
        )
        for face in found
    ]
    shown = ("class", "file") if show_class else ()
    print_table(rows, ("frame", "mark", "sharpness", *shown))


@frames.command()
@click.argument("run", shell_complete=complete_run)
@click.argument("numbers", nargs=-1, required=True, type=int)
@with_place
def accept(run: str, numbers: tuple[int, ...], store: str | None, operator: str | None) -> None:
    """Accept frames of RUN that were rejected."""
    _mark(run, numbers, store, operator, accepted=True)


@frames.command()
@click.argument("run", shell_complete=complete_run)
@click.argument("numbers", nargs=-1, required=True, type=int)
@with_place
def reject(run: str, numbers: tuple[int, ...], store: str | None, operator: str | None) -> None:
    """Reject frames of RUN by their numbers: nothing is learnt from them."""
    _mark(run, numbers, store, operator, accepted=False)


def _mark(
    run: str, numbers: tuple[int, ...], store: str | None, operator: str | None, *, accepted: bool
) -> None:
    from femo_tui.training.review import mark

    where = place(store, operator)
    folder: Path = mark(where.store_root, run, numbers, accepted=accepted, operator=where.operator)
    word = "accepted" if accepted else "rejected"
    click.echo(f"{plural(len(numbers), 'frame')} of {folder.name} {word}")
