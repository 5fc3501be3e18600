"""Video files and cameras through OpenCV, on real files."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from femo_tui.devices.camera_opencv import OpenCvCamera, VideoFile
from femo_tui.devices.camera_timing import Cadence
from femo_tui.errors import DeviceError
from femo_tui.model.clock import HostClock, VirtualClock
from tests.support.face_video import write_video

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

FPS = 25


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip of 2 s whose image number can be read off its brightness: number × 5."""
    images = (np.full((120, 160, 3), number * 5, dtype=np.uint8) for number in range(50))
    return write_video(tmp_path_factory.mktemp("clip") / "counted.avi", images, FPS)


def _number(image: object) -> int:
    return round(float(np.mean(np.asarray(image))) / 5)


def test_a_film_is_paced_by_its_own_rate(counted: Path) -> None:
    clock = VirtualClock()
    video = VideoFile(counted, clock, look_hz=1000)
    info = video.open()
    begun_s = clock.now_s()
    shots = list(iter(video.read, None))
    assert info.rate_hz == FPS
    assert [_number(shot[1]) for shot in shots if shot is not None] == list(range(50))
    times = [shot[0] - begun_s for shot in shots if shot is not None]
    assert times == pytest.approx([n / FPS for n in range(50)])


def test_a_film_is_looked_at_at_the_asked_rate(counted: Path) -> None:
    clock = VirtualClock()
    video = VideoFile(counted, clock, look_hz=10)
    video.open()
    numbers = []
    while (shot := video.read()) is not None:
        numbers.append(_number(shot[1]))
    # at 0, 0.1, 0.2 s … the images 0, 2.5 → 2, 5, …
    assert numbers == [0, 2, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 30, 32, 35, 37, 40, 42, 45, 47]


def test_a_reader_that_was_late_sees_the_present(counted: Path) -> None:
    clock = VirtualClock()
    video = VideoFile(counted, clock, look_hz=10)
    video.open()
    video.read()
    clock.advance_to(clock.now_s() + 1.05)
    shot = video.read()
    assert shot is not None
    assert _number(shot[1]) == 25
    assert video.dropped == 9  # at 0.1 to 0.9 s


def test_a_reader_that_was_a_little_late_misses_nothing(counted: Path) -> None:
    clock = VirtualClock()
    video = VideoFile(counted, clock, look_hz=25)
    begun_s = clock.now_s()
    video.open()
    video.read()
    clock.advance_to(begun_s + 0.23)
    shots = [video.read() for _ in range(8)]
    numbers = [_number(shot[1]) for shot in shots if shot is not None]
    times = [shot[0] - begun_s for shot in shots if shot is not None]
    assert numbers == list(range(1, 9))
    assert times == pytest.approx([n / FPS for n in range(1, 9)])  # when they came, not when read
    assert video.dropped == 0


def test_a_loop_starts_over(counted: Path) -> None:
    clock = VirtualClock()
    video = VideoFile(counted, clock, look_hz=1000, loop=True)
    video.open()
    shots = [video.read() for _ in range(110)]
    times = [shot[0] for shot in shots if shot is not None]
    assert [_number(shot[1]) for shot in shots if shot is not None] == [n % 50 for n in range(110)]
    assert all(b - a == pytest.approx(1 / FPS) for a, b in pairwise(times))


def test_what_is_no_film_is_refused_in_one_silent_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "notes.avi"
    text.write_text("not a film")
    with pytest.raises(DeviceError, match=r"missing\.avi does not exist"):
        VideoFile(tmp_path / "missing.avi", HostClock(), 10).open()
    with pytest.raises(DeviceError, match=r"notes\.avi can't be read"):
        VideoFile(text, HostClock(), 10).open()
    with pytest.raises(DeviceError, match=r"camera 97 can't be opened: check that it is plugged"):
        OpenCvCamera("97", HostClock(), 10).open()
    assert capfd.readouterr().err == ""


def test_a_drained_camera_gives_only_newer_frames_and_tells_its_end(counted: Path) -> None:
    # A file stands for the camera: grabbed as fast as it goes, then gone like an unplugged one.
    camera = OpenCvCamera(str(counted), HostClock(), look_hz=1e6)
    info = camera.open()
    assert info.facts["width"] == 160
    shots: list[tuple[float, Image]] = []
    with pytest.raises(DeviceError, match="stopped giving images"):
        shots.extend(iter(camera.read, None))
    camera.close()
    numbers = [_number(image) for _, image in shots]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 49
    assert camera.dropped + len(numbers) == 49  # the image that proved it open is not given
    assert all(a < b for (a, _), (b, _) in pairwise(shots))


@pytest.mark.parametrize("camera_hz", [10, 12, 15, 25, 30, 60])
def test_a_cadence_keeps_its_rate_through_jitter(camera_hz: int) -> None:
    jitter = np.random.default_rng(1).uniform(-0.004, 0.004, camera_hz * 60)
    arrivals = np.arange(camera_hz * 60) / camera_hz + jitter
    cadence = Cadence(10)
    taken = [t for t in arrivals if cadence.takes(float(t))]
    assert len(taken) == pytest.approx(600, abs=3)
    assert max(b - a for a, b in pairwise(taken)) < 0.1 + 1.5 / camera_hz


def test_a_cadence_takes_all_of_a_slower_camera() -> None:
    cadence = Cadence(10)
    assert all(cadence.takes(index / 8) for index in range(100))
