"""Variants of protocols: what `extends` takes from another file, and what the variant changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from femo_tui.errors import UnknownName
from femo_tui.model.protocol_words import LONGEST_NAME, OF_A_CLIP
from femo_tui.model.toml_table import suggestion
from femo_tui.model.toml_tree import Leaf, Mistakes, Place, Source, Tree, Trees

FindBase: TypeAlias = Callable[[str, str], Source]
"""Return the protocol of a name that the file of a name extends, or raise UnknownName."""

_MERGED = ("thresholds", "order", "film_length", "scales")  # key by key; other keys are replaced
_OWN = ("name",)  # never taken from the base
_NAME = re.compile(r"[\w][\w .-]{0,99}")  # of a file, without .toml; no path
_PLACES = ("after", "before")


@dataclass(frozen=True, slots=True)
class Whole:
    """A protocol's tables with all that it extends, and the files that they come from."""

    tree: Tree
    sources: tuple[Source, ...]  # the file itself, its base, its base's base, …


def with_bases(source: Source, find_base: FindBase, mistakes: Mistakes) -> Whole:
    """Return a file's tables, merged into those of the protocol it extends.

    Raises:
        ProtocolError: a file is no TOML, a base is missing, or a protocol extends itself.
    """
    chain: list[tuple[Source, Tree]] = []
    while True:
        tree = source.parse()
        chain.append((source, tree))
        extends = tree.parts.get("extends")
        if extends is None:
            break
        source = _base(extends, chain, find_base, mistakes)
    _, merged = chain[-1]
    for _, variant in reversed(chain[:-1]):
        merged = _Merger(mistakes).merge(merged, variant)
    return Whole(merged, tuple(source for source, _ in chain))


def _base(
    extends: Leaf | Tree | Trees,
    chain: Sequence[tuple[Source, Tree]],
    find_base: FindBase,
    mistakes: Mistakes,
) -> Source:
    name = extends.value if isinstance(extends, Leaf) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        mistakes.add([extends.place], 'extends names no protocol; write extends = "wile2018"')
        mistakes.raise_now()
    files = [source.file_name for source, _ in chain]
    try:
        base = find_base(name, files[-1])
    except UnknownName as problem:
        mistakes.add([extends.place], f"extends: {problem}")
        mistakes.raise_now()
    if base.file_name in files:
        mistakes.add(
            [extends.place],
            f"extends {name!r}, which extends this protocol again; let one of them stand alone",
        )
        mistakes.raise_now()
    return base


class _Merger:
    """Merges one variant into its base; what it says of steps that are not there is a mistake."""

    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes

    def merge(self, base: Tree, variant: Tree) -> Tree:
        parts = {key: part for key, part in base.parts.items() if key not in (*_OWN, "step")}
        for key, part in variant.parts.items():
            below = base.parts.get(key)
            if key in _MERGED and isinstance(part, Tree) and isinstance(below, Tree):
                parts[key] = Tree(part.place, {**below.parts, **part.parts})
            elif key != "step":
                parts[key] = part
        steps = self._steps(base, variant)
        if isinstance(steps, tuple) and steps:
            parts["step"] = Trees(steps[0].place, steps)
        elif not isinstance(steps, tuple):
            parts["step"] = steps
        return Tree(variant.place, parts)

    def _steps(self, base: Tree, variant: Tree) -> tuple[Tree, ...] | Leaf | Tree:
        """Return the steps; what is no list of steps is left for the reader to tell."""
        below, given = base.parts.get("step"), variant.parts.get("step")
        steps = list(below.items) if isinstance(below, Trees) else []
        self._leave_out(steps, variant)
        if given is not None and not isinstance(given, Trees):
            return given
        if below is not None and not isinstance(below, Trees):
            return below
        for step in given.items if given is not None else ():
            self._put(steps, step)
        return tuple(steps)

    def _leave_out(self, steps: list[Tree], variant: Tree) -> None:
        without = variant.parts.get("without")
        if without is None:
            return
        names = without.value if isinstance(without, Leaf) else None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._mistakes.add(
                [without.place], 'without is no list of steps; write without = ["…", "…"]'
            )
            return
        for name in names:
            at = _index(steps, name)
            if at is None:
                self._unknown(without.place, "without: step", name, steps)
            else:
                del steps[at]

    def _put(self, steps: list[Tree], step: Tree) -> None:
        """Put a new step where it says, or change the one of its name."""
        name = _text(step, "name")
        to = None if name is None else _index(steps, name)
        parts = {key: part for key, part in step.parts.items() if key not in _PLACES}
        places = [key for key in _PLACES if key in step.parts]
        if to is not None:
            old = steps.pop(to)
            kept = {key: part for key, part in old.parts.items() if key not in _displaced(step)}
            parts = {**kept, **parts}
        elif not places and name is not None:
            self._mistakes.add(
                [step.parts["name"].place],
                f"step {name[:LONGEST_NAME]!r} is new; say where it stands with after = …, or"
                f" correct its name: {suggestion(name, _names(steps))}",
            )
            if "kind" not in parts:
                return  # it was meant to change a step, and would only be told to be incomplete
        said = self._place(steps, step, places, f"step {(name or '')[:LONGEST_NAME]!r}: ")
        to = to if said is None else said
        steps.insert(len(steps) if to is None else to, Tree(step.place, parts))

    def _place(self, steps: list[Tree], step: Tree, given: Sequence[str], label: str) -> int | None:
        """Return where a step says that it stands, None where it says nothing, or nothing right."""
        if len(given) > 1:
            places = [step.parts[key].place for key in given]
            self._mistakes.add(places, f"{label}after and before together; give one of them")
            return None
        for key in given:
            place, other = step.parts[key].place, _text(step, key)
            if other is None:
                self._mistakes.add([place], f'{label}{key} names no step; write {key} = "…"')
            elif (at := _index(steps, other)) is not None:
                return at + (key == "after")
            else:
                self._unknown(place, f"{label}{key}: step", other, steps)
        return None

    def _unknown(self, place: Place, what: str, name: str, steps: list[Tree]) -> None:
        self._mistakes.add(
            [place], f"{what} {name[:60]!r} is unknown; {suggestion(name, _names(steps))}"
        )


def _displaced(step: Tree) -> tuple[str, ...]:
    """Return the base's keys that make way for what a variant's step gives."""
    if "clip" in step.parts:
        return OF_A_CLIP
    return ("clip",) if "media" in step.parts else ()


def _text(step: Tree, key: str) -> str | None:
    part = step.parts.get(key)
    value = part.value if isinstance(part, Leaf) else None
    return value.strip() if isinstance(value, str) else None


def _names(steps: Sequence[Tree]) -> list[str]:
    return [name for step in steps if (name := _text(step, "name")) and name.isprintable()]


def _index(steps: Sequence[Tree], name: str) -> int | None:
    return next((i for i, step in enumerate(steps) if _text(step, "name") == name), None)
