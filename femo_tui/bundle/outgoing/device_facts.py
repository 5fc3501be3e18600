"""What a bundle says of the devices: what a methods section needs, and nothing that names one.

No serial number, no port, no path, no display: the scheme of the address stands for all of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from femo_tui.bundle.outgoing.shift import DateShift
from femo_tui.bundle.outgoing.texts import NOT_SHARED, TextRule
from femo_tui.model.environment import USUAL
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue

_MODELS = {
    "gsr": {"sim": "simulated GSR sensor", "replay": "replay of a file", "serial": "Grove GSR"},
    "camera": {"sim": "simulated camera", "video": "video file", "camera": "camera"},
    "player": {"sim": "simulated screen", "mpv": "mpv"},
}
_FACTS = {
    "gsr": ("format", "unit", "column", "resolution_us_at_5_us", "ceiling_us"),
    "camera": ("width", "height", "camera_fps"),
    "player": ("width_px", "height_px", "speed"),
}
_REHEARSED = "rehearsed_faults"  # made by femo, not typed: which faults a rehearsal had


def plain_devices(
    devices: Mapping[str, JsonValue], shift: DateShift, *, gsr: bool, faces: bool
) -> Facts:
    """Return `devices` of a run's start; a device whose data are not shared is null."""
    shared = {"gsr": gsr, "camera": faces, "player": True}
    return {
        name: _device(name, devices.get(name), shift) if shared[name] else None for name in shared
    }


def _device(name: str, device: JsonValue, shift: DateShift) -> JsonValue:
    if not isinstance(device, dict):
        return None
    scheme = str(device.get("uri", "")).partition(":")[0].partition("?")[0]
    known = _MODELS[name]
    given = device.get("facts")
    facts = given if isinstance(given, dict) else {}
    shared: Facts = {key: facts[key] for key in _FACTS[name] if key in facts}
    if name == "gsr":
        shared["calibration"] = plain_calibration(facts.get("calibration"), shift)
    return {
        "uri": scheme if scheme in known else "other",
        "model": known.get(scheme, "another device"),
        "simulated": bool(device.get("simulated")),
        "rate_hz": device.get("rate_hz"),
        "facts": shared,
    }


def plain_calibration(calibration: JsonValue, shift: DateShift) -> Facts | None:
    """Return a calibration with its date shifted as the participant's dates are."""
    if not isinstance(calibration, dict):
        return None
    measured = calibration.get("measured_utc")
    if isinstance(measured, str):
        return {**calibration, "measured_utc": shift.utc(measured)}
    return dict(calibration)


def plain_environment(environment: Mapping[str, JsonValue], rule: TextRule) -> Facts:
    """Return the facts of room and electrodes: numbers, and texts as far as texts may go.

    A lab's own fact is typed as a whole, its name too; of the usual ones it is told that they stay.
    """
    told: Facts = {}
    for name, fact in environment.items():
        was_typed = not isinstance(fact, int | float) and name != _REHEARSED
        if not was_typed or rule.told(f"{name}: {fact}"):
            told[name] = fact
        elif name in USUAL:
            told[name] = NOT_SHARED
    return told
