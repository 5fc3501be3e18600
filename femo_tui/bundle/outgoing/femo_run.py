"""A run in femo's own formats, as far as it may be shared: what another lab's femo takes in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from femo_tui.bundle.outgoing.device_facts import plain_devices, plain_environment
from femo_tui.bundle.outgoing.selection import MARK, is_note
from femo_tui.bundle.outgoing.shares import RunShare, SharedWindow
from femo_tui.bundle.outgoing.texts import TextRule
from femo_tui.model.events import (
    ClockNote,
    DeviceNote,
    Facts,
    Marker,
    Rating,
    RunEvent,
    RunResume,
    RunStart,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
    WindowStop,
    to_line,
)
from femo_tui.model.records import Stream
from femo_tui.model.run_state import AUTO, RunData
from femo_tui.store import rows

OPERATOR = "operator"  # stands for whoever it was
_CODE = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")  # a reason out of a list, nothing that was typed
_NOTES = {  # device events that readers count with, and what of them is shared
    "film_started": ("step", "attempt", "media", "sha256", "exposure", "primary"),
    "film_played": ("played_s", "file_s", "stalls", "dropped_by_screen", "dropped_by_decoder"),
    "samples_lost": ("count",),
    "line_rejected": (),
    "frames_dropped": ("count",),
}
_VERSIONS = ("femo", "commit", "python")
_CRITERION = ("value", "need", "ok")


class SharedRun:
    """The three files of one run; `run.jsonl` counts the rows of the other two, so it is last."""

    def __init__(self, share: RunShare) -> None:
        self._share = share
        self._samples = self._frames = self._with_face = 0

    def gsr_lines(self) -> Iterator[bytes]:
        """Yield `gsr.csv`, row by row."""
        self._samples = 0
        yield rows.header(rows.GSR_COLUMNS)
        for _, line in self._share.sample_lines():
            self._samples += 1
            yield line + b"\n"

    def frame_lines(self) -> Iterator[bytes]:
        """Yield `frames.csv`, row by row."""
        self._frames = self._with_face = 0
        yield rows.header(rows.FRAME_COLUMNS)
        for frame, line in self._share.frame_lines():
            self._frames += 1
            self._with_face += frame.faces > 0
            yield line + b"\n"

    def run_lines(self, rule: TextRule) -> Iterator[bytes]:
        """Yield `run.jsonl`, line by line, once the others were written."""
        counts: Facts = {
            "gsr_samples": self._samples,
            "frames": self._frames,
            "frames_with_face": self._with_face,
            "windows_accepted": len(self._share.windows),
        }
        teller = _Teller(self._share, rule, counts)
        for event in self._share.events():
            for told in teller.told(event):
                yield to_line(told).encode() + b"\n"


class _Teller:
    """Tells the events of a run as they may be told."""

    def __init__(self, share: RunShare, rule: TextRule, counts: Facts) -> None:
        self._share, self._rule, self._known = share, rule, counts
        self._untold = {window.attempt: window for window in share.windows}
        self._counts: dict[str, int] = dict.fromkeys(("gsr_lost", "gsr_rejected_lines"), 0)

    def told(self, event: RunEvent) -> Iterator[RunEvent]:
        """Yield what a bundle says in place of one event: nothing, or one or more."""
        shift = self._share.shift
        match event:
            case RunStart():
                yield self._start(event)
            case RunResume():
                devices = self._devices(event.devices) if event.devices else {}
                yield replace(
                    event,
                    utc=shift.utc(event.utc),
                    boot_id="",
                    boot_s=0.0,
                    operator=OPERATOR,
                    devices=devices,
                )
            case ClockNote():
                yield replace(event, utc=shift.utc(event.utc))
            case StepStart():
                yield replace(event, sees="")
            case StepStop() | WindowStop():
                yield replace(event, reason=_code(event.reason))
            case StateChange():
                yield StateChange(event.t_s, event.state)
            case Marker():
                if is_note(event):
                    yield Marker(event.t_s, self._rule.told(event.text), OPERATOR, MARK)
            case Rating():
                if (event.step, event.attempt, event.scale) in self._share.answers:
                    yield replace(event, source=_code(event.source))
            case DeviceNote():
                yield from self._note(event)
            case Verdict():
                window = self._untold.pop((event.step, event.attempt), None)
                if window is not None:
                    yield self._verdict(window, event.t_s, event.by)
            case RunStop():
                for window in self._untold.values():  # accepted afterwards, without one at the gate
                    yield self._verdict(window, event.t_s, OPERATOR)
                yield self._stop(event)
            case _:
                yield event

    def _start(self, event: RunStart) -> RunStart:
        share, shift = self._share, self._share.shift
        given = event.consent.get("given_utc")
        scopes = sorted(scope.value for scope in share.person.consent.scopes)
        return replace(
            event,
            session=shift.session(event.session),
            age=share.age,
            sex=share.sex,
            consent={
                "scopes": scopes,
                "form_version": event.consent.get("form_version"),
                "given_utc": shift.utc(given) if isinstance(given, str) else "",
            },
            operator=OPERATOR,
            utc=shift.utc(event.utc),
            boot_id="",
            boot_s=0.0,
            devices=self._devices(event.devices),
            environment=plain_environment(event.environment, self._rule),
            versions={key: event.versions[key] for key in _VERSIONS if key in event.versions},
        )

    def _devices(self, devices: Facts) -> Facts:
        share = self._share
        return plain_devices(devices, share.shift, gsr=share.gsr, faces=share.faces)

    def _note(self, event: DeviceNote) -> Iterator[DeviceNote]:
        shared = {Stream.GSR: self._share.gsr, Stream.CAMERA: self._share.faces}
        keys = _NOTES.get(event.name)
        if keys is None or not shared.get(event.stream, True):
            return
        detail = {key: event.detail[key] for key in keys if key in event.detail}
        count = detail.get("count", 1)
        number = count if isinstance(count, int) else 1
        key = {"samples_lost": "gsr_lost", "line_rejected": "gsr_rejected_lines"}.get(event.name)
        if key is not None:
            self._counts[key] += number
        yield replace(event, text="", detail=detail)

    def _verdict(self, window: SharedWindow, t_s: float, by: str) -> Verdict:
        return Verdict(
            t_s,
            window.start.step,
            window.start.attempt,
            window.start.class_name,
            window.verdict,
            by if by == AUTO else OPERATOR,
            self._rule.told(window.reason),
            plain_criteria(self._share, window),
        )

    def _stop(self, event: RunStop) -> RunStop:
        """Return the end of the run, with what the bundle holds of it counted."""
        utc = self._share.shift.utc(event.utc)
        counts: Facts = {**self._known, **self._counts}
        return replace(event, reason="", utc=utc, counts=counts, data=RunData.KEEP)


def plain_criteria(share: RunShare, window: SharedWindow) -> Facts:
    """Return what the gate looked at, without the figures of a stream that is not shared."""
    told: Facts = {}
    for name, criterion in window.criteria.items():
        of_gsr = name.startswith("gsr_") or name == "longest_gap_s"
        of_faces = name in ("frames", "face_yield", "sharpness")
        if isinstance(criterion, dict) and not (
            (of_gsr and not share.gsr) or (of_faces and not share.faces)
        ):
            told[name] = {key: criterion[key] for key in _CRITERION if key in criterion}
    return told


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else ""
