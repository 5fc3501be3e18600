"""Makes tests/data/golden-run through the run writer, from rows chosen by hand.

    python -m tests.support.make_golden tests/data/golden-run

The folder is a contract with readers outside femo: make it anew only when the format changes on
purpose. Samples come every 0.2 s, frames every 0.5 s; what lies in which window can be counted on
one's fingers and is written down in test_golden.py.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

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
from femo_tui.model.records import Box, Frame, GsrSample, SampleFlag, Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.store.files import make_folder
from femo_tui.store.layout import LOCK
from femo_tui.store.run_writer import RunWriter

BOOT_S = 1000.0
# Two grey 8×8 pictures as OpenCV 4.14 encodes them at quality 30; they differ in three bytes.
_JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1td"
    "hbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QA"
    "tRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0"
    "NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2"
    "t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/A"
)
FACE_JPEG = base64.b64decode(_JPEG + "K/yeX/t1//Z")
EYES_JPEG = base64.b64decode(_JPEG + "LnyeX/t1//Z")

_STEPS: list[Facts] = [
    {"name": "welcome", "kind": "instruction", "class": None, "duration_s": 1.0, "media": None,
     "window": None},
    {"name": "happy", "kind": "clip", "class": "Happy_S", "duration_s": 3.0,
     "media": "happy.mp4", "window": {"start_s": 1.0, "duration_s": 2.0}},
    {"name": "happy-rating", "kind": "rating", "class": None, "duration_s": None, "media": None,
     "window": None},
    {"name": "neutral-face", "kind": "acted", "class": "Neutral_A", "duration_s": 2.5,
     "media": None, "window": {"start_s": 0.5, "duration_s": 2.0}},
]  # fmt: skip


def _start() -> RunStart:
    def device(uri: str, model: str, rate_hz: float | None) -> Facts:
        return {"uri": uri, "model": model, "simulated": True, "rate_hz": rate_hz, "facts": {}}

    return RunStart(
        t_s=0.0,
        format=FORMAT_VERSION,
        run="run-01",
        session="2026-11-22T101530",
        participant="S01",
        age=34,
        sex="F",
        consent={
            "scopes": ["face", "gsr", "keep"],
            "form_version": "1",
            "given_utc": "2026-11-22T10:00:00Z",
        },
        operator="ana",
        utc="2026-11-22T10:15:30Z",
        boot_id="00000000-0000-4000-8000-000000000001",
        boot_s=BOOT_S,
        study={"title": "Golden study", "sha256": "0" * 64},
        protocol={"name": "golden", "title": "Two windows", "sha256": "1" * 64, "steps": _STEPS},
        language="en",
        devices={
            "gsr": device("sim:1", "simulated GSR in µS", 5.0),
            "camera": device("sim:1", "simulated camera", 2.0),
            "player": device("sim", "simulated player", None),
        },
        environment={"electrode_site": "middle phalanges II and III", "room_c": 21.5},
        versions={"femo": "0"},
        simulated=["gsr", "camera", "player"],
        auto=False,
    )


def _sample(number: int) -> GsrSample:
    t_s = BOOT_S + 0.2 * number
    if number == 15:  # at 3.0 s, in the first window
        return GsrSample(t_s, 0.0, None, SampleFlag.NOT_WORN, 0.2 * number, number)
    gsr_us = round(4 + number / 10, 1)
    return GsrSample(t_s, gsr_us, gsr_us, SampleFlag.OK, 0.2 * number, number)


def _frame(number: int) -> Frame:
    t_s = BOOT_S + 0.25 + 0.5 * number
    if number == 5:  # at 2.75 s: nobody in the picture
        return Frame(t_s, faces=0, box=None, eyes=0, sharpness=None, brightness=91.25)
    eyes = 0 if number == 6 else 2  # at 3.25 s: eyes shut
    return Frame(
        t_s,
        faces=1,
        box=Box(310 + number, 120, 160, 160),
        eyes=eyes,
        sharpness=100.0 + number,
        brightness=90.0,
        face_jpeg=FACE_JPEG,
        eyes_jpeg=EYES_JPEG if eyes else None,
    )


def make_golden(run_dir: Path) -> None:
    """Write the golden run into a folder that does not exist yet, and seal it."""
    make_folder(run_dir)
    writer = RunWriter(run_dir, BOOT_S)
    written = [0, 0]

    def until(t_s: float, step: str = "", class_name: str | None = None) -> None:
        """Write the samples and frames that arrive before `t_s`."""
        while 0.2 * written[0] < t_s - 1e-9 and written[0] <= 40:
            if written[0] != 30:  # at 6.0 s, in the second window: lost on its way
                writer.sample(_sample(written[0]))
            written[0] += 1
        while 0.25 + 0.5 * written[1] < t_s - 1e-9 and written[1] < 16:
            frame = _frame(written[1])
            writer.frame(frame, step, 1 if step else 0, class_name, save=class_name is not None)
            written[1] += 1

    writer.event(_start())
    writer.event(StateChange(0.0, RunState.ARMING))
    writer.event(ClockNote(0.0, "2026-11-22T10:15:30Z"))
    writer.event(StateChange(0.0, RunState.RUNNING))
    writer.event(StepStart(0.0, "welcome", 1, "instruction", None, None, "a text"))
    until(1.0, "welcome")
    writer.event(StepStop(1.0, "welcome", 1, "complete"))
    writer.event(StepStart(1.0, "happy", 1, "clip", "Happy_S", "happy.mp4", "the film", exposure=1))
    shown: Facts = {"step": "happy", "attempt": 1, "media": "happy.mp4"}
    facts: Facts = {**shown, "exposure": 1, "primary": True}
    began = "happy.mp4 begins"
    writer.event(DeviceNote(1.0, Stream.PLAYER, FILM_STARTED, Severity.INFO, began, facts))
    until(2.0, "happy")
    writer.event(WindowStart(2.0, "happy", 1, "Happy_S", 1.0, 0.042, "happy.mp4", 1))
    until(4.0, "happy", "Happy_S")
    writer.event(WindowStop(4.0, "happy", 1, "Happy_S", "complete"))
    writer.event(StepStop(4.05, "happy", 1, "complete", 3.0, 3.0))
    until(4.3)
    writer.event(StateChange(4.3, RunState.AWAITING_VERDICT, "all criteria are met"))
    writer.event(
        Verdict(4.5, "happy", 1, "Happy_S", "accepted", "ana", "", {"face_yield": {"ok": True}})
    )
    writer.event(StateChange(4.5, RunState.RUNNING))
    writer.event(StepStart(4.5, "happy-rating", 1, "rating", None, None, "a question", ["happy"]))
    until(4.9, "happy-rating")
    writer.event(Rating(4.9, "happy-rating", 1, "happy", "happy", 7, "participant"))
    writer.event(StepStop(5.0, "happy-rating", 1, "complete"))
    writer.event(StepStart(5.0, "neutral-face", 1, "acted", "Neutral_A", None, "a drawing"))
    until(5.5, "neutral-face")
    writer.event(WindowStart(5.5, "neutral-face", 1, "Neutral_A", None, 0.0))
    until(6.2, "neutral-face", "Neutral_A")
    lost = "1 sample is missing before this one"
    writer.event(DeviceNote(6.2, Stream.GSR, "samples_lost", Severity.LOSS, lost, {"count": 1}))
    rejected = "a line is no number and was left out"
    writer.event(
        DeviceNote(6.3, Stream.GSR, "line_rejected", Severity.WARNING, rejected, {"bytes": "372e7"})
    )
    until(7.0, "neutral-face", "Neutral_A")
    writer.event(Marker(7.0, "coughed", "ana", "mark", {"text": "coughed"}, 6.981))
    until(7.5, "neutral-face", "Neutral_A")
    writer.event(WindowStop(7.5, "neutral-face", 1, "Neutral_A", "complete"))
    writer.event(StepStop(7.5, "neutral-face", 1, "complete"))
    reason = "one sample lost, all else well"
    failed: Facts = {"gsr_rate_share": {"ok": False}}
    writer.event(
        Verdict(7.8, "neutral-face", 1, "Neutral_A", "accepted_with_reason", "ana", reason, failed)
    )
    until(8.1)
    writer.event(StateChange(8.1, RunState.STOPPING, "complete"))
    writer.event(StateChange(8.1, RunState.DONE))
    counts: Facts = {
        "gsr_samples": writer.samples,
        "gsr_lost": 1,
        "gsr_rejected_lines": 1,
        "frames": writer.frames,
        "frames_with_face": 15,
        "frames_dropped": 0,
        "windows_accepted": 2,
        "windows_failed": 0,
    }
    writer.event(RunStop(8.1, RunStatus.COMPLETE, "complete", "2026-11-22T10:15:38Z", counts))
    writer.seal()
    (run_dir / LOCK).unlink()  # says nothing once nobody holds it


if __name__ == "__main__":
    make_golden(Path(sys.argv[1]))
