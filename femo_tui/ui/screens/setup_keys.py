"""The stages of the set-up, its keys, and where each of them does something."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType

STAGES = ("person", "protocol", "devices", "facts", "start")
DEVICE_STAGES = frozenset({"devices", "facts", "start"})  # the pre-flight goes on through these

SETUP_KEYS: list[BindingType] = [
    Binding(
        "enter",
        "forward",
        "continue",
        id="setup.continue",
        tooltip="To the next stage",
        show=False,  # the line of the next action says it
    ),
    Binding(
        "enter",
        "next_field",
        "next field",
        id="setup.next-field",
        tooltip="Keep what is written, go to the next field",
        show=False,
        priority=True,  # whoever types ahead writes into the field that comes next
    ),
    Binding("escape", "back", "back", id="setup.back", tooltip="One stage back"),
    Binding("slash", "search", "search", id="setup.search", tooltip="Find by code or note"),
    Binding(
        "a",
        "all_steps",
        "all steps",
        id="setup.steps",
        tooltip="All steps, or the windows",
    ),
    # They go before the keys of the list that has the focus, which arrows go through.
    Binding(
        "pagedown",
        "scroll(1)",
        "more",
        id="setup.more",
        tooltip="Further down",
        show=False,
        priority=True,
    ),
    Binding(
        "pageup",
        "scroll(-1)",
        "less",
        id="setup.less",
        tooltip="Back up",
        show=False,
        priority=True,
    ),
    Binding(
        "v", "picture", "picture", id="setup.picture", tooltip="The camera's picture; not kept"
    ),
    Binding("t", "test_card", "card", id="setup.card", tooltip="Picture and tone on the screen"),
    Binding(
        "c",
        "calibrate",
        "calibrate",
        id="setup.calibrate",
        tooltip="Measure the sensor unworn and with known resistors",
    ),
    Binding(
        "d",
        "edit_devices",
        "edit",
        id="setup.devices",
        tooltip="Write other device addresses",
    ),
    Binding("r", "recheck", "recheck", id="setup.recheck", tooltip="Try the devices again"),
    Binding("ctrl+s", "start", "start", id="setup.start", tooltip="Start recording now"),
]

_ONLY_AT = {
    "search": "person",
    "all_steps": "protocol",
    "edit_devices": "devices",
    "picture": "devices",
    "test_card": "devices",
    "calibrate": "devices",
}
_SCROLLED = ("protocol", "devices", "start")


@dataclass(frozen=True, slots=True)
class SetupNow:
    """What decides which keys do something."""

    stage: str
    writing: bool  # a field has the focus
    camera: bool  # it is there to be looked at
    player: bool
    sensor: bool  # a real one that nobody holds


def is_offered(action: str, now: SetupNow) -> bool:
    """Return whether a key's action does something now."""
    if action in _ONLY_AT and (now.writing or now.stage != _ONLY_AT[action]):
        return False
    match action:
        case "scroll":
            return now.stage in _SCROLLED
        case "recheck":
            return not now.writing and now.stage in ("devices", "start")
        case "picture":
            return now.camera
        case "test_card":
            return now.player
        case "calibrate":
            return now.sensor
        case "forward":
            return not now.writing
        case "next_field":
            return now.writing and now.stage in DEVICE_STAGES
        case "back":
            return now.writing or now.stage != STAGES[0]
        case "start":
            return now.stage in ("facts", "start")
    return True
