"""Face detection: as the study's full scan finds, at a fraction of its cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from femo_tui.faces.finder import FaceFinder, eye_box
from femo_tui.model.records import Box
from tests.support.face_video import face_images

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

PERIOD_S = 0.1


def _study_scan(image: Image) -> Box | None:
    """Find the largest face with OpenCV's own call and the study's parameters."""
    import cv2
    import cv2.data

    cascade = cv2.CascadeClassifier(
        str(Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml")
    )
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    boxes = cascade.detectMultiScale(grey, 1.3, 5, minSize=(80, 80))
    found = [Box(*(int(v) for v in box)) for box in boxes]
    return max(found, key=lambda box: box.w * box.h, default=None)


def _overlap(one: Box, other: Box) -> float:
    """Return intersection over union."""
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    shared = max(0, across) * max(0, down)
    return shared / (one.w * one.h + other.w * other.h - shared)


def _room() -> Image:
    return np.random.default_rng(3).integers(90, 130, (480, 720, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def clip() -> list[Image]:
    """Return 20 s of a real face that moves, at 10 images a second."""
    return list(face_images(200, fps=10))


def test_search_near_the_last_face_agrees_with_the_full_scan(clip: list[Image]) -> None:
    finder = FaceFinder()
    seen = [finder.look(image, index * PERIOD_S).box for index, image in enumerate(clip)]
    full = [_study_scan(image) for image in clip]
    hits = [(near, scan) for near, scan in zip(seen, full, strict=True) if scan is not None]
    agreeing = [near is not None and _overlap(near, scan) >= 0.5 for near, scan in hits]
    assert len(hits) == len(clip)
    assert sum(agreeing) >= 0.99 * len(hits)
    # 20 s with a face in view: one scan of the whole frame each 2 s and the first, no more.
    assert finder.full_scans <= 11


def test_a_real_face_comes_with_both_eyes_and_readable_crops(clip: list[Image]) -> None:
    import cv2

    finder = FaceFinder()
    frames = [finder.look(image, index * PERIOD_S) for index, image in enumerate(clip[:50])]
    assert sum(frame.eyes == 2 for frame in frames) >= 0.95 * len(frames)
    frame = frames[0]
    assert frame.box is not None
    assert frame.face_jpeg is not None
    assert frame.eyes_jpeg is not None
    face = cv2.imdecode(np.frombuffer(frame.face_jpeg, np.uint8), cv2.IMREAD_COLOR)
    eyes = cv2.imdecode(np.frombuffer(frame.eyes_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert face is not None
    assert eyes is not None
    assert face.shape == (frame.box.h, frame.box.w, 3)
    assert 0.5 * frame.box.w < eyes.shape[1] <= 1.1 * frame.box.w
    assert eyes.shape[0] < 0.5 * frame.box.h


def test_a_head_that_jumps_out_of_the_searched_region_is_found_in_the_same_frame(
    clip: list[Image],
) -> None:
    finder = FaceFinder()
    before = finder.look(clip[0], 0.0)
    moved = np.roll(clip[0], 180, axis=1)
    after = finder.look(moved, 0.1)
    assert before.box is not None
    assert after.box is not None
    assert abs(after.box.x - before.box.x - 180) < 20


def test_an_empty_chair_costs_two_scans_a_second() -> None:
    finder = FaceFinder()
    room = _room()
    for index in range(100):
        assert finder.look(room, index * PERIOD_S).faces == 0
    assert finder.full_scans <= 21


def test_who_sits_down_is_found_within_half_a_second(clip: list[Image]) -> None:
    finder = FaceFinder()
    room = _room()
    for index in range(33):
        finder.look(room, index * PERIOD_S)
    found = [finder.look(clip[0], (33 + index) * PERIOD_S).faces for index in range(6)]
    assert 1 in found


def test_a_second_face_is_counted_and_the_larger_kept(clip: list[Image]) -> None:
    finder = FaceFinder()
    both = np.hstack([clip[0], _beside(clip[0])])
    frames = [finder.look(both, index * PERIOD_S) for index in range(10)]
    assert [frame.faces for frame in frames] == [2] * 10
    assert all(frame.box is not None and frame.box.x < 720 for frame in frames)


def _beside(image: Image) -> Image:
    """Return a canvas of the same height with the image at two thirds."""
    import cv2

    canvas = np.full_like(image, 110)
    small = cv2.resize(image, (480, 320))
    canvas[80:400, 100:580] = small
    return canvas


def test_another_resolution_starts_over(clip: list[Image]) -> None:
    import cv2

    finder = FaceFinder()
    finder.look(clip[0], 0.0)
    doubled = cv2.resize(clip[0], (1440, 960)).astype(np.uint8)
    frame = finder.look(doubled, 0.1)
    scan = _study_scan(clip[0])
    assert frame.box is not None
    assert scan is not None
    assert _overlap(frame.box, Box(scan.x * 2, scan.y * 2, scan.w * 2, scan.h * 2)) > 0.5


def test_brightness_is_the_mean_grey_level() -> None:
    image = np.empty((480, 720, 3), dtype=np.uint8)
    image[:] = (40, 120, 200)
    # ITU-R BT.601: 0.114 B + 0.587 G + 0.299 R
    assert FaceFinder().look(image, 0.0).brightness == pytest.approx(134.8, abs=0.6)


def test_sharpness_falls_with_blur_and_not_with_distance(clip: list[Image]) -> None:
    import cv2

    sharp = FaceFinder().look(clip[0], 0.0).sharpness
    blurred = FaceFinder().look(cv2.GaussianBlur(clip[0], (0, 0), 4).astype(np.uint8), 0.0)
    near = FaceFinder().look(cv2.resize(clip[0], (1080, 720)).astype(np.uint8), 0.0).sharpness
    assert sharp is not None
    assert blurred.sharpness is not None
    assert near is not None
    assert blurred.sharpness < 0.3 * sharp
    assert 0.6 < near / sharp < 1.6


def test_what_is_kept_of_the_eyes() -> None:
    face = Box(100, 50, 200, 200)
    left, right = Box(140, 110, 40, 40), Box(220, 114, 40, 40)
    assert eye_box(face, ()) is None
    band = eye_box(face, (left,))
    pair = eye_box(face, (left, right))
    assert band is not None
    assert pair is not None
    assert (band.x, band.w) == (100, 200)
    assert band.y <= left.y
    assert band.y + band.h >= left.y + left.h
    assert pair.x <= 140
    assert pair.x + pair.w >= 260
    assert pair.y <= 110
    assert pair.y + pair.h >= 154
