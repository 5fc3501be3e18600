"""A protocol as one participant goes through it: its blocks in order, a clip for each film step.

Everything follows from the file, its seed and the participant's number, and can be done again with
pencil, paper and SHA-256:

* *fixed*: blocks as written. *latin_square*: row (number − 1) mod rows of Williams' square of the
  blocks as written. *shuffled*: all orders that keep the rules are listed as a dictionary would
  list them, the block that is written first as the first letter; the participant gets the one
  whose place, from 0, is SHA-256 of `seed/number/blocks`, as a number, mod their count.
* Film blocks change places with film blocks, acted blocks with acted ones. Where the acted part
  goes before or after the films, the places of all blocks are given out anew; steps without a
  block stay where they are. *counterbalanced* alternates, and is crossed with the square's rows.
* Steps with the same clips share them out, so nobody sees a film twice before all were shown:
  *seeded* by one order of the clips, drawn in the same way from `seed/number/<first such step>`;
  *latin_square* by turning the list on by one from step to step and from participant to
  participant, crossed with the rows and with whatever was crossed before (see `squares`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

from femo_tui.errors import ProtocolError, UsageError
from femo_tui.model.order_rules import AllowedOrders, Block, Layout, breach
from femo_tui.model.protocol import (
    ActedPlace,
    Arrangement,
    ClipChoice,
    Order,
    OrderKind,
    Step,
    StudyProtocol,
)
from femo_tui.model.records import JsonValue
from femo_tui.model.squares import Crossing, williams_rows


def arrange(protocol: StudyProtocol, participant: str, number: int) -> StudyProtocol:
    """Return the protocol with its blocks and clips as the participant of a number gets them.

    `number` is the participant's in the order of registration, from 1; `protocol` is as written.

    Raises:
        UsageError: there is no such number.
        ProtocolError: no order keeps the protocol's rules, which reading its file would have told.
    """
    if number < 1:
        raise UsageError(f"participant number {number}: numbers begin at 1")
    turn = Turn(protocol.order, Layout.of(protocol.steps), number)
    steps = turn.steps()
    broken = breach(protocol.order, steps)
    if broken is not None:
        raise ProtocolError(f"{protocol.name}: step {broken.step!r} breaks {broken.rule}")
    return replace(
        protocol,
        steps=turn.with_clips(steps),
        arranged=Arrangement(
            participant=participant,
            number=number,
            seed=protocol.order.seed,
            row=turn.row,
            acted_row=turn.acted_row,
            acted_first=turn.acted_first,
        ),
    )


def arrange_again(protocol: StudyProtocol, facts: dict[str, JsonValue]) -> StudyProtocol:
    """Return the protocol as a run went through it; `facts` is the run's `run_start.protocol`.

    A run from before protocols were arranged had it as written.
    """
    was = facts.get("arranged")
    number = was.get("number") if isinstance(was, dict) else None
    if not isinstance(was, dict) or not isinstance(number, int):
        return protocol
    return arrange(protocol, str(was.get("participant", "")), number)


class Turn:
    """What falls to the participant of one number."""

    def __init__(self, order: Order, layout: Layout, number: int) -> None:
        self._order = order
        self._layout = layout
        self._number = number
        films = [block for block in layout.blocks if not block.is_acted]
        acted = [block for block in layout.blocks if block.is_acted]
        in_square = order.kind is OrderKind.LATIN_SQUARE
        rows = williams_rows(len(films)) if in_square else (range(len(films)),)
        acted_rows = williams_rows(len(acted)) if in_square else (range(len(acted)),)
        self._crossing = Crossing(number, len(rows))
        row = self._crossing.row
        self.acted_first = order.acted is ActedPlace.BEFORE or (
            order.acted is ActedPlace.COUNTERBALANCED and self._crossing.level(2) == 1
        )
        acted_row = self._crossing.level(len(acted_rows))
        self.row = row + 1 if in_square else None
        self.acted_row = acted_row + 1 if in_square and len(acted) > 1 else None
        self._films = [films[place] for place in rows[row]]
        self._acted = [acted[place] for place in acted_rows[acted_row]]

    @property
    def cycle(self) -> int:
        """Return after how many participants orders come again, clips left out."""
        return self._crossing.combinations

    def steps(self) -> tuple[Step, ...]:
        """Return the steps in this participant's order.

        Raises:
            ProtocolError: blocks are shuffled, and no order keeps the rules.
        """
        return self._layout.steps(self._blocks())

    def acted_places(self) -> list[bool]:
        """Return of each place of a block whether an acted one stands there."""
        as_written = [block.is_acted for block in self._layout.blocks]
        if self._order.acted is ActedPlace.AS_WRITTEN:
            return as_written
        return sorted(as_written, reverse=self.acted_first)

    def with_clips(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """Return the steps, each showing the clip of this participant's."""
        if self._order.clips is ClipChoice.FIRST:
            return tuple(steps)
        media_of: dict[str, str] = {}
        for sharing in _sharing(self._layout):
            clips = self._clips_in_turn(sharing[0])
            media_of |= {step.name: clips[i % len(clips)] for i, step in enumerate(sharing)}
        return tuple(
            step.showing(media_of[step.name]) if step.name in media_of else step for step in steps
        )

    def _blocks(self) -> Sequence[Block]:
        places = self.acted_places()
        if self._order.kind is OrderKind.SHUFFLED:
            allowed = AllowedOrders(self._order, self._layout, places)
            if (count := allowed.count()) == 0:
                raise ProtocolError("no order of the blocks keeps the protocol's rules")
            return allowed.order(self._draw("blocks", count))
        films, acted = iter(self._films), iter(self._acted)
        return [next(acted if is_acted else films) for is_acted in places]

    def _clips_in_turn(self, first: Step) -> list[str]:
        """Return the films of a step in the order in which steps that share them show them."""
        media = [clip.media for clip in first.clips]
        if self._order.clips is ClipChoice.SEEDED:
            return _nth_order(media, self._draw(first.name, math.factorial(len(media))))
        turned = self._crossing.level(len(media))
        return media[turned:] + media[:turned]

    def _draw(self, what: str, count: int) -> int:
        """Return a number below `count`, the same on every machine; 2²⁵⁶ hides its bias."""
        said = f"{self._order.seed}/{self._number}/{what}"
        return int.from_bytes(hashlib.sha256(said.encode()).digest(), "big") % count


def _sharing(layout: Layout) -> list[list[Step]]:
    """Return the steps with several clips, those with the same ones together, as written."""
    together: dict[frozenset[str], list[Step]] = {}
    for step in layout.steps(layout.blocks):
        if step.alternates:
            together.setdefault(frozenset(clip.media for clip in step.clips), []).append(step)
    return list(together.values())


def _nth_order(names: Sequence[str], n: int) -> list[str]:
    """Return the order of a number from 0, as a dictionary lists them with `names` as alphabet."""
    left, order = list(names), []
    for size in range(len(left), 0, -1):
        place, n = divmod(n, math.factorial(size - 1))
        order.append(left.pop(place))
    return order
