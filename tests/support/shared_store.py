"""A store of finished runs, seeded with what must not leave it: a canary of every kind."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from femo_tui.model.clock import VirtualClock
from femo_tui.model.events import (
    FILM_STARTED,
    FORMAT_VERSION,
    ClockNote,
    DeviceNote,
    Facts,
    Marker,
    Rating,
    RunStart,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
)
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.records import Box, Frame, GsrSample, SampleFlag, Severity, Stream
from femo_tui.model.run_state import RunData, RunState, RunStatus
from femo_tui.signals.grove import GroveCalibration
from femo_tui.store.catalog import Catalog
from femo_tui.store.files import make_folder
from femo_tui.store.judging import judge_frames, judge_window
from femo_tui.store.run_writer import RunWriter, write_recorder_json
from tests.support.make_golden import EYES_JPEG, FACE_JPEG

OPERATOR, HOST, USER = "canaryop", "canaryhost", "canaryuser"
EMAIL = "canary@example.org"
NAME = "Canaria Lovelace"
SERIAL = "usb-Arduino_CANARYSERIAL-if00"
EXIF = ("CANARYEXIF", "CANARYCOMMENT", "CANARYTAIL")
DATES = ("2026-11-19", "2026-11-20", "2026-11-22", "2026-10-30", "20261120", "20261122")
REJECTED = ("CANARYREJECTED", "41.414141", "98765.4321")  # a marker, conductances, a film's length
SCREENED = "CANARYSCREENING"
TYPED = {
    "note": f"note: {NAME} came late",
    "marker": f"marker: {NAME} coughed",
    "reason": f"reason: {NAME} had a cold",
    "fact": f"left hand of {NAME}",
}
OWN_FACT = "canaryfact"  # a lab's own fact: its name is typed, too
SECRETS = (OPERATOR, HOST, USER, EMAIL, SERIAL, *EXIF, SCREENED, *REJECTED)  # at no level at all
SESSIONS = ("2026-11-20T101530", "2026-11-22T143000")
HZ, FPS, WINDOW_S, STEP_S, ORIGIN_S = 10, 2, 3.0, 4.0, 1000.0
REJECTED_US = 41.414141
STEPS = (
    ("welcome", "instruction", None),
    ("screening", "questionnaire", None),
    ("baseline", "baseline", None),
    ("neutral-1", "clip", "Neutral_S"),
    ("stress", "clip", "Stress_S"),
    ("rate-stress", "rating", None),
    ("neutral-2", "clip", "Neutral_S"),
    ("happy", "clip", "Happy_S"),
    ("rate-happy", "rating", None),
    ("neutral-3", "clip", "Neutral_S"),
    ("acted-neutral", "acted", "Neutral_A"),
    ("acted-happy", "acted", "Happy_A"),
)
RATED = {"rate-stress": "stress", "rate-happy": "happy"}
ALL = frozenset(Scope)


@dataclass
class Lab:
    """A store, and what its runs are called."""

    root: Path
    runs: dict[str, Path] = field(default_factory=dict)


def with_metadata(jpeg: bytes) -> bytes:
    """Return an image with EXIF and a comment in it and something behind its end."""
    exif = b"Exif\0\0" + EXIF[0].encode()
    segments = (b"\xff\xe1", exif), (b"\xff\xfe", EXIF[1].encode())
    more = b"".join(m + (len(c) + 2).to_bytes(2, "big") + c for m, c in segments)
    return jpeg[:20] + more + jpeg[20:] + EXIF[2].encode()


def make_lab(root: Path) -> Lab:
    """Write the store: six people, who consent to different things.

    S01 two sessions: a complete run with a step done again, a face rejected by eye and a window
    rejected afterwards; and a run that was lost and closed. S02 shares no faces, and age and sex
    are not known. S03 shares faces only, S04 nothing. S05 and S06 share all, S06 was aborted too.
    """
    lab = Lab(root)
    root.mkdir(parents=True)
    (root / "study.toml").write_text(
        'title = "Films and skin"\nprotocol = "study"\nplanned_n = 2\n', "utf-8"
    )
    consents = {
        "S01": ALL,
        "S02": ALL - {Scope.SHARE_FACE},
        "S03": ALL - {Scope.SHARE_GSR},
        "S04": ALL - {Scope.SHARE_FACE, Scope.SHARE_GSR},
        "S05": ALL,
        "S06": ALL,
    }
    with Catalog.open(root) as catalog:
        for number, (code, scopes) in enumerate(consents.items()):
            unknown = code == "S02"
            person = Participant(
                code,
                None if unknown else 101 - 9 * number,
                None if unknown else list(Sex)[number % 3],
                f"{TYPED['note']}, {EMAIL}" if code == "S05" else TYPED["note"],
                Consent(scopes, "2", "2026-10-30T09:00:00Z"),
                "2026-10-30T09:00:00Z",
            )
            catalog.add_participant(person, OPERATOR)
    levels = {
        "S01": {"stress": 6.0, "happy": 5.5, "acted-happy": 5.1},
        "S02": {"stress": 5.7, "happy": 4.9},
        "S03": {"stress": 7.7},
        "S04": {"stress": 8.8},
        "S05": {"stress": 5.2, "happy": 5.6},
        "S06": {"stress": 4.6, "happy": 5.3},
    }
    for code, theirs in levels.items():
        lab.runs[code] = write_run(root, code, SESSIONS[0], theirs, consents[code])
    lost = write_run(root, "S01", SESSIONS[1], {}, ALL, status=RunStatus.PARTIAL, until=4)
    lab.runs["lost"] = lost
    lab.runs["aborted"] = write_run(
        root, "S06", SESSIONS[1], {}, ALL, status=RunStatus.ABORTED, data="until_asked"
    )
    clock = VirtualClock()
    judge_frames(lab.runs["S01"], [40], OPERATOR, TYPED["reason"], clock, accepted=False)
    reason = f"{TYPED['reason']} {EMAIL}"
    judge_window(lab.runs["S05"], "acted-happy", 1, "failed", OPERATOR, reason, clock)
    with Catalog.open(root) as catalog:
        catalog.reindex()
    return lab


def write_run(
    root: Path,
    code: str,
    session: str,
    levels_us: Mapping[str, float],
    scopes: frozenset[Scope],
    *,
    status: RunStatus = RunStatus.COMPLETE,
    data: str = "keep",
    until: int = len(STEPS),
    simulated: bool = False,
    frames_a_second: int = FPS,
    face: bytes = FACE_JPEG,
) -> Path:
    """Write one run of the first `until` steps; `stress` is done again after a failed window."""
    run_dir = root / "sessions" / code / session / "run-01"
    make_folder(run_dir)
    writer = _Writer(RunWriter(run_dir, ORIGIN_S), frames_a_second, face)
    writer.run.event(_start(code, session, scopes, simulated=simulated))
    writer.run.event(StateChange(0.0, RunState.RUNNING))
    writer.run.event(ClockNote(0.0, "2026-11-20T10:15:30Z"))
    for name, kind, class_name in STEPS[:until]:
        if name == "stress":
            writer.step(name, kind, class_name, 1, REJECTED_US, accepted=False)
            writer.step(name, kind, class_name, 2, levels_us.get(name, 5.0))
        else:
            writer.step(name, kind, class_name, 1, levels_us.get(name, 5.0))
    counts: Facts = {"gsr_samples": writer.run.samples, "frames": writer.run.frames}
    stop = RunStop(writer.t_s, status, f"ended by {OPERATOR}", "2026-11-20T10:17:00Z", counts)
    writer.run.event(replace(stop, data=RunData(data)))
    write_recorder_json(run_dir, {"host": HOST, "user": USER, "socket": f"/run/{USER}/femo"})
    (run_dir / "recorder.log").write_text(f"{HOST} {USER} {OPERATOR} {EMAIL}\n")
    writer.run.seal()
    return run_dir


class _Writer:
    """Writes steps one after the other."""

    def __init__(self, run: RunWriter, frames_a_second: int, face: bytes) -> None:
        self.run = run
        self._face, self._face_with_more = face, with_metadata(face)
        self.t_s = 0.0
        self._samples = self._frames = 0
        self._fps = frames_a_second

    def step(
        self,
        name: str,
        kind: str,
        class_name: str | None,
        attempt: int,
        level_us: float,
        *,
        accepted: bool = True,
    ) -> None:
        event, begin_s = self.run.event, self.t_s
        onset_s, end_s = begin_s + 0.5, begin_s + 0.5 + WINDOW_S
        media = f"films/{class_name}.mp4" if kind == "clip" else None
        event(StepStart(begin_s, name, attempt, kind, class_name, media, "a film", [], 1))
        if media:
            facts: Facts = {"step": name, "attempt": attempt, "media": media, "exposure": 1}
            text = f"{media} begins on {HOST}"
            event(DeviceNote(begin_s, Stream.PLAYER, FILM_STARTED, Severity.INFO, text, facts))
        if kind in ("clip", "acted", "baseline"):
            self._until(onset_s, name, attempt, None, level_us)
            event(WindowStart(onset_s, name, attempt, class_name, 0.5, 0.01, media, 1))
            self._until(onset_s + 1, name, attempt, class_name, level_us)
            text = TYPED["marker"] if accepted else REJECTED[0]
            event(Marker(onset_s + 1, text, OPERATOR, "mark", {"text": text}, onset_s))
            if name == "happy":
                event(Marker(onset_s + 1, f"write to {EMAIL}", OPERATOR, "mark", {}))
                event(Marker(onset_s + 1, f"{OPERATOR.title()} saw it", OPERATOR, "mark", {}))
            self._until(end_s, name, attempt, class_name, level_us)
            event(WindowStop(end_s, name, attempt, class_name, "complete"))
        self._until(begin_s + STEP_S, name, attempt, None, level_us)
        if kind == "questionnaire":
            at_s = begin_s + 1
            event(Rating(at_s, name, attempt, None, SCREENED, 1, "participant"))
        if name in RATED:
            at_s = begin_s + 1
            event(Rating(at_s, name, attempt, RATED[name], "valence", 3, "participant"))
            event(Rating(at_s + 1, name, attempt, RATED[name], "valence", 7, "participant"))
        played = STEP_S if accepted else float(REJECTED[2])
        reason = "complete" if accepted else "redo"
        event(StepStop(begin_s + STEP_S, name, attempt, reason, played, STEP_S))
        self.t_s = begin_s + STEP_S
        if kind in ("clip", "acted", "baseline"):
            given = "accepted" if accepted else "redo"
            why = TYPED["reason"] if accepted else REJECTED[0]
            criteria: Facts = {
                "gsr_valid_share": {"value": 1.0, "need": 0.8, "ok": True, "note": HOST},
                "face_yield": {"value": 1.0, "need": 0.7, "ok": True},
            }
            if accepted and name == "stress":
                given = "accepted_with_reason"
            event(Verdict(self.t_s, name, attempt, class_name, given, OPERATOR, why, criteria))

    def _until(
        self, t_s: float, name: str, attempt: int, class_name: str | None, level_us: float
    ) -> None:
        while self._samples / HZ < t_s:
            gsr_us = level_us * (1.01 if self._samples % 2 else 0.99)
            gsr_us = level_us if level_us == REJECTED_US else gsr_us
            now_s = ORIGIN_S + self._samples / HZ
            self.run.sample(GsrSample(now_s, round(gsr_us, 3), gsr_us, SampleFlag.OK))
            self._samples += 1
        while self._frames / self._fps < t_s:
            number = self._frames
            jpeg = self._face_with_more if number % 3 == 0 else self._face
            frame = Frame(
                ORIGIN_S + number / self._fps,
                faces=1,
                box=Box(300 + number % 9, 120, 160, 160),
                eyes=2,
                sharpness=100.0 + number % 7,
                brightness=90.0,
                face_jpeg=jpeg,
                eyes_jpeg=EYES_JPEG,
            )
            self.run.frame(frame, name, attempt, class_name, save=class_name is not None)
            self._frames += 1


def _start(code: str, session: str, scopes: frozenset[Scope], *, simulated: bool) -> RunStart:
    calibration = GroveCalibration(
        measured_utc="2026-11-19T08:00:00Z", source="unworn and 100000 Ω", cal=512.0
    )
    port = f"/dev/serial/by-id/{SERIAL}"
    gsr: Facts = {
        "uri": f"serial:{port}",
        "model": f"Grove GSR on {port}",
        "simulated": simulated,
        "rate_hz": float(HZ),
        "facts": {"calibration": calibration.facts(), "port": port, "sensor": port},
    }
    camera: Facts = {
        "uri": f"video:/home/{USER}/faces.mp4",
        "model": f"video {USER}.mp4",
        "simulated": simulated,
        "rate_hz": float(FPS),
        "facts": {"width": 640, "height": 480, "backend": HOST},
    }
    player: Facts = {
        "uri": f"mpv?display={HOST}:0",
        "model": f"mpv on {HOST}:0",
        "simulated": simulated,
        "rate_hz": None,
        "facts": {"display": f"{HOST}:0", "sound_server": f"unix:/run/{USER}"},
    }
    steps: list[Facts] = [
        {
            "name": name,
            "kind": kind,
            "class": class_name,
            "duration_s": STEP_S,
            "media": f"films/{class_name}.mp4" if kind == "clip" else None,
            "window": {"start_s": 0.5, "duration_s": WINDOW_S}
            if kind in ("clip", "acted", "baseline")
            else None,
        }
        for name, kind, class_name in STEPS
    ]
    films: Facts = {f"films/{c}.mp4": {"sha256": "ab" * 32} for _, kind, c in STEPS if c}
    return RunStart(
        t_s=0.0,
        format=FORMAT_VERSION,
        run="run-01",
        session=session,
        participant=code,
        age=30,
        sex="X",
        consent={
            "scopes": sorted(scope.value for scope in scopes),
            "form_version": "2",
            "given_utc": "2026-10-30T09:00:00Z",
        },
        operator=OPERATOR,
        utc=f"{session[:10]}T10:15:30Z",
        boot_id=f"{HOST}-boot",
        boot_s=ORIGIN_S,
        study={"title": "Films and skin", "sha256": ""},
        protocol={
            "name": "study",
            "title": "Films one after the other",
            "sha256": "2b" * 32,
            "steps": steps,
            "media": films,
        },
        language="en",
        devices={"gsr": gsr, "camera": camera, "player": player},
        environment={"electrode_site": TYPED["fact"], OWN_FACT: "tall", "room_c": 21.5},
        versions={"femo": "0.1.0", "python": "3.11.7", "system": f"Linux on {HOST}"},
        simulated=["gsr", "camera", "player"] if simulated else [],
        auto=False,
    )


def hashes(root: Path) -> dict[str, str]:
    """Return the hash of every file of a store that a backup holds as it is."""
    # a backup writes itself into these; what is derived is made again
    changes = ("catalog.db", "audit", "recorder.lock", "derived")
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
        and path.name != "lock"
        and not path.relative_to(root).as_posix().startswith(changes)
    }
