"""The simulated camera: a face that detection finds, that follows its cue, the same every time."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from femo_tui.devices.camera_sim import SimCamera
from femo_tui.devices.drawn_face import EXPRESSIONS, DrawnFace
from femo_tui.faces.finder import FaceFinder
from femo_tui.model.clock import HostClock, VirtualClock
from femo_tui.model.conditions import STUDY_EMOTIONS, Condition, Elicitation

HAPPY = Condition("happy", Elicitation.ACTED)


def test_face_and_both_eyes_are_found_in_40_people_of_4_expressions() -> None:
    finder = FaceFinder()
    faces = eyes = looks = 0
    for seed in range(40):
        person = DrawnFace(seed)
        for emotion in STUDY_EMOTIONS:
            for turn in range(3):
                # times that share no period with blinks or sway
                image = person.image(1000 + seed * 3.3 + turn * 1.618, EXPRESSIONS[emotion])
                looks += 1
                # an hour apart, so that no face is found because of the one before
                frame = finder.look(image, looks * 3600.0)
                faces += frame.faces == 1
                eyes += frame.eyes == 2
    assert faces >= 0.95 * looks
    assert eyes >= 0.95 * looks


def test_the_same_seed_and_time_give_the_same_image() -> None:
    one, same, other = (DrawnFace(seed) for seed in (5, 5, 6))
    pose = EXPRESSIONS["stress"]
    assert np.array_equal(one.image(1234.5, pose), same.image(1234.5, pose))
    assert not np.array_equal(one.image(1234.5, pose), other.image(1234.5, pose))
    assert not np.array_equal(one.image(1234.5, pose), one.image(1234.6, pose))


def test_a_cue_changes_the_face_and_effect_zero_does_not() -> None:
    clock = VirtualClock()
    moved, still, never = (
        SimCamera(4, clock, effect=1.0),
        SimCamera(4, clock, effect=0.0),
        SimCamera(4, clock),
    )
    for camera in (moved, still, never):
        camera.open()
    for camera in (moved, still):
        camera.cue(HAPPY)
    later_s = clock.now_s() + 5
    assert np.array_equal(still.image_at(later_s), never.image_at(later_s))
    changed = np.abs(moved.image_at(later_s).astype(int) - never.image_at(later_s)).max(axis=2) > 40
    assert 500 < changed.sum() < 0.1 * changed.size  # the mouth and brows, not the room


def test_an_acted_expression_is_stronger_than_a_spontaneous_one() -> None:
    def change(elicitation: Elicitation) -> float:
        clock = VirtualClock()
        camera = SimCamera(4, clock)
        camera.open()
        before = camera.image_at(clock.now_s() + 5).astype(int)
        camera.cue(Condition("happy", elicitation))
        return float(np.abs(camera.image_at(clock.now_s() + 5) - before).sum())

    assert change(Elicitation.ACTED) > 1.1 * change(Elicitation.SPONTANEOUS)


def test_frames_come_evenly_at_the_asked_rate() -> None:
    clock = VirtualClock()
    camera = SimCamera(1, clock, fps=25, size=(360, 240))
    camera.open()
    times = []
    for _ in range(20):
        shot = camera.read()
        assert shot is not None
        times.append(shot[0])
        assert shot[1].shape == (240, 360, 3)
    assert [b - a for a, b in pairwise(times)] == pytest.approx([0.04] * 19)


def test_a_reader_that_was_late_gets_the_current_frame_at_once() -> None:
    clock = VirtualClock()
    camera = SimCamera(1, clock, fps=10)
    camera.open()
    camera.read()
    clock.advance_to(clock.now_s() + 1.03)
    before_s = clock.now_s()
    shot = camera.read()
    assert shot is not None
    assert shot[0] == before_s
    following = camera.read()
    assert following is not None
    assert following[0] == pytest.approx(1001.1)


def test_close_ends_a_read_that_waits() -> None:
    camera = SimCamera(1, HostClock(), fps=0.01)
    camera.open()
    camera.read()
    shots: list[object] = []
    reader = threading.Thread(target=lambda: shots.append(camera.read()))
    reader.start()
    camera.close()
    reader.join(10)
    assert shots == [None]
