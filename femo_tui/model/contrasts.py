"""A comparison of two classes, written as SPSS writes a pair: `Happy_S - Neutral_S`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from femo_tui.errors import UsageError
from femo_tui.model.conditions import NEUTRAL, Condition, Elicitation

_CLASS = r"([A-Z][a-z0-9]*)_([SA])"
_CONTRAST = re.compile(rf"\s*{_CLASS}\s*[-−]\s*{_CLASS}\s*")


@dataclass(frozen=True, slots=True)
class Contrast:
    """Second less first: what is taken away stands behind the minus sign."""

    second: Condition
    first: Condition

    @property
    def label(self) -> str:
        return f"{self.second.class_name} - {self.first.class_name}"


def parse_contrast(text: str) -> Contrast:
    """Read `Happy_S - Neutral_S`.

    Raises:
        UsageError: it is no pair of two different classes, or takes something from neutral.
    """
    found = _CONTRAST.fullmatch(text)
    if found is None:
        raise UsageError(
            f'{text!r} is no comparison; write two classes, such as "Happy_S - Neutral_S"'
        )
    second, first = (Condition(found[at].lower(), Elicitation(found[at + 1])) for at in (1, 3))
    if second == first:
        raise UsageError(f"{text!r} compares a class with itself; name two classes")
    if second.emotion == NEUTRAL and first.emotion != NEUTRAL:
        raise UsageError(
            f'{text!r} takes an emotion from neutral; write "{first.class_name} -'
            f' {second.class_name}"'
        )
    if first.emotion == NEUTRAL and first.elicitation is not second.elicitation:
        own = Condition(NEUTRAL, second.elicitation).class_name
        raise UsageError(
            f"{text!r} takes neutral from the other elicitation; a class is held against its own,"
            f" {own}"
        )
    return Contrast(second, first)
