"""What was computed of what is shared: windows, results, quality, and what stayed in the lab.

Results are those of the participants and windows in the bundle, so that whoever has it can make
them again: of a participant who shares nothing, no figure is in them.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui.bundle.outgoing.device_facts import plain_devices, plain_environment
from femo_tui.bundle.outgoing.femo_run import plain_criteria
from femo_tui.bundle.outgoing.selection import Selection
from femo_tui.bundle.outgoing.shares import RunShare
from femo_tui.bundle.outgoing.tables import Column, Value
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue
from femo_tui.stats.figures import RunFigures, WindowFigures
from femo_tui.stats.figures_cache import read_figures, run_stamps
from femo_tui.stats.looks import count_looks
from femo_tui.stats.measures import against_baselines, class_of, percent_of
from femo_tui.stats.results import Asked, StudyResults, results_of
from femo_tui.stats.selection import Counted

_EARLIER = "earlier"  # in place of the date of a calibration, where participants' dates meet
WINDOW_COLUMNS = (
    Column("participant_id", "Code of the participant."),
    Column("session", "Session, in the participant's order."),
    Column("run", "Run of the session."),
    Column("task", "The protocol."),
    Column("step", "Step of the protocol."),
    Column("attempt", "Which attempt at it."),
    Column("step_kind", "What kind of step."),
    Column("class", "Emotion, then S (spontaneous) or A (acted); n/a for rest."),
    Column("onset_s", "Begin, in seconds of the run, shifted by the study's lag.", "s"),
    Column("end_s", "End.", "s"),
    Column("samples", "Samples of skin conductance in it."),
    Column("valid", "Those of them that are a conductance (flag ok)."),
    Column("mean_us", "Their mean: the window's value.", "uS"),
    Column("median_us", "Their median.", "uS"),
    Column("slope_us_per_min", "Slope by least squares.", "uS/min"),
    Column("last_30_s_us", "Mean of the last 30 s: a neutral window's value as a baseline.", "uS"),
    Column("cut_us", "Mean of the middle `cut_s`: where acted meets spontaneous.", "uS"),
    Column("cut_s", "The shortest window of this emotion.", "s"),
    Column("responses", "Skin conductance responses that began in it."),
    Column("response_us", "Their mean amplitude.", "uS"),
    Column("clean_share", "Share of the time that is clean by Kleckner et al. 2018."),
    Column("primary", "no: the film had been shown before."),
    Column("counts", "yes: the results are made of it."),
    Column("baseline_us", "What it is held against, by the study's rule.", "uS"),
    Column("percent", "(mean_us - baseline_us)/baseline_us * 100.", "percent"),
    Column("simulated", "yes: SIMULATED."),
)
QUALITY_COLUMNS = (
    *WINDOW_COLUMNS[:8],
    Column("criterion", "What the gate looked at when the window had ended."),
    Column("value", "What it was."),
    Column("need", "What it had to be."),
    Column("ok", "Whether it was; a person may have accepted the window all the same."),
)
RUN_COLUMNS = (
    *WINDOW_COLUMNS[:4],
    Column("status", "How the run ended: complete, stopped, aborted, failed, partial."),
    Column("chosen", "yes: a person chose it as the participant's primary run."),
    Column("gsr", "Whether its skin conductance is shared."),
    Column("faces", "Whether its faces are shared."),
    Column("windows", "Accepted windows."),
    Column("protocol", "The protocol's name."),
    Column("protocol_sha256", "SHA-256 of its file."),
    Column("simulated", "yes: SIMULATED."),
)
LEFT_OUT_COLUMNS = (
    Column("participant_id", "Code; n/a for participants of whom nothing is shared."),
    Column("what", "What stayed in the lab, or is here and not in the results."),
    Column("reason", "Why."),
    Column("count", "How many participants that is true of, where no code is told."),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The results of a bundle, and the figures of each of its runs with shared conductance."""

    results: StudyResults
    runs: Mapping[str, RunFigures]  # by the run's name in the store


def figures_of(root: Path, selection: Selection, asked: Asked | None = None) -> Figures:
    """Compute the results of what is shared.

    Args:
        root: the store.
        selection: what is shared of it.
        asked: what somebody wants to see, None for what the study declares.

    Raises:
        StoreError: the store cannot be read.
    """
    study = selection.study
    shared = {share.name: share for share in selection.shares if share.gsr}
    stamps = run_stamps(root)
    every = read_figures(root, stamps, study.gsr_lag_s)
    runs = {
        one.run_dir: _plain(one, shared[one.run_dir], selection)
        for one in every
        if one.run_dir in shared
    }
    people = [share.person for share in shared.values()]
    results = results_of(
        list(runs.values()), study, people, asked or Asked(), looks=count_looks(root)
    )
    return Figures(results, runs)


def _plain(run: RunFigures, share: RunShare, selection: Selection) -> RunFigures:
    """Return a run's figures with what is shared of them, and nothing that somebody typed."""
    sensor = plain_devices(share.start.devices, share.shift, gsr=True, faces=False)["gsr"]
    calibration: Facts | None = None
    if run.calibration_facts is not None:
        measured = run.calibration_facts.get("measured_utc") and _EARLIER
        calibration = {**run.calibration_facts, "measured_utc": measured or None}
    accepted = {window.attempt for window in share.windows}
    return dataclasses.replace(
        run,
        session=f"ses-{share.place.session:02d}",
        utc=share.shift.utc(run.utc),
        age=share.age,
        sex=share.sex,
        sensor=str(sensor["model"]) if isinstance(sensor, dict) else None,
        calibration_facts=calibration,
        environment=plain_environment(run.environment, selection.rule),
        versions={"femo": run.versions.get("femo", "")},
        windows=tuple(
            dataclasses.replace(window, verdict_reason="")
            for window in run.windows
            if (window.step, window.attempt) in accepted
        ),
    )


def window_rows(
    figures: Figures, selection: Selection, only: RunShare | None = None
) -> Iterator[dict[str, Value]]:
    """Yield every shared window with its figures, of all runs or of one."""
    counted = {
        (person.run.run_dir, window.step, window.attempt)
        for person in figures.results.participants
        for window in person.windows
    }
    for share in selection.shares:
        run = figures.runs.get(share.name)
        if run is None or (only is not None and share is not only):
            continue
        person = Counted(run.participant, run, _counting(run, counted))
        for window in run.windows:
            counts = (run.run_dir, window.step, window.attempt) in counted
            baseline_us = _baseline_us(person, window, figures.results) if counts else None
            yield {
                **_head(share, window.step, window.attempt, window.kind, window.class_name),
                "onset_s": window.onset_s,
                "end_s": window.end_s,
                "samples": window.samples,
                "valid": window.valid,
                "mean_us": window.mean_us,
                "median_us": window.median_us,
                "slope_us_per_min": window.slope_us_per_min,
                "last_30_s_us": window.last_us,
                "cut_us": window.equal_us,
                "cut_s": window.equal_s,
                "responses": window.responses,
                "response_us": window.response_us,
                "clean_share": window.clean_share,
                "primary": window.primary,
                "counts": counts,
                "baseline_us": baseline_us,
                "percent": _percent(window.mean_us, baseline_us),
                "simulated": bool(run.simulated),
            }


def _counting(run: RunFigures, counted: set[tuple[str, str, int]]) -> tuple[WindowFigures, ...]:
    return tuple(w for w in run.windows if (run.run_dir, w.step, w.attempt) in counted)


def _baseline_us(person: Counted, window: WindowFigures, results: StudyResults) -> float | None:
    condition = class_of(window)
    if condition is None:
        return None
    held = against_baselines(person, condition, results.baseline, [])
    return next((one.baseline_us for one in held if one.window is window), None)


def _percent(level_us: float | None, baseline_us: float | None) -> float | None:
    return None if level_us is None or baseline_us is None else percent_of(level_us, baseline_us)


def quality_rows(selection: Selection) -> Iterator[dict[str, Value]]:
    """Yield what the gate looked at, of every shared window."""
    for share in selection.shares:
        for window in share.windows:
            start = window.start
            head = _head(share, start.step, start.attempt, window.kind, start.class_name)
            for name, criterion in plain_criteria(share, window).items():
                facts = criterion if isinstance(criterion, dict) else {}
                yield {
                    **head,
                    "criterion": name,
                    **{key: _value(facts.get(key)) for key in ("value", "need", "ok")},
                }


def run_rows(selection: Selection) -> Iterator[dict[str, Value]]:
    """Yield every run of the bundle."""
    for share in selection.shares:
        protocol = share.start.protocol
        yield {
            **_run_head(share),
            "status": share.stop.status.value,
            "chosen": share.chosen,
            "gsr": share.gsr,
            "faces": share.faces,
            "windows": len(share.windows),
            "protocol": share.place.protocol,
            "protocol_sha256": _value(protocol.get("sha256")),
            "simulated": bool(share.start.simulated),
        }


def left_out_rows(selection: Selection, results: StudyResults) -> Iterator[dict[str, Value]]:
    """Yield what is not here, or not in the results; who shares nothing is counted, not named."""
    here = {person.code for person in selection.people}
    absent: dict[str, list[str]] = {}
    for one in selection.left_out:
        if one.participant in here or not one.participant:
            code = f"sub-{one.participant}" if one.participant else None
            yield {"participant_id": code, "what": one.what, "reason": one.reason}
        elif not one.reason.startswith("not accepted"):
            absent.setdefault(one.participant, []).append(one.reason)
    reasons = Counter("; ".join(sorted(set(theirs))) for theirs in absent.values())
    for reason, count in sorted(reasons.items()):
        yield {"what": "participants", "reason": reason, "count": count}
    for one in results.left_out:
        yield {
            "participant_id": f"sub-{one.participant}",
            "what": f"from the results: {one.what or 'all'}",
            "reason": one.reason,
        }


def _run_head(share: RunShare) -> dict[str, Value]:
    return {
        "participant_id": f"sub-{share.place.code}",
        "session": f"ses-{share.place.session:02d}",
        "run": f"run-{share.place.run:02d}",
        "task": share.place.task,
    }


def _head(
    share: RunShare, step: str, attempt: int, kind: str, class_name: str | None
) -> dict[str, Value]:
    return {
        **_run_head(share),
        "step": step,
        "attempt": attempt,
        "step_kind": kind,
        "class": class_name,
    }


def _value(value: JsonValue) -> Value:
    return value if isinstance(value, str | int | float | bool) else None
