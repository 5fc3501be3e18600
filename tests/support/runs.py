"""Run folders for tests: the golden one, copies of it, and small ones written here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from femo_tui.model.events import FORMAT_VERSION, Facts, RunStart
from femo_tui.model.records import Frame, GsrSample, SampleFlag
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, MANIFEST, RUN_FILE
from femo_tui.store.seal import seal_run

GOLDEN = Path(__file__).parents[1] / "data" / "golden-run"
WINDOWS_BY_HAND = Path(__file__).with_name("windows_by_hand.py")
ORIGIN_S = 5000.0
FACE = b"\xff\xd8face\xff\xd9"


def copy_of_golden(to: Path) -> Path:
    """Return a writable copy of the golden run, sealed as the original."""
    shutil.copytree(GOLDEN, to)
    return to


def golden_in(root: Path, code: str = "S01") -> Path:
    """Copy the golden run into a store, to where a run of this participant lies."""
    return copy_of_golden(root / "sessions" / code / "2026-11-22T101530" / "run-01")


def golden_at(root: Path, code: str, day: int, count: int, *, primary: bool) -> Path:
    """Write a run in which somebody saw the film, and what was counted then."""
    session = f"2026-11-{day}T101530"
    run_dir = copy_of_golden(root / "sessions" / code / session / "run-01")
    path = run_dir / "run.jsonl"
    path.chmod(0o600)
    lines = []
    for text in path.read_text("utf-8").splitlines():
        event = json.loads(text)
        counted: Mapping[str, Any] = {"exposure": count, "primary": primary}
        match event["event"], event.get("step"), event.get("name"):
            case "run_start", _, _:
                utc = f"2026-11-{day}T10:15:30Z"
                consent = event["consent"] | {"scopes": ["face", "gsr", "share-face", "share-gsr"]}
                told = {"participant": code, "session": session, "utc": utc, "consent": consent}
                event.update(told)
            case "window_start", "happy", _:
                event.update(counted)
            case "step_start", "happy", _:
                event["exposure"] = count
            case "device", _, "film_started":
                event["detail"].update(counted)
        lines.append(json.dumps(event) + "\n")
    path.write_text("".join(lines), "utf-8")
    seal_run(run_dir)
    return run_dir


def lose(run_dir: Path, at_s: float, boot_id: str = "") -> None:
    """Make a finished run one that lost its recorder `at_s` into it, as if nothing came after."""
    for file in run_dir.rglob("*"):
        if file.is_file():
            file.chmod(0o600)
    (run_dir / MANIFEST).unlink()
    first, *lines = (run_dir / RUN_FILE).read_text("utf-8").splitlines(keepends=True)
    if boot_id:
        first = json.dumps({**json.loads(first), "boot_id": boot_id}) + "\n"
    kept = [line for line in lines if json.loads(line)["t_s"] < at_s]
    (run_dir / RUN_FILE).write_text(first + "".join(kept), "utf-8")
    for name in (GSR_FILE, FRAMES_FILE):
        header, *rows = (run_dir / name).read_text("utf-8").splitlines(keepends=True)
        kept = [row for row in rows if float(row.split(",")[0]) < at_s]
        (run_dir / name).write_text(header + "".join(kept), "utf-8")


def run_start(participant: str = "S01", session: str = "2026-11-22T101530") -> RunStart:
    """Return the first line of a run with two planned steps, one of them with a window."""
    return RunStart(
        t_s=0.0,
        format=FORMAT_VERSION,
        run="run-01",
        session=session,
        participant=participant,
        age=30,
        sex="X",
        consent={"scopes": ["gsr", "face"], "form_version": "2", "given_utc": "2026-11-01"},
        operator="ana",
        utc="2026-11-22T10:15:30Z",
        boot_id="boot",
        boot_s=ORIGIN_S,
        study={"title": "t", "sha256": ""},
        protocol={
            "name": "quick",
            "title": "Quick",
            "sha256": "2" * 64,
            "steps": [
                {"name": "welcome", "kind": "instruction", "class": None, "duration_s": 1.0},
                {
                    "name": "happy",
                    "kind": "acted",
                    "class": "Happy_A",
                    "duration_s": 10.0,
                    "window": {"start_s": 0.0, "duration_s": 10.0},
                },
            ],
        },
        language="en",
        devices={"gsr": None, "camera": None, "player": None},
        environment={},
        versions={},
        simulated=[],
        auto=True,
    )


def wile_start(
    run_dir: Path,
    code: str,
    session: str,
    began: datetime,
    *,
    protocol: Facts,
    devices: Facts,
    simulated: Sequence[str] = (),
    auto: bool = False,
) -> RunStart:
    """Return the first line of a run of the study `Wile`, told by operator ada."""
    start = run_start(code, session)
    return replace(
        start,
        run=run_dir.name,
        age=29,
        sex="F",
        consent={**start.consent, "given_utc": ""},
        operator="ada",
        utc=f"{began:%Y-%m-%dT%H:%M:%SZ}",
        boot_id="b",
        boot_s=0.0,
        study={"title": "Wile", "sha256": ""},
        protocol=protocol,
        devices=devices,
        simulated=[*simulated],
        auto=auto,
    )


def sample(run_s: float, gsr_us: float = 5.0) -> GsrSample:
    return GsrSample(ORIGIN_S + run_s, gsr_us, gsr_us, SampleFlag.OK)


def frame(run_s: float, *, jpeg: bytes | None = FACE) -> Frame:
    return Frame(
        ORIGIN_S + run_s,
        faces=1,
        box=None,
        eyes=2,
        sharpness=50.0,
        brightness=100.0,
        face_jpeg=jpeg,
        eyes_jpeg=jpeg,
    )
