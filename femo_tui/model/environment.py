"""Facts of the room and the electrodes that a methods section needs, asked once a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from femo_tui.errors import UsageError
from femo_tui.model.records import JsonValue

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True)
class EnvironmentFact:
    """One fact: how it is called in files, what it is, and which numbers make sense."""

    name: str
    title: str
    example: str
    low: float | None = None  # None: it is a text
    high: float | None = None
    lasts: bool = True  # it is the same for the whole session


_KNOWN = {
    fact.name: fact
    for fact in (
        EnvironmentFact("electrode_site", "electrode site", "left hand, middle phalanges II, III"),
        EnvironmentFact("electrode_metal", "electrode metal", "nickel"),
        EnvironmentFact("room_c", "room temperature, °C", "21.5", 5.0, 45.0),
        EnvironmentFact("humidity_percent", "relative humidity, %", "45", 1.0, 100.0),
        EnvironmentFact("settled_min", "time since settling, min", "10", 0.0, 240.0, lasts=False),
    )
}
USUAL = tuple(_KNOWN)


def environment_fact(name: str) -> EnvironmentFact:
    """Return what is known of a fact; a lab's own one is a text."""
    return _KNOWN.get(name) or EnvironmentFact(name, name.replace("_", " "), "")


def asked_facts(names: Sequence[str]) -> list[EnvironmentFact]:
    """Return the facts that a protocol asks, the usual ones where it names none."""
    return [environment_fact(name) for name in names or USUAL]


def read_fact(name: str, text: str) -> JsonValue:
    """Return the value of a fact as somebody wrote it: a number where it has to be one.

    Raises:
        UsageError: it is empty, no number, or none that makes sense.
    """
    fact = environment_fact(name)
    text = text.strip()
    if not text:
        raise UsageError(f"fact {name} is empty: leave it out if it was not recorded")
    if fact.low is None or fact.high is None:
        return text
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise UsageError(f"fact {name}={text} is no number, such as {fact.example}") from None
    if not fact.low <= value <= fact.high:  # what is not a number is neither
        raise UsageError(
            f"fact {name}={text}: {fact.title} lies between {fact.low:g} and {fact.high:g}"
        )
    return value


def describe_environment(asked: Sequence[str], facts: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return every fact that was asked or given, in words; what is missing says so."""
    names = dict.fromkeys([*(asked or USUAL), *(name for name in facts if name in _KNOWN), *facts])
    return {
        environment_fact(name).title: str(facts[name]) if name in facts else NOT_RECORDED
        for name in names
    }
