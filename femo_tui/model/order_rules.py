"""Which orders of blocks a protocol's rules allow: told of one order, counted and drawn of all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from femo_tui.model.conditions import NEUTRAL
from femo_tui.model.protocol import Order, Step, StepKind

MOST_STATES = 200_000  # of the count below: a second or so; a study has a few dozen


@dataclass(frozen=True, slots=True)
class Block:
    """Steps that stay together. Films change places with films, acted blocks with acted ones."""

    name: str
    steps: tuple[Step, ...]

    @property
    def is_acted(self) -> bool:
        """Return whether it belongs to the acted part: acted steps, and no film."""
        kinds = {step.kind for step in self.steps}
        return StepKind.ACTED in kinds and StepKind.CLIP not in kinds


@dataclass(frozen=True, slots=True)
class Layout:
    """The steps of a protocol as blocks, and what stands between their places."""

    blocks: tuple[Block, ...]  # as written
    loose: tuple[tuple[Step, ...], ...]  # before each place, and after the last one

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Layout:
        """Take steps apart; steps of one block that do not stand together make two blocks."""
        blocks: list[Block] = []
        loose: list[list[Step]] = [[]]
        for step in steps:
            if step.block is None:
                loose[-1].append(step)
            elif blocks and blocks[-1].name == step.block and not loose[-1]:
                blocks[-1] = Block(step.block, (*blocks[-1].steps, step))
            else:
                blocks.append(Block(step.block, (step,)))
                loose.append([])
        return cls(tuple(blocks), tuple(tuple(part) for part in loose))

    def steps(self, order: Sequence[Block]) -> tuple[Step, ...]:
        """Return the steps with the blocks in another order."""
        between = [(*loose, *block.steps) for loose, block in zip(self.loose, order, strict=False)]
        return (*(step for part in between for step in part), *self.loose[-1])


@dataclass(frozen=True, slots=True)
class Breach:
    """A step that stands where a rule does not allow it."""

    step: str
    rule: str  # neutral_before or no_two_alike


@dataclass(frozen=True, slots=True)
class _Past:
    """What the rules remember of the films and acted steps so far."""

    neutral_film: bool = False  # directly before
    emotional: str | None = None  # class of the last one that was not neutral


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the rules see of a film or an acted step; equal marks are interchangeable."""

    neutral_film: bool
    needs_neutral: bool
    emotional: str | None

    def breach(self, past: _Past) -> str | None:
        if self.needs_neutral and not past.neutral_film:
            return "neutral_before"
        if self.emotional is not None and self.emotional == past.emotional:
            return "no_two_alike"
        return None

    def after(self, past: _Past) -> _Past:
        return _Past(self.neutral_film, self.emotional or past.emotional)


def breach(order: Order, steps: Iterable[Step]) -> Breach | None:
    """Return the first step that breaks a rule of `order`, None if all are kept."""
    past = _Past()
    for step in steps:
        mark = _mark(order, step)
        if mark is None:
            continue
        if (rule := mark.breach(past)) is not None:
            return Breach(step.name, rule)
        past = mark.after(past)
    return None


_Kind: TypeAlias = "tuple[bool, tuple[_Mark, ...]]"  # acted, and what the rules see of the block


class AllowedOrders:
    """All orders of the blocks that keep the rules, numbered as the file lists the blocks.

    `acted_places` says of each place whether an acted block stands there.
    """

    def __init__(self, order: Order, layout: Layout, acted_places: Sequence[bool]) -> None:
        self._layout = layout
        self._acted = tuple(acted_places)
        self._loose = [_marks(order, part) for part in layout.loose]
        self._kind_of = [(b.is_acted, _marks(order, b.steps)) for b in layout.blocks]
        self._kinds = list(dict.fromkeys(self._kind_of))
        there = Counter(self._kind_of)
        self._all = tuple(there[kind] for kind in self._kinds)
        self._count: Callable[[_Past, tuple[int, ...]], int] = cache(self._count_after)

    @property
    def too_many(self) -> bool:
        """Return whether the blocks are too many and too different to be counted."""
        return math.prod(n + 1 for n in self._all) * len(self._kinds) > MOST_STATES

    def count(self) -> int:
        """Return how many orders there are."""
        return self._count(_Past(), self._all)

    def order(self, index: int) -> list[Block]:
        """Return the order of a number from 0, the one nearest to the file first."""
        past, left, chosen = _Past(), self._all, list[Block]()
        open_ = list(range(len(self._kind_of)))
        while open_:
            before = _walk(past, self._loose[len(chosen)])
            assert before is not None
            for block in open_:
                kind = self._kind_of[block]
                then = self._then(before, kind, len(chosen))
                if then is None:
                    continue
                rest = self._without(left, kind)
                count = self._count(then, rest)
                if index < count:
                    past, left = then, rest
                    chosen.append(self._layout.blocks[block])
                    open_.remove(block)
                    break
                index -= count
        return chosen

    def _count_after(self, past: _Past, left: tuple[int, ...]) -> int:
        place = len(self._acted) - sum(left)
        before = _walk(past, self._loose[place])
        if before is None:
            return 0
        if place == len(self._acted):
            return 1
        total = 0
        for kind, there in zip(self._kinds, left, strict=True):
            then = self._then(before, kind, place) if there else None
            if then is not None:
                total += there * self._count(then, self._without(left, kind))
        return total

    def _then(self, before: _Past, kind: _Kind, place: int) -> _Past | None:
        """Return what is remembered after a block at a place, None where it may not stand."""
        is_acted, marks = kind
        return _walk(before, marks) if is_acted == self._acted[place] else None

    def _without(self, left: tuple[int, ...], kind: _Kind) -> tuple[int, ...]:
        one = self._kinds.index(kind)
        return (*left[:one], left[one] - 1, *left[one + 1 :])


def _mark(order: Order, step: Step) -> _Mark | None:
    """Return what the rules see of a step, None where they look past it."""
    is_film = step.kind is StepKind.CLIP
    if not (order.neutral_before or order.no_two_alike):
        return None
    if not is_film and step.kind is not StepKind.ACTED:
        return None
    condition = step.condition
    emotional = condition is not None and condition.emotion != NEUTRAL
    return _Mark(
        neutral_film=order.neutral_before and is_film and condition is not None and not emotional,
        needs_neutral=order.neutral_before and is_film and emotional,
        emotional=condition.class_name if order.no_two_alike and condition and emotional else None,
    )


def _marks(order: Order, steps: Iterable[Step]) -> tuple[_Mark, ...]:
    return tuple(mark for step in steps if (mark := _mark(order, step)) is not None)


def _walk(past: _Past, marks: Iterable[_Mark]) -> _Past | None:
    for mark in marks:
        if mark.breach(past) is not None:
            return None
        past = mark.after(past)
    return past
