"""The order of work of the study's script of 2018, written anew: one thread does everything.

Run: python tests/bench/loop_2018.py VIDEO PORT SECONDS FOLDER
Reads a camera (a video file in real time, with a driver's queue of four), resizes, searches the
whole frame for faces, waits for the sensor's line, appends it to a CSV file that is opened anew
each time, and writes the crops. Where the study names no setting it is that of OpenCV's tutorial,
whose call for faces it made: eyes are searched in the face, as finely as by default. Beside that,
FOLDER/boxes.csv gets the number of each frame of the video that was read, and the largest face.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2  # noqa: TID253 - a script of its own
import cv2.data  # noqa: TID253
import serial  # noqa: TID253

if TYPE_CHECKING:
    from cv2.typing import MatLike

SIZE = (720, 480)
DRIVER_QUEUE = 4


def now_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class PacedVideo:
    """A video file as a camera whose driver keeps the last images until they are read."""

    def __init__(self, path: str) -> None:
        self._capture = cv2.VideoCapture(path)
        self._fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._begun_s = now_s()
        self.number = -1

    def read(self) -> MatLike:
        newest = int((now_s() - self._begun_s) * self._fps)
        wanted = max(self.number + 1, newest - DRIVER_QUEUE + 1)
        time.sleep(max(0.0, self._begun_s + wanted / self._fps - now_s()))
        while self.number < wanted:
            if not self._capture.grab():
                raise SystemExit("the video is shorter than the recording")
            self.number += 1
        return self._capture.retrieve()[1]


def largest(boxes: Any) -> tuple[int, int, int, int] | None:
    return max(
        ((int(x), int(y), int(w), int(h)) for x, y, w, h in boxes), key=lambda b: b[2], default=None
    )


def main(video: str, port: str, seconds: float, folder: Path) -> None:
    faces = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    eyes = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_eye.xml")
    sensor = serial.Serial(port, 115200)
    sensor.reset_input_buffer()  # what a real port throws away while nobody has it open
    camera = PacedVideo(video)
    boxes: list[tuple[object, ...]] = []
    print("begun", flush=True)
    end_s = now_s() + seconds
    while now_s() < end_s:
        image = cv2.resize(camera.read(), SIZE)
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        face = largest(faces.detectMultiScale(grey, 1.3, 5))
        crops = []
        if face is not None:
            x, y, w, h = face
            crop = image[y : y + h, x : x + w]
            crops = [("Face", crop)]
            for ex, ey, ew, eh in eyes.detectMultiScale(grey[y : y + h, x : x + w])[:1]:
                crops.append(("Eyes", crop[ey : ey + eh, ex : ex + ew]))
        while sensor.in_waiting == 0:
            pass
        line = sensor.readline().decode("ascii", "replace").strip()
        with (folder / "gsr.csv").open("a", newline="") as file:
            csv.writer(file).writerow([now_s(), "S1", "Happy", line, camera.number])
        for part, crop in crops:
            cv2.imwrite(str(folder / f"Happy_S1_{part}_{camera.number:03d}.jpg"), crop)
        boxes.append((camera.number, *(face or ("", "", "", ""))))
    with (folder / "boxes.csv").open("w", newline="") as file:
        csv.writer(file).writerows(boxes)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), Path(sys.argv[4]))
