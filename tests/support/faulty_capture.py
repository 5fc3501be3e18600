"""A camera's driver that fails by schedule, in place of cv2.VideoCapture in the camera process.

`faulty_python_path` makes a folder that, on PYTHONPATH, puts it there. Faults begin once the file
FAULTY_GO exists, and each is noted in FAULTY_LOG, with the boot time at which it began and ended.
The images are numbered: their grey level is 60 + number % LEVELS, at 30 images a second.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

FPS = 30
DARKEST, LEVELS = 60, 128
QUEUE = 4  # buffers of the driver: once full, newer images are lost, so that the oldest stay
SIZE, OTHER_SIZE = (720, 480), (640, 480)
_CUSTOMIZE = """
import sys
if "femo_tui.recorder.camera_process" in sys.orig_argv:
    from tests.support.faulty_capture import install
    install()
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, from when on and for how long, in seconds after the start signal."""

    name: str
    onset_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        return self.onset_s + self.duration_s


FAULTS = (
    Fault("stale queue", 1.0, 0.6),
    Fault("frozen", 3.0, 1.4),
    Fault("black", 5.5, 1.2),
    Fault("resolution", 8.0, 1.0),
    Fault("unplugged, read says True", 10.0, 3.5),
    Fault("unplugged, read says False", 16.0, 1.0),
    Fault("read blocks", 19.0, 10.0),
)
END_S = 31.0


def faulty_python_path(folder: Path) -> Path:
    """Fill a folder for PYTHONPATH."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_CUSTOMIZE, "utf-8")
    return folder


def install() -> None:
    """Give OpenCvCamera this driver."""
    from femo_tui.devices.camera_opencv import OpenCvCamera

    OpenCvCamera._capture = lambda _camera: FaultyCapture()  # type: ignore[assignment,method-assign,return-value]


def now_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class _Timeline:
    """The faults on the host's clock; outlives each opening of the camera."""

    def __init__(self) -> None:
        self._go = Path(os.environ["FAULTY_GO"])
        self._log = Path(os.environ["FAULTY_LOG"])
        self._begun_s: float | None = None
        self._noted: set[str] = set()

    def fault(self) -> Fault | None:
        """Return what is wrong now, and note it the first time."""
        if self._begun_s is None:
            if not self._go.exists():
                return None
            self._begun_s = now_s()
        t_s = now_s() - self._begun_s
        for fault in FAULTS:
            if fault.onset_s <= t_s < fault.end_s:
                self._note(fault, self._begun_s)
                return fault
        return None

    def end_s(self, fault: Fault) -> float:
        assert self._begun_s is not None
        return self._begun_s + fault.end_s

    def _note(self, fault: Fault, begun_s: float) -> None:
        if fault.name not in self._noted:
            self._noted.add(fault.name)
            line = {"fault": fault.name, "begin_s": now_s(), "end_s": begun_s + fault.end_s}
            with self._log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")


class FaultyCapture:
    """What femo calls of cv2.VideoCapture."""

    _faults: _Timeline | None = None
    _shown = 0  # number of the newest image given: a frozen camera goes on with it

    def __init__(self) -> None:
        FaultyCapture._faults = FaultyCapture._faults or _Timeline()
        self._made = int(now_s() * FPS)  # number of the newest image
        self._queued: list[int] = []
        self._number = self._made
        fault = self._fault()
        self._opened = fault is None or not fault.name.startswith("unplugged")

    def isOpened(self) -> bool:  # noqa: N802 - cv2's name
        return self._opened

    def set(self, _setting: int, _value: float) -> bool:
        return True

    def get(self, _setting: int) -> float:
        return float(FPS)

    def getBackendName(self) -> str:  # noqa: N802 - cv2's name
        return "FAULTY"

    def release(self) -> None: ...

    def read(self) -> tuple[bool, Image | None]:
        return self.retrieve() if self.grab() else (False, None)

    def grab(self) -> bool:
        """Take the oldest image of the driver's queue, or wait for the next."""
        fault = self._fault()
        if fault is not None and fault.name == "unplugged, read says False":
            return False
        if fault is not None and fault.name == "unplugged, read says True":
            return True  # at once, as a driver whose device is gone
        if fault is not None and fault.name == "read blocks":
            self._sleep_until(self._timeline.end_s(fault))
            self._made = int(now_s() * FPS)
        newest = int(now_s() * FPS)
        while len(self._queued) < QUEUE and self._made < newest:
            self._made += 1
            self._queued.append(self._made)
        if len(self._queued) == QUEUE:
            self._made = newest
        if not self._queued:
            self._made += 1
            self._sleep_until(self._made / FPS)
            self._queued.append(self._made)
        self._number = self._queued.pop(0)
        return True

    def retrieve(self) -> tuple[bool, Image | None]:
        """Return the image that was grabbed."""
        fault = self._fault()
        name = None if fault is None else fault.name
        if fault is not None and name == "stale queue":
            self._sleep_until(self._timeline.end_s(fault))
        if name in ("frozen", "unplugged, read says True"):
            self._number = FaultyCapture._shown
        FaultyCapture._shown = self._number
        width, height = OTHER_SIZE if name == "resolution" else SIZE
        level = self._number % 5 if name == "black" else DARKEST + self._number % LEVELS
        return True, np.full((height, width, 3), level, np.uint8)

    @property
    def _timeline(self) -> _Timeline:
        assert FaultyCapture._faults is not None
        return FaultyCapture._faults

    def _fault(self) -> Fault | None:
        return self._timeline.fault()

    def _sleep_until(self, t_s: float) -> None:
        time.sleep(max(0.0, t_s - now_s()))
