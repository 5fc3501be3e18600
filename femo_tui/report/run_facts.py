"""What a run was recorded with: devices, calibration, room, protocol, consent, versions, files."""

from __future__ import annotations

from collections.abc import Mapping

from femo_tui.bundle.outgoing.device_facts import plain_devices, plain_environment
from femo_tui.errors import MalformedRecord
from femo_tui.model.environment import NOT_RECORDED, describe_environment
from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, el, joined
from femo_tui.report.page import facts, section
from femo_tui.report.run_head import seal_words
from femo_tui.report.run_material import RunMaterial
from femo_tui.signals.grove import GroveCalibration
from femo_tui.store.layout import MANIFEST
from femo_tui.store.rewriting import seal_sha256

_NAMES = {"gsr": "Skin conductance", "camera": "Camera", "player": "Screen"}
_VERSIONS = ("femo", "python")  # the system's own may hold what this computer is called
_AT_US = 5.0  # where a resolution is told if the run has no level of its own


def facts_section(material: RunMaterial) -> Markup:
    """Return what a methods section asks for; what is missing says so."""
    start = material.start
    environment = plain_environment(start.environment, material.rules.facts)
    told = describe_environment((), environment)
    return section(
        "with",
        "Recorded with",
        el("h3", "Devices"),
        facts([*_devices(material), ("Calibration", _calibration(material))]),
        el("h3", "Room and electrodes"),
        facts((name[:1].upper() + name[1:], value) for name, value in told.items()),
        el("h3", "Protocol and consent"),
        facts(_protocol(material)),
        el("h3", "Programs and files"),
        facts(_files(material)),
    )


def _devices(material: RunMaterial) -> list[tuple[str, Child]]:
    plain = plain_devices(material.start.devices, material.rules.shift, gsr=True, faces=True)
    return [(_NAMES[name], _device(device)) for name, device in plain.items()]


def _device(device: object) -> str:
    if not isinstance(device, dict):
        return "none"
    found = device.get("facts")
    known: Mapping[str, object] = found if isinstance(found, dict) else {}
    parts = [str(device.get("model", ""))]
    if isinstance(known.get("width"), int) and isinstance(known.get("height"), int):
        parts.append(f"{known['width']}×{known['height']} px")
    if isinstance(known.get("width_px"), int) and isinstance(known.get("height_px"), int):
        parts.append(f"{known['width_px']}×{known['height_px']} px")
    rate = device.get("rate_hz")
    if isinstance(rate, int | float):
        parts.append(f"{rate:g} Hz")
    if device.get("simulated"):
        parts.append("SIMULATED")
    return ", ".join(parts)


def _calibration(material: RunMaterial) -> Child:
    plain = plain_devices(material.start.devices, material.rules.shift, gsr=True, faces=False)
    gsr = plain["gsr"]
    if not isinstance(gsr, dict):
        return "no sensor"
    known = gsr.get("facts")
    stored = known.get("calibration") if isinstance(known, dict) else None
    if not isinstance(stored, dict):
        return NOT_RECORDED
    try:
        calibration = GroveCalibration.from_facts(stored)
    except MalformedRecord:
        return "not readable"
    level_us = _level(material)
    resolution = calibration.resolution_us(level_us)
    return (
        f"{calibration.source}, {_measured(calibration)}; unworn reading {calibration.cal:.1f} of"
        f" {calibration.steps}; resolution {resolution:.3f} µS at {level_us:.1f} µS, off by"
        f" ±{calibration.uncertainty_us(level_us):.2f} µS at most"
    )


def _measured(calibration: GroveCalibration) -> str:
    if calibration.measured_utc is None:
        return "not measured"
    return f"measured {words.moment(calibration.measured_utc)}"


def _level(material: RunMaterial) -> float:
    """Return the mean of the first window that has one."""
    means = (w.gsr_mean_us for w in material.windows if w.gsr_mean_us is not None)
    return _AT_US if material.no_samples else next(means, _AT_US)


def _protocol(material: RunMaterial) -> list[tuple[str, Child]]:
    start = material.start
    protocol, consent = start.protocol, start.consent
    scopes = consent.get("scopes")
    then = ", ".join(map(str, scopes)) if isinstance(scopes, list) else NOT_RECORDED
    return [
        ("Protocol", f"{protocol.get('title', '')} ({protocol.get('name', '')})"),
        ("SHA-256 of the protocol", _hash(str(protocol.get("sha256", "")))),
        ("Order of the steps", str(protocol.get("order", NOT_RECORDED))),
        ("Language", start.language),
        ("Consent when recorded", f"{then}; form {consent.get('form_version', NOT_RECORDED)}"),
        ("Verdicts", "by the protocol's rules" if start.auto else "by a person at the gate"),
    ]


def _files(material: RunMaterial) -> list[tuple[str, Child]]:
    from femo_tui import __version__

    run = material.run
    versions = material.start.versions
    told = ", ".join(f"{name} {versions[name]}" for name in _VERSIONS if name in versions)
    seal = seal_sha256(material.run_dir)
    return [
        ("Recorded with", told or NOT_RECORDED),
        ("This page", f"femo {__version__}"),
        ("Run", material.where),
        ("Seal", seal_words(material)),
        (f"SHA-256 of {MANIFEST}", _hash(seal) if seal else "none: not sealed"),
        (
            "Rows",
            f"{words.count(run.gsr.length)} samples, {words.count(run.faces.frames)} frames,"
            f" {words.count(run.faces.saved)} faces saved;"
            f" {words.count(run.gsr_rejected_lines)} lines of the sensor rejected",
        ),
    ]


def _hash(sha256: str) -> Child:
    """Return a hash that breaks where the line ends."""
    if not sha256:
        return NOT_RECORDED
    parts = [sha256[i : i + 16] for i in range(0, len(sha256), 16)]
    return el("code", joined(*((el("wbr") if i else None, part) for i, part in enumerate(parts))))
