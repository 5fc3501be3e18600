"""In what order participants met the emotions, and whether that was the same for everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from femo_tui.model.conditions import NEUTRAL, Elicitation
from femo_tui.stats.figures import WindowFigures
from femo_tui.stats.measures import class_of
from femo_tui.stats.results import StudyResults

_WORDS = {Elicitation.SPONTANEOUS: "spontaneous", Elicitation.ACTED: "acted"}


def same_order(results: StudyResults) -> str:
    """Return what came in one order for all of two or more participants; empty where none did.

    Neutral is left out: it stands between the others.
    """
    met = [person.windows for person in results.participants]
    return "; ".join([*_emotions(met), *_blocks(met)]) if len(met) > 1 else ""


def other_orders(results: StudyResults) -> str:
    """Return which emotions came in different orders; empty where none did."""
    met = [person.windows for person in results.participants]
    return ", ".join(
        _WORDS[elicitation]
        for elicitation in Elicitation
        if len(met) > 1 and not _is_one_order(_orders(met, elicitation))
    )


def _emotions(met: Sequence[Sequence[WindowFigures]]) -> Iterator[str]:
    for elicitation in Elicitation:
        orders = _orders(met, elicitation)
        if len(orders[0]) > 1 and _is_one_order(orders):
            yield f"{_WORDS[elicitation]} {', '.join(orders[0])}"


def _orders(
    met: Sequence[Sequence[WindowFigures]], elicitation: Elicitation
) -> list[tuple[str, ...]]:
    """Return the different orders of one elicitation's emotions, the longest first."""
    return sorted({_order(windows, elicitation) for windows in met}, key=len, reverse=True)


def _is_one_order(orders: Sequence[tuple[str, ...]]) -> bool:
    return all(_is_within(order, orders[0]) for order in orders)


def _order(windows: Sequence[WindowFigures], elicitation: Elicitation) -> tuple[str, ...]:
    """Return the emotions of one elicitation by when each was met first."""
    found = [condition for window in windows if (condition := class_of(window)) is not None]
    emotions = (c.emotion for c in found if c.elicitation is elicitation and c.emotion != NEUTRAL)
    return tuple(dict.fromkeys(emotions))


def _is_within(order: Sequence[str], longest: Sequence[str]) -> bool:
    """Return whether an order is another one with some left out: who lacks a class has no say."""
    left = iter(longest)
    return all(emotion in left for emotion in order)


def _blocks(met: Sequence[Sequence[WindowFigures]]) -> Iterator[str]:
    for first, second in (tuple(Elicitation), tuple(reversed(Elicitation))):
        spans = [(_onsets(windows, first), _onsets(windows, second)) for windows in met]
        both = [(one, other) for one, other in spans if one and other]
        if both and all(max(one) < min(other) for one, other in both):
            yield f"{_WORDS[first]} before {_WORDS[second]}"


def _onsets(windows: Sequence[WindowFigures], elicitation: Elicitation) -> list[float]:
    return [
        window.onset_s
        for window in windows
        if (condition := class_of(window)) is not None and condition.elicitation is elicitation
    ]
