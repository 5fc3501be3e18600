"""Capture at the study's rates, 10 FPS of 720×480 and 10 Hz: femo beside the loop of 2018.

Run: python -m tests.bench.capture [--seconds 25] [--json]
Both record the same face from the same video and the same lines from a pseudo-terminal, one after
the other. CPU time is that of the whole process tree from the first sample on, without its start.
femo's boxes are compared with those of the study's search of the whole frame, on the same frames.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tests.bench.loop_2018 import largest
from tests.support.face_video import make_face_video
from tests.support.femo import Femo, wait_until
from tests.support.paced_sensor import PLAIN_FROM, PLAIN_STEP, paced_sensor, read_log
from tests.support.processes import cost_of
from tests.support.stamps import SampleFigures, compare, sample_figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SENSOR_HZ = 10
VIDEO_FPS = 25  # of the camera; both look at about ten of them a second
SPARE_S = 15  # of video, for the start and the end
SAME_FACE_IOU = 0.5
SAME_PLACE_LEVELS = 0.3  # brightness is stored to two decimals; JPEG decoders differ in the last
LOOK_EVERY_S = 0.25

Box: TypeAlias = tuple[int, int, int, int]
Boxes: TypeAlias = dict[int, Box | None]  # by the number of the video's frame

PROTOCOL = """
name = "capture"
title = "One window"
languages = ["en"]
camera_fps = 10

[[step]]
name = "face"
kind = "acted"
duration_s = {seconds}
emotion = "happy"
elicitation = "A"
text = {{ en = "Smile." }}
window = {{ start_s = 0, duration_s = {seconds} }}
"""


@dataclass(frozen=True, slots=True)
class Captured:
    """What one of the two recorded, and what it took."""

    cores: float
    samples: SampleFigures
    boxes: Boxes


def cores_of(process: subprocess.Popen[str]) -> float:
    """Return the CPU seconds a second of a process and its children, from now until they end."""
    begun_s = last_s = time.monotonic()
    first = last = cost_of(process.pid)
    while process.poll() is None:
        now = cost_of(process.pid)
        if now is not None and last is not None and now.cpu_s >= last.cpu_s:
            last, last_s = now, time.monotonic()
        time.sleep(LOOK_EVERY_S)
    assert first is not None
    assert last is not None
    return (last.cpu_s - first.cpu_s) / (last_s - begun_s)


def number_of(value: str) -> int:
    """Return the number of the line that brought a value."""
    return round((float(value) - PLAIN_FROM) / PLAIN_STEP)


def capture_2018(video: Path, seconds: float, base: Path) -> Captured:
    folder = base / "loop"
    folder.mkdir()
    log = base / "loop.bin"
    script = Path(__file__).with_name("loop_2018.py")
    with paced_sensor(SENSOR_HZ, "plain", log) as port:
        command = [sys.executable, str(script), str(video), port, str(seconds), str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            cores = cores_of(process)
        assert process.returncode == 0
    with (folder / "gsr.csv").open(newline="") as file:
        rows = [(number_of(row[3]), float(row[0])) for row in csv.reader(file) if "." in row[3]]
    with (folder / "boxes.csv").open(newline="") as file:
        boxes = {int(row[0]): _box(row[1:]) for row in csv.reader(file)}
    # The first line may be cut, and then is any number.
    return Captured(cores, compare(rows[1:], read_log(log)), boxes)


def capture_femo(video: Path, seconds: float, base: Path) -> Captured:
    femo = Femo(base / "home", base / "store")
    femo.home.mkdir()
    protocol = base / "capture.toml"
    protocol.write_text(PROTOCOL.format(seconds=seconds), "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "all")
    log = base / "femo.bin"
    with (
        paced_sensor(SENSOR_HZ, "plain", log) as port,
        femo.started(
            *("record", "--participant", "S01", "--protocol", str(protocol), "--auto"),
            *("--gsr", f"serial:{port}?unit=adc", "--camera", f"video:{video}"),
            *("--player", "none"),
        ) as recorder,
    ):
        wait_until(lambda: bool(list(_first_rows(femo.store))), "the first sample")
        cores = cores_of(recorder)
        assert recorder.returncode == 0, recorder.communicate()
    run_dir = next(femo.store.glob("sessions/*/*/run-*"))
    samples = sample_figures(run_dir, read_log(log), lambda row: number_of(row["raw"]))
    return Captured(cores, samples, _stored_boxes(run_dir, video))


def _first_rows(store: Path) -> Iterator[Path]:
    for path in store.glob("sessions/*/*/run-*/gsr.csv"):
        if path.read_text("utf-8").count("\n") > 1:
            yield path


def _stored_boxes(run_dir: Path, video: Path) -> Boxes:
    """Return the boxes of frames.csv by the number of the video's frame.

    Which frame of the video was the first is found by brightness: it is in no file.
    """
    with (run_dir / "frames.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    first_s = float(rows[0]["t_s"])
    places = [round((float(row["t_s"]) - first_s) * VIDEO_FPS) for row in rows]
    stored = [float(row["brightness"]) for row in rows]
    real = _brightness(video)

    def off(offset: int) -> float:
        return max(
            abs(real[offset + place] - level) for place, level in zip(places, stored, strict=True)
        )

    offset = min(range(len(real) - places[-1]), key=off)
    assert off(offset) < SAME_PLACE_LEVELS, "these are not the video's frames"
    return {
        offset + place: _box([row[part] for part in "xywh"])
        for place, row in zip(places, rows, strict=True)
    }


def _brightness(video: Path) -> list[float]:
    return [float(grey.mean()) for grey in _greys(video)]


def whole_frame_boxes(video: Path, numbers: Container[int]) -> Boxes:
    """Return what the study's search finds in the frames of these numbers."""
    import cv2
    import cv2.data

    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    return {
        number: largest(cascade.detectMultiScale(grey, 1.3, 5))
        for number, grey in enumerate(_greys(video))
        if number in numbers
    }


def _greys(video: Path) -> Iterator[NDArray[np.uint8]]:
    import cv2
    import numpy as np

    capture = cv2.VideoCapture(str(video))
    while (shot := capture.read())[0]:
        yield cv2.cvtColor(shot[1], cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def _box(parts: list[str]) -> Box | None:
    if parts[0] == "":
        return None
    x, y, w, h = (int(part) for part in parts)
    return x, y, w, h


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over the union of two boxes."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0, across) * max(0, down)
    return common / (one[2] * one[3] + other[2] * other[3] - common)


def agreement(one: Boxes, other: Boxes) -> tuple[int, float]:
    """Return in how many frames both found a face, and the share in which it is the same one."""
    both = [
        overlap(box, found)
        for number, box in one.items()
        if box is not None and (found := other.get(number)) is not None
    ]
    return len(both), sum(iou >= SAME_FACE_IOU for iou in both) / len(both)


def with_face(boxes: Boxes) -> float:
    return sum(box is not None for box in boxes.values()) / len(boxes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        video = make_face_video(base / "face.avi", options.seconds + SPARE_S, VIDEO_FPS)
        then = capture_2018(video, options.seconds, base)
        now = capture_femo(video, options.seconds, base)
        hits, same = agreement(whole_frame_boxes(video, now.boxes), now.boxes)
    figures = {
        "loop_2018_cores": round(then.cores, 3),
        "femo_cores": round(now.cores, 3),
        "femo_cores_budget": 0.15,
        "times_less": round(then.cores / now.cores, 1),
        "times_less_budget": 10,
    }
    for name, side in (("loop_2018", then), ("femo", now)):
        figures |= {
            f"{name}_gsr_hz": round(side.samples.rate_hz, 3),
            f"{name}_samples_missing": side.samples.missing,
            f"{name}_stamp_error_median_ms": round(side.samples.stamp_error_median_ms, 3),
            f"{name}_stamp_error_p99_ms": round(side.samples.stamp_error_p99_ms, 3),
            f"{name}_stamp_error_max_ms": round(side.samples.stamp_error_max_ms, 3),
            f"{name}_frames": len(side.boxes),
            f"{name}_with_face": round(with_face(side.boxes), 4),
        }
    figures |= {
        "femo_stamp_error_p99_ms_budget": 2,
        "frames_with_a_face_in_both": hits,
        "same_face": round(same, 4),
        "same_face_budget": 0.99,
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        if not name.endswith("_budget"):
            budget = figures.get(f"{name}_budget")
            print(f"{name:36}{value}{'' if budget is None else f'   budget {budget}'}")


if __name__ == "__main__":
    main()
