"""The `[order]`, `[film_length]` and `[thresholds]` tables of a protocol file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from femo_tui.model.order_check import order_mistakes
from femo_tui.model.protocol import (
    ActedPlace,
    ClipChoice,
    FilmLength,
    Order,
    OrderKind,
    Step,
    Thresholds,
)
from femo_tui.model.toml_table import Table

_THRESHOLD_TO = {"longest_gap_s": 60, "onset_uncertainty_s": 10, "sharpness": 1e6}  # others: 1
_HIGHEST_SEED = 2**53  # what JSON's readers keep exactly
_LONGEST_TOLERANCE_S = 60
_REFUSE, _WARN = "refuse", "warn"


def read_thresholds(top: Table) -> Thresholds:
    """Return what a window must reach; the usual values where they are not given."""
    table = top.table("thresholds")
    if table is None:
        return Thresholds()
    given = {
        part.name: table.number(part.name, 0, _THRESHOLD_TO.get(part.name, 1))
        for part in fields(Thresholds)
    }
    table.end()
    return Thresholds(**{name: value for name, value in given.items() if value is not None})


def read_film_length(top: Table) -> FilmLength:
    """Return what is done about a film that is longer or shorter than declared."""
    table = top.table("film_length")
    usual = FilmLength()
    if table is None:
        return usual
    tolerance_s = table.number("tolerance_s", 0, _LONGEST_TOLERANCE_S)
    action = table.choice("action", (_REFUSE, _WARN))
    table.end()
    return FilmLength(
        tolerance_s=usual.tolerance_s if tolerance_s is None else tolerance_s,
        refuse=usual.refuse if action is None else action == _REFUSE,
    )


def read_order(top: Table) -> Order:
    """Return the order; that it can be kept is `check_order`'s."""
    table = top.table("order")
    if table is None:
        return Order()
    kind = table.choice("kind", [kind.value for kind in OrderKind])
    clips = table.choice("clips", [choice.value for choice in ClipChoice])
    acted = table.choice("acted", [place.value for place in ActedPlace])
    order = Order(
        kind=OrderKind(kind or OrderKind.FIXED),
        seed=table.whole("seed", 0, _HIGHEST_SEED) or 0,
        clips=ClipChoice(clips or ClipChoice.FIRST),
        acted=ActedPlace(acted or ActedPlace.AS_WRITTEN),
        neutral_before=table.flag("neutral_before"),
        no_two_alike=table.flag("no_two_alike"),
    )
    table.end()
    return order


def check_order(top: Table, order: Order, tables: Sequence[Table], steps: Sequence[Step]) -> None:
    """Note what keeps the order from being kept, at its key or at the step; `tables` are theirs.

    Where a step's own mistakes hide what it is, nothing can be said of its order.
    """
    if not all(map(_is_sound, tables, steps)):
        return
    step_tables = {step.name: table for step, table in zip(steps, tables, strict=True)}
    variant = top.places("order", "without", "extends")  # where a base's steps are not its fault
    for mistake in order_mistakes(order, steps):
        if mistake.step is not None:
            step_tables[mistake.step].wrong(mistake.key, mistake.what, also=variant)
        elif (table := top.table("order")) is not None:
            table.wrong(mistake.key, mistake.what)


def _is_sound(table: Table, step: Step) -> bool:
    """Return whether what an order looks at was read, and no stand-in is in its place."""
    return (
        table.text("kind") == step.kind.value
        and table.has("emotion") == (step.condition is not None)
        and table.has("block") == (step.block is not None)
        and (not table.has("clip") or bool(step.clips))
    )
