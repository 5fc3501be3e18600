"""The lines of the set-up: the path with its stages, what can be chosen, the one next action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.timeline import minutes
from femo_tui.ui import words
from femo_tui.ui.keys import KeyOf

_CHOOSES = {"person": "setup.person", "protocol": "setup.protocol"}  # whose keys choose there
_LISTS = {"person": "↑↓ another one", "protocol": "↑↓ another one"}


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
    return Content("   ").join(parts)


def protocol_line(protocol: StudyProtocol, name_width: int, *, usual: bool) -> Content:
    """Return a protocol as one can be chosen; `usual` is the study's own."""
    return Content.assemble(
        (f"{protocol.name:<{name_width}}", "bold"),
        f"{words.plural(len(protocol.steps), 'step'):>9}",
        f"{words.plural(len(protocol.windows), 'window'):>12}",
        (f"{minutes(protocol.planned_s):>9} min", "$quiet"),
        ("   the study's" if usual else "", "$accent"),
    )


def next_action(key: str, what: str, besides: str = "") -> Content:
    """Return the one thing to do next and its key; `besides` is what else can be done."""
    action = Content.assemble((f"▸ {key}  ", "$accent bold"), (what, "bold"))
    return Content.assemble(action, (f"   {besides}", "$quiet")) if besides else action


def in_the_way(why: str) -> Content:
    """Return why there is no next action yet."""
    return Content.styled(f"! {why}", "$warning")


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about the next action of a set-up."""

    recording: bool  # somebody records already
    nobody: bool  # nobody is registered
    starting: bool
    hindrance: str  # of the devices; empty if there is none
    writing: bool  # a field has the focus


def next_line(stage: str, standing: Standing, key: KeyOf) -> Content:
    """Return the one next action of a stage, or what stands in its way."""
    if standing.recording:
        return in_the_way(f"A run is being recorded: press {key('screen.live')} to see it.")
    if stage == "person" and standing.nobody:
        return next_action(key("screen.people"), "Register a participant first")
    if standing.starting:
        return Content.styled("the recorder opens its devices …", "$accent")
    if stage == "devices" and standing.writing:
        after = "Next field; after the last one the devices are tried"
        return next_action(key("setup.next-field"), after)
    if standing.hindrance:
        return in_the_way(standing.hindrance)
    if stage == "start":
        return next_action(key("setup.continue"), "Start recording")
    if stage == "facts" and standing.writing:
        empty = "Next field; what is empty stands as not recorded"
        return next_action(key("setup.next-field"), empty)
    return next_action(
        key(_CHOOSES.get(stage, "setup.continue")), "Continue", _LISTS.get(stage, "")
    )
