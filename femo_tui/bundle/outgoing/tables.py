"""Tables and JSON as BIDS has them: tabs, `n/a` where there is nothing, a dictionary of columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from femo_tui.model.records import JsonValue

Value: TypeAlias = "str | int | float | bool | None"
MISSING = "n/a"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, and what its sidecar says of it."""

    name: str
    description: str
    units: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, JsonValue]:
        facts: dict[str, JsonValue] = {"Description": self.description}
        if self.units:
            facts["Units"] = self.units
        if self.levels:
            facts["Levels"] = dict(self.levels)
        return facts


def cell(value: Value) -> str:
    """Return a value as a cell, numbers with every digit that they have."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None | "":
            return MISSING
        case float():
            return repr(value) if math.isfinite(value) else MISSING
        case _:
            return " ".join(str(value).split())  # a tab or a line end would begin another cell


def row(values: Iterable[Value]) -> bytes:
    return "\t".join(map(cell, values)).encode() + b"\n"


def table(columns: Sequence[Column], rows: Iterable[Mapping[str, Value]]) -> bytes:
    """Return a table with its header; a row may lack columns."""
    lines = [row(column.name for column in columns)]
    lines += [row(one.get(column.name) for column in columns) for one in rows]
    return b"".join(lines)


def sidecar(columns: Sequence[Column], facts: Mapping[str, JsonValue] | None = None) -> bytes:
    """Return the JSON beside a table: facts about it, then its columns."""
    return to_json({**(facts or {}), **{column.name: column.facts() for column in columns}})


def to_json(facts: Mapping[str, JsonValue], *, indent: int | None = 2) -> bytes:
    """Return facts as JSON, indented for people; without it is much faster where there are many."""
    return (json.dumps(facts, ensure_ascii=False, allow_nan=False, indent=indent) + "\n").encode()
