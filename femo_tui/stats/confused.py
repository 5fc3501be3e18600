"""The classes that a face model confuses: does skin conductance tell them apart?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from femo_tui.errors import UsageError
from femo_tui.model.conditions import NEUTRAL
from femo_tui.model.contrasts import Contrast, parse_contrast

MOST = 3  # pairs: more would be a search for something that differs


@dataclass(frozen=True, slots=True)
class Confused:
    """What a model takes for each other, on people whom it has not seen."""

    model: str
    pairs: tuple[tuple[Contrast, float], ...]  # with the share of their images, most first

    @property
    def title(self) -> str:
        """Return what a family of these comparisons is called."""
        shares = ", ".join(f"{one.label} in {100 * share:.0f} %" for one, share in self.pairs)
        return f"confused by model {self.model} on people it has not seen ({shares} of images)"


def confused_by(model: str, most_confused: Iterable[tuple[str, str, float]]) -> Confused:
    """Return the pairs to compare; `most_confused` are two classes and a share, most first.

    Neutral is held against its own elicitation only, so other pairs with it are passed over.
    """
    pairs = []
    for one, other, share in most_confused:
        second, first = (other, one) if one.lower().startswith(NEUTRAL) else (one, other)
        try:
            pairs.append((parse_contrast(f"{second} - {first}"), share))
        except UsageError:
            continue
    return Confused(model, tuple(pairs[:MOST]))
