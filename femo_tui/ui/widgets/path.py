"""The lines of the set-up: the path with its stages, what can be chosen, the one next action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from femo_tui.model.participants import Participant, Scope
from femo_tui.model.protocol import StudyProtocol
from femo_tui.ui import words


def path_line(stages: Sequence[str], here: str, chosen: Mapping[str, str]) -> Content:
    """Return the stages: those behind with what was chosen, this one, those to come."""
    place = stages.index(here)
    parts: list[Content] = []
    for index, name in enumerate(stages):
        if index < place:
            choice = f" {chosen[name]}" if name in chosen else ""
            parts.append(Content.assemble(("✓ ", "$success"), name, (choice, "bold")))
        elif index == place:
            parts.append(Content.styled(f"● {name}", "$accent bold"))
        else:
            parts.append(Content.styled(f"· {name}", "$quiet"))
    parts.append(Content.styled("· start", "$quiet"))
    return Content("   ").join(parts)


def person_line(person: Participant, run_count: int) -> Content:
    """Return a participant as one can be chosen: code, consent, runs so far."""
    given = ", ".join(scope.value for scope in Scope if person.allows(scope)) or "none"
    runs = words.plural(run_count, "run") if run_count else "no run"
    return Content.assemble(
        (f"{person.code:<13}", "bold"), (f"consent {given:<46}", "$quiet"), runs
    )


def protocol_line(protocol: StudyProtocol, *, usual: bool) -> Content:
    """Return a protocol as one can be chosen; `usual` is the study's own."""
    return Content.assemble(
        (f"{protocol.name:<13}", "bold"),
        (f"{protocol.title:<38.38}", "$quiet"),
        f"{words.plural(len(protocol.windows), 'window'):>11}",
        ("  the study's" if usual else "", "$accent"),
    )


def next_action(key: str, what: str) -> Content:
    """Return the one thing to do next and its key."""
    return Content.assemble((f"▸ {key}  ", "$accent bold"), (what, "bold"))


def in_the_way(why: str) -> Content:
    """Return why there is no next action yet."""
    return Content.styled(f"! {why}", "$warning")
