"""Stores of finished runs whose conductances are known, written without a recorder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from femo_tui.model.events import (
    Facts,
    RunEvent,
    RunStop,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
    to_line,
)
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.model.run_state import RunStatus
from femo_tui.signals.grove import GroveCalibration
from femo_tui.store.catalog import Catalog
from tests.support.runs import run_start

RATE_HZ = 10
WINDOW_S = 4.0
STEP_S = 6.0
# As in the study: neutral before every other film, then the acted block.
STEPS = (
    ("baseline", "baseline", None),
    ("neutral-1", "clip", "Neutral_S"),
    ("stress", "clip", "Stress_S"),
    ("neutral-2", "clip", "Neutral_S"),
    ("boredom", "clip", "Boredom_S"),
    ("neutral-3", "clip", "Neutral_S"),
    ("happy", "clip", "Happy_S"),
    ("acted-neutral", "acted", "Neutral_A"),
    ("acted-happy", "acted", "Happy_A"),
    ("acted-stress", "acted", "Stress_A"),
    ("acted-boredom", "acted", "Boredom_A"),
)
ACTED_WINDOW_S = 2.0
REST_US = 5.0


@dataclass(frozen=True)
class Changed:
    """What is not as usual about one window."""

    verdict: str = "accepted"
    reason: str = ""
    flag: str = "ok"
    share: float = 1.0  # of the step's samples that have the flag, the first ones
    primary: bool = True
    again: bool = False  # another attempt follows, and is accepted


def write_run(
    root: Path,
    participant: str,
    levels_us: Mapping[str, float],
    *,
    number: int = 1,
    changed: Mapping[str, Changed] | None = None,
    status: RunStatus = RunStatus.COMPLETE,
    simulated: bool = False,
    scopes: Sequence[str] = ("gsr",),
    protocol: str = "study",
    sha256: str = "2" * 64,
    calibration: GroveCalibration | None = None,
    environment: Facts | None = None,
    order: Sequence[str] = ("stress", "boredom", "happy"),
) -> Path:
    """Write one run; a step's level is REST_US unless `levels_us` says otherwise.

    `order` is that of the films with an emotion.

    The level has a ripple of ±1 %, so that samples differ and means do not.
    """
    session = "2026-11-22T101530"
    run_dir = root / "sessions" / participant / session / f"run-{number:02d}"
    run_dir.mkdir(parents=True)
    calibration = calibration or GroveCalibration(
        measured_utc="2026-11-01T08:00:00Z", source="test"
    )
    facts: Facts = {"calibration": calibration.facts()}
    gsr: Facts = {"uri": "serial:x", "model": "Grove GSR on /dev/ttyACM0", "simulated": simulated}
    steps: list[Facts] = [
        {"name": name, "kind": kind, "class": class_name, "duration_s": STEP_S, "media": None}
        | {"window": {"start_s": 1.0, "duration_s": _window_s(kind)}}
        for name, kind, class_name in STEPS
    ]
    start = dataclasses.replace(
        run_start(participant, session),
        run=run_dir.name,
        consent={"scopes": list(scopes), "form_version": "1", "given_utc": "2026-11-01T00:00:00Z"},
        protocol={"name": protocol, "title": "Study", "sha256": sha256, "steps": steps},
        devices={
            "gsr": {**gsr, "rate_hz": RATE_HZ, "facts": facts},
            "camera": None,
            "player": None,
        },
        environment=environment or {},
        simulated=["gsr"] if simulated else [],
    )
    lines = [to_line(start)]
    rows = ["t_s,device_s,seq,raw,gsr_us,flag\n"]
    t_s = 0.0
    films = iter(order)
    by_name = {step[0]: step for step in STEPS}
    for place in STEPS:
        name, kind, class_name = by_name[next(films)] if place[0] in order else place
        odd = (changed or {}).get(name, Changed())
        level_us = levels_us.get(name, REST_US)
        attempts = [odd, Changed()] if odd.again else [odd]
        for attempt, one in enumerate(attempts, start=1):
            onset_s, end_s = t_s + 1.0, t_s + 1.0 + _window_s(kind)
            events: tuple[RunEvent, ...] = (
                StepStart(t_s, name, attempt, kind, class_name, None, "a film"),
                WindowStart(onset_s, name, attempt, class_name, 1.0, 0.01, primary=one.primary),
                WindowStop(end_s, name, attempt, class_name, "complete"),
                StepStop(t_s + STEP_S - 0.2, name, attempt, "complete"),
                Verdict(
                    *(t_s + STEP_S - 0.1, name, attempt, class_name),
                    *(one.verdict, "ana", one.reason, {}),
                ),
            )
            lines += map(to_line, events)
            for sample in range(round(STEP_S * RATE_HZ)):
                gsr_us = level_us * (1.01 if sample % 2 else 0.99)
                flag = one.flag if sample < one.share * STEP_S * RATE_HZ else "ok"
                value = "" if flag == "not_worn" else f"{gsr_us:.6f}"
                rows.append(f"{t_s + sample / RATE_HZ:.6f},,,{gsr_us:.3f},{value},{flag}\n")
            t_s += STEP_S
    lines.append(to_line(RunStop(t_s, status, "", "2026-11-22T11:00:00Z", {})))
    (run_dir / "run.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    (run_dir / "gsr.csv").write_text("".join(rows), "utf-8")
    (run_dir / "frames.csv").write_text(
        "t_s,frame,step,attempt,class,faces,x,y,w,h,eyes,sharpness,brightness,face_file,eyes_file\n"
    )
    return run_dir


def people_of(*codes: str, scopes: frozenset[Scope] = frozenset(Scope)) -> list[Participant]:
    """Return participants as a catalog has them."""
    consent = Consent(scopes, "1", "2026-11-01T00:00:00Z")
    return [Participant(code, 30, None, "", consent, "2026-11-01T00:00:00Z") for code in codes]


def register(root: Path, *codes: str) -> None:
    """Enter participants and their runs into the store's catalog."""
    with Catalog.open(root) as catalog:
        for person in people_of(*codes):
            catalog.add_participant(person, "ana")
        catalog.reindex()


def write_study_file(root: Path, **keys: object) -> None:
    """Write study.toml with protocol `study` and what is given."""
    body = {"title": "Films and skin", "protocol": "study", **keys}
    root.mkdir(parents=True, exist_ok=True)
    (root / "study.toml").write_text(
        "".join(f"{key} = {json.dumps(value)}\n" for key, value in body.items()), "utf-8"
    )


def _window_s(kind: str) -> float:
    return ACTED_WINDOW_S if kind == "acted" else WINDOW_S
