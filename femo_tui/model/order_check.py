"""Whether an order can be kept: told when the protocol is read, never at the participant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from femo_tui.model.arrange import Turn
from femo_tui.model.order_rules import AllowedOrders, Breach, Layout, breach
from femo_tui.model.protocol import ActedPlace, ClipChoice, Order, OrderKind, Step, StepKind

MOST_BLOCKS = 100
_TO_DO = {
    "neutral_before": "no neutral film directly before it; put one there",
    "no_two_alike": "the emotion before it was the same; put another one between",
}

_TO_DO_IN_A_SQUARE = {  # in which every block comes after every other one
    "neutral_before": "put a neutral film before it, into the same block",
    "no_two_alike": 'give each block another emotion, or write kind = "shuffled"',
}


@dataclass(frozen=True, slots=True)
class OrderMistake:
    """What cannot be kept, and where to look: a key of `[order]`, or a step."""

    what: str
    key: str | None = None
    step: str | None = None


def order_mistakes(order: Order, steps: Sequence[Step]) -> Iterator[OrderMistake]:
    """Yield what is wrong with an order for these steps: for any participant, not only the next."""
    layout = Layout.of(steps)
    torn = [name for name, n in Counter(block.name for block in layout.blocks).items() if n > 1]
    for name in torn:
        again = [block.steps[0].name for block in layout.blocks if block.name == name][1]
        yield OrderMistake(
            f"block {name!r} stands in two places; put its steps together", "block", again
        )
    yield from _vain(order, layout)
    if order.acted is not ActedPlace.AS_WRITTEN:
        yield from _immovable(order, layout)
    if len(layout.blocks) > MOST_BLOCKS:
        yield OrderMistake(f"{len(layout.blocks)} blocks; use at most {MOST_BLOCKS}", "kind")
    elif not torn:
        yield from _broken(order, layout)


def _vain(order: Order, layout: Layout) -> Iterator[OrderMistake]:
    """Yield choices that would silently change nothing."""
    movable = Counter(block.is_acted for block in layout.blocks)
    if order.kind is not OrderKind.FIXED and max(movable.values(), default=0) < 2:
        yield OrderMistake(
            f"{order.kind.value} with fewer than two blocks changes nothing;"
            ' give steps that change places a block = "…"',
            "kind",
        )
    if order.clips is not ClipChoice.FIRST and not any(
        step.alternates for step in layout.steps(layout.blocks)
    ):
        yield OrderMistake(
            f"clips = {order.clips.value!r}, and no step has several; add a [[step.clip]] for each",
            "clips",
        )


def _immovable(order: Order, layout: Layout) -> Iterator[OrderMistake]:
    """Yield steps that would have to change places and cannot."""
    steps = layout.steps(layout.blocks)
    for kind, other in ((StepKind.CLIP, "film"), (StepKind.ACTED, "acted step")):
        for step in steps:
            if step.kind is kind and step.block is None:
                yield OrderMistake(
                    f"acted = {order.acted.value!r} moves blocks, and this {other} has none;"
                    ' add block = "…"',
                    "name",
                    step.name,
                )
    mixed = False
    for block in layout.blocks:
        if {StepKind.CLIP, StepKind.ACTED} <= {step.kind for step in block.steps}:
            mixed = True
            yield OrderMistake(
                f"block {block.name!r} holds films and acted steps; acted ="
                f" {order.acted.value!r} needs them in blocks of their own",
                "block",
                block.steps[0].name,
            )
    if not mixed and not any(block.is_acted for block in layout.blocks):
        yield OrderMistake(
            f"acted = {order.acted.value!r}, and no block is acted; give the acted steps a block",
            "acted",
        )


def _broken(order: Order, layout: Layout) -> Iterator[OrderMistake]:
    """Yield the rules that an order breaks."""
    if not (order.neutral_before or order.no_two_alike):
        return
    if order.kind is OrderKind.SHUFFLED:
        yield from _no_order(order, layout)
        return
    for number in range(1, Turn(order, layout, 1).cycle + 1):
        turn = Turn(order, layout, number)
        broken = breach(order, turn.steps())
        if broken is not None:
            yield _told(broken, turn)
            return


def _told(broken: Breach, turn: Turn) -> OrderMistake:
    what = _TO_DO[broken.rule]
    if turn.row is None:
        return OrderMistake(f"{what}, or leave {broken.rule} out", "name", broken.step)
    return OrderMistake(
        f"row {turn.row} of the Latin square breaks {broken.rule} at step {broken.step!r};"
        f" {_TO_DO_IN_A_SQUARE[broken.rule]}",
        broken.rule,
    )


def _no_order(order: Order, layout: Layout) -> Iterator[OrderMistake]:
    for number in (1, 2) if order.acted is ActedPlace.COUNTERBALANCED else (1,):
        places = Turn(order, layout, number).acted_places()
        allowed = AllowedOrders(order, layout, places)
        rules = [rule for rule in _TO_DO if getattr(order, rule)]
        if allowed.too_many:
            yield OrderMistake(
                "these blocks are too many and too different to be shuffled by rules; use fewer",
                rules[0],
            )
            return
        if allowed.count() == 0:
            to_do = "put each neutral film into the block of the film that it precedes, or "
            yield OrderMistake(
                f"no order of these blocks keeps {' and '.join(rules)};"
                f" {to_do if order.neutral_before else ''}add blocks of other emotions",
                rules[0],
            )
            return
