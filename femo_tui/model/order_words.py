"""Says in words how a protocol is put in order: for everybody, or for one participant."""

from __future__ import annotations

from femo_tui.model.arrange import Turn
from femo_tui.model.order_rules import AllowedOrders, Layout
from femo_tui.model.protocol import ActedPlace, ClipChoice, Order, OrderKind, StudyProtocol
from femo_tui.model.squares import williams_rows

_CLIPS = {
    ClipChoice.SEEDED: "by seed and number",
    ClipChoice.LATIN_SQUARE: "by turns, crossed with the order",
}


def say_order(written: StudyProtocol, arranged: StudyProtocol | None = None) -> list[str]:
    """Return a sentence for each rule that counts; of `arranged`, what came of it.

    `written` is the protocol as in its file, `arranged` the same for one participant.
    """
    order, layout = written.order, Layout.of(written.steps)
    return [
        _say_blocks(order, layout, arranged),
        *_say_acted(order, arranged),
        *_say_clips(written, arranged),
    ]


def _say_blocks(order: Order, layout: Layout, arranged: StudyProtocol | None) -> str:
    films = [block.name for block in layout.blocks if not block.is_acted]
    acted = len(layout.blocks) - len(films)
    turn = arranged.arranged if arranged is not None else None
    match order.kind:
        case OrderKind.FIXED:
            how = "blocks as written"
        case OrderKind.LATIN_SQUARE:
            rows = len(williams_rows(len(films)))
            if turn is None:
                how = f"Latin square of {len(films)} blocks, {rows} rows, row by number"
            else:
                how = f"row {turn.row} of {rows} of the Latin square of {', '.join(films)}"
            if turn is not None and turn.acted_row is not None:
                how += f"; acted row {turn.acted_row} of {len(williams_rows(acted))}"
        case OrderKind.SHUFFLED:
            number = 1 if turn is None else turn.number
            places = Turn(order, layout, number).acted_places()
            count = AllowedOrders(order, layout, places).count()
            how = f"one of {count:,} orders, by seed {order.seed} and "
            how += "the participant's number" if turn is None else f"number {number}"
    return f"{how}{_say_rules(order)}"


def _say_rules(order: Order) -> str:
    rules = {
        "a neutral film before each other one": order.neutral_before,
        "no emotion twice in a row": order.no_two_alike,
    }
    kept = [rule for rule, is_kept in rules.items() if is_kept]
    return f"; {', '.join(kept)}" if kept else ""


def _say_acted(order: Order, arranged: StudyProtocol | None) -> list[str]:
    if order.acted is ActedPlace.AS_WRITTEN:
        return []
    if order.acted is not ActedPlace.COUNTERBALANCED:
        return [f"acted part {order.acted.value} the films"]
    if arranged is None or arranged.arranged is None:
        return ["acted part before or after the films, by turns"]
    place = "before" if arranged.arranged.acted_first else "after"
    return [f"acted part {place} the films, by turns"]


def _say_clips(written: StudyProtocol, arranged: StudyProtocol | None) -> list[str]:
    several = [step.name for step in written.steps if step.alternates]
    if not several:
        return []
    if written.order.clips is ClipChoice.FIRST:
        return ["clips: the first of each step"]
    how = f"clips {_CLIPS[written.order.clips]}"
    if arranged is None:
        return [how]
    media = {step.name: step.media for step in arranged.steps}
    return [f"{how}: {', '.join(f'{media[name]} in {name}' for name in several)}"]
