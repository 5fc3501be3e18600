"""Folders of drawn faces, one folder a class, named as the study named its images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.devices.drawn_face import EXPRESSIONS, NEUTRAL, DrawnFace, Expression
from femo_tui.devices.drawn_person import scale_of

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

STUDY_CLASSES = (
    *("Boredom_A", "Boredom_S", "Happy_A", "Happy_S"),
    *("Neutral_A", "Neutral_S", "Stress_A", "Stress_S"),
)
SIZE = (360, 240)  # of the drawn frame; half the study's, four times as fast
# Where the head is in a frame of that size: what face detection finds, without looking for it.
LEFT, TOP, SIDE = 110, 60, 140

Draw = Callable[[int, str, int], Expression]  # person, class, number of the image
Change = Callable[["Image", str], "Image"]


def as_shown(person: int, class_name: str, number: int) -> Expression:
    """Return the class's expression: acted in full, spontaneous at two thirds."""
    emotion, _, elicitation = class_name.partition("_")
    full = EXPRESSIONS.get(emotion.lower(), NEUTRAL)
    return NEUTRAL.toward(full, 1.0 if elicitation == "A" else 0.65)


def draw_faces(
    folder: Path,
    people: int,
    per_class: int,
    classes: Sequence[str] = STUDY_CLASSES,
    *,
    draw: Draw = as_shown,
    change: Change = lambda image, class_name: image,
    every_s: float = 1.0,
) -> Path:
    """Draw `per_class` images of each person and class into `folder`; return it."""
    import cv2

    assert scale_of(SIZE) == 0.5
    for class_name in classes:
        (folder / class_name).mkdir(parents=True, exist_ok=True)
    for person in range(1, people + 1):
        face = DrawnFace(person, SIZE)
        t_s = 0.0
        for class_name in classes:
            emotion = class_name.partition("_")[0]
            for number in range(1, per_class + 1):
                t_s += every_s
                image = face.image(t_s, draw(person, class_name, number))
                crop = change(image[TOP : TOP + SIDE, LEFT : LEFT + SIDE], class_name)
                name = f"{emotion}_S{person}_Face{number:02d}_.jpg"
                cv2.imwrite(str(folder / class_name / name), crop)
            t_s += 10.0
    return folder


def one_face(person: int = 1) -> Image:
    """Return one face, 140 × 140."""
    image = DrawnFace(person, SIZE).image(0.0, NEUTRAL)
    return np.ascontiguousarray(image[TOP : TOP + SIDE, LEFT : LEFT + SIDE])
