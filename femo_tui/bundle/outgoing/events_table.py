"""A run's events as BIDS has them: steps, accepted windows, ratings, marked moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from femo_tui.bundle.outgoing.selection import is_note
from femo_tui.bundle.outgoing.shares import RunShare
from femo_tui.bundle.outgoing.tables import Column, Value, sidecar, table
from femo_tui.bundle.outgoing.texts import TextRule
from femo_tui.model.events import Marker, Rating, StepStart, StepStop
from femo_tui.model.records import JsonValue

COLUMNS = (
    Column("onset", "When it began, counted from the start of the run.", "s"),
    Column("duration", "How long it lasted; 0 for a moment.", "s"),
    Column(
        "trial_type",
        "What it is; a window carries its class: emotion, then S (spontaneous) or A (acted).",
    ),
    Column("step", "Name of the step in the protocol."),
    Column("attempt", "Which attempt at this step, from 1; others are not shared."),
    Column("step_kind", "What kind of step: instruction, baseline, clip, acted, rating, rest, …"),
    Column("stim_id", "The film or drawing that was shown, by its name in the protocol."),
    Column("stim_sha256", "SHA-256 of the film's file, which is not part of this data set."),
    Column("stim_onset", "Position in the film at the onset.", "s"),
    Column("onset_uncertainty", "How far off the onset may be.", "s"),
    Column("exposure", "The how manieth time the participant was shown this film."),
    Column("primary", "no: the film had been shown before, so the window is no primary data."),
    Column("verdict", "Why the window is here: accepted, or accepted_with_reason."),
    Column("rates", "The step that a rating is about."),
    Column("scale", "What was asked, as the protocol names it."),
    Column("rating", "The answer; n/a: asked and not answered."),
    Column("source", "Who answered: participant, operator, simulated; or why nobody did."),
    Column("text", "What was typed; n/a where free text is not shared."),
)
_TRIAL_TYPES = {
    "step": "One step of the protocol, from its begin to its end.",
    "rating": "An answer of the participant.",
    "marker": "A moment that the operator marked.",
}
_ORDER = ("step", "window", "rating", "marker")
_NO_TERM = "urn:x-femo:no-term-assigned"  # BIDS wants a URI of an ontology's term here
NOT_RECORDED = "not recorded"


def events_table(share: RunShare, rule: TextRule) -> bytes:
    """Return the table, in order of onset."""
    rows: list[Mapping[str, Value]] = []
    for part in (_steps(share), _windows(share, rule), _moments(share, rule)):
        rows += part
    return table(COLUMNS, sorted(rows, key=_place))


def task_facts(share: RunShare) -> dict[str, JsonValue]:
    """Return what BIDS wants to know of a task."""
    protocol = share.start.protocol
    return {
        "TaskName": share.place.task,
        "TaskDescription": f"{protocol.get('title')}; protocol {protocol.get('name')} of femo,"
        f" SHA-256 {protocol.get('sha256')}",
        "Instructions": f"As in the protocol's file, in language {share.start.language}",
        "CogAtlasID": _NO_TERM,
        "CogPOID": _NO_TERM,
        "InstitutionName": "not shared",
        "InstitutionAddress": "not shared",
        "InstitutionalDepartmentName": "not shared",
    }


def events_json(share: RunShare) -> bytes:
    """Return the table's sidecar."""
    device = share.start.devices.get("player")
    simulated = isinstance(device, dict) and bool(device.get("simulated"))
    facts: dict[str, JsonValue] = {
        **task_facts(share),
        "StimulusPresentation": {
            "SoftwareName": "a simulated screen" if simulated else "mpv, driven by femo",
            "SoftwareVersion": f"femo {share.start.versions.get('femo', NOT_RECORDED)}",
            "OperatingSystem": "not shared",
        },
        "Order": _order(share),
    }
    windows = dict.fromkeys(window.start.class_name or window.kind for window in share.windows)
    said = "A window: the part of a step that counts as data."
    levels = {**_TRIAL_TYPES, **dict.fromkeys(windows, said)}  # a value beside them is an error
    columns = [replace(c, levels=levels) if c.name == "trial_type" else c for c in COLUMNS]
    return sidecar(columns, facts)


def _order(share: RunShare) -> dict[str, JsonValue]:
    """Return by which rule the steps stand in this participant's order."""
    protocol = share.start.protocol
    return {key: protocol.get(key) for key in ("order", "clips", "acted", "arranged")}


def _steps(share: RunShare) -> Iterator[dict[str, Value]]:
    begun: dict[tuple[str, int], StepStart] = {}
    for event in share.events():
        if isinstance(event, StepStart):
            begun[event.step, event.attempt] = event
        elif isinstance(event, StepStop) and (event.step, event.attempt) in begun:
            start = begun.pop((event.step, event.attempt))
            yield {
                "onset": start.t_s,
                "duration": round(event.t_s - start.t_s, 6),
                "trial_type": "step",
                "step": start.step,
                "attempt": start.attempt,
                "step_kind": start.kind,
                "stim_id": start.media,
                "stim_sha256": media_sha256(share, start.media),
                "exposure": start.exposure,
            }


def _windows(share: RunShare, rule: TextRule) -> Iterator[dict[str, Value]]:
    for window in share.windows:
        start = window.start
        media = start.media or _media_of_step(share, start.step)
        yield {
            "onset": start.t_s,
            "duration": round(window.end_s - start.t_s, 6),
            "trial_type": start.class_name or window.kind,
            "step": start.step,
            "attempt": start.attempt,
            "step_kind": window.kind,
            "stim_id": media,
            "stim_sha256": media_sha256(share, media),
            "stim_onset": start.media_s,
            "onset_uncertainty": start.uncertainty_s,
            "exposure": start.exposure,
            "primary": start.primary,
            "verdict": window.verdict,
            "text": rule.told(window.reason),
        }


def _moments(share: RunShare, rule: TextRule) -> Iterator[dict[str, Value]]:
    answers: dict[tuple[str, int, str], Rating] = {}  # a changed answer: the last one
    for event in share.events():
        if isinstance(event, Marker) and is_note(event):
            yield {
                "onset": event.t_s,
                "duration": 0,
                "trial_type": "marker",
                "text": rule.told(event.text),
            }
        elif isinstance(event, Rating):
            answers[event.step, event.attempt, event.scale] = event
    for key, rating in answers.items():
        if key in share.answers:
            yield {
                "onset": rating.t_s,
                "duration": 0,
                "trial_type": "rating",
                "step": rating.step,
                "attempt": rating.attempt,
                "rates": rating.about,
                "scale": rating.scale,
                "rating": rating.value,
                "source": rating.source,
            }


def media_sha256(share: RunShare, media: str | None) -> str | None:
    """Return the hash of a film or drawing as the run noted it."""
    known = share.start.protocol.get("media")
    facts = known.get(media) if isinstance(known, dict) and media else None
    sha256 = facts.get("sha256") if isinstance(facts, dict) else None
    return sha256 if isinstance(sha256, str) else None


def _media_of_step(share: RunShare, step: str) -> str | None:
    steps = share.start.protocol.get("steps")
    for planned in steps if isinstance(steps, list) else []:
        if isinstance(planned, dict) and planned.get("name") == step:
            media = planned.get("media")
            return media if isinstance(media, str) else None
    return None


def _place(row: Mapping[str, Value]) -> tuple[float, int]:
    kind = str(row["trial_type"])
    onset = row["onset"]
    assert isinstance(onset, int | float)
    return float(onset), _ORDER.index(kind if kind in _ORDER else "window")
