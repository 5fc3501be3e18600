"""What never changes of a simulated person: looks from a seed, drawn once with the room behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from femo_tui.devices.base import STUDY_SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.devices.base import Image

    Colour: TypeAlias = tuple[float, float, float]  # BGR

LABEL = "SIMULATED"
NOISE_PEAK = 10  # grey levels; uniform, which no cascade and no eye tells from a sensor's

# The patch that the head is drawn on, in its own pixels; one patch pixel is one frame pixel at
# 720×480.
PATCH_WIDTH, PATCH_HEIGHT = 300, 400
CENTRE_X, CENTRE_Y = 150.0, 190.0
EYE_Y, BROW_Y, NOSE_Y, MOUTH_Y = 168.0, 146.0, 216.0, 254.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one simulated person from another; lengths in patch pixels."""

    skin: Colour
    shade: Colour
    hair: Colour
    brow: Colour
    lash: Colour
    iris: Colour
    lips: Colour
    shirt: Colour
    wall: float
    half_width: float
    half_height: float
    jaw: float
    eye_distance: float
    mouth: float
    nose: float
    brow_height: float
    brow_thickness: int
    hair_length: float
    hairline: float

    @classmethod
    def drawn_from(cls, rng: np.random.Generator) -> Identity:
        tones = ((150, 185, 228), (135, 172, 218), (120, 158, 205), (105, 142, 190), (92, 124, 172))
        skin = np.array(tones[rng.integers(len(tones))], dtype=np.float64) + rng.integers(-6, 7, 3)
        hairs = ((17, 18, 21), (18, 27, 41), (30, 48, 70), (40, 66, 92), (66, 68, 70))
        hair = np.array(hairs[rng.integers(len(hairs))], dtype=np.float64) + rng.integers(-8, 9, 3)
        irises = ((45, 50, 70), (60, 45, 35), (70, 70, 55), (95, 75, 50))
        return cls(
            skin=_colour(skin),
            shade=_colour(skin * 0.72),
            hair=_colour(hair),
            brow=_colour(np.minimum(hair * 0.7, skin * 0.45)),
            lash=_colour(skin * 0.25),
            iris=_colour(np.array(irises[rng.integers(len(irises))], dtype=np.float64)),
            lips=_colour(skin * (0.74, 0.7, 0.87)),
            shirt=_colour(rng.uniform(40, 170, 3)),
            wall=float(rng.uniform(120, 175)),
            half_width=float(rng.uniform(80, 90)),
            half_height=float(rng.uniform(110, 120)),
            jaw=float(rng.uniform(0.78, 0.95)),
            eye_distance=float(rng.uniform(35, 39)),
            mouth=float(rng.uniform(30, 38)),
            nose=float(rng.uniform(11, 16)),
            brow_height=float(rng.uniform(-2, 4)),
            brow_thickness=int(rng.integers(5, 9)),
            hair_length=float(rng.uniform(0, 1)),
            hairline=float(rng.uniform(62, 76)),
        )


def draw_head(who: Identity) -> tuple[Image, NDArray[np.uint8]]:
    """Return the head without eyes, brows and mouth, and the mask of where it is."""
    import cv2

    patch = np.zeros((PATCH_HEIGHT, PATCH_WIDTH, 3), dtype=np.uint8)
    mask = np.zeros((PATCH_HEIGHT, PATCH_WIDTH), dtype=np.uint8)
    angle = np.linspace(0, 2 * math.pi, 80)
    below = np.clip(np.sin(angle), 0, 1)
    face = np.column_stack(
        [
            CENTRE_X + who.half_width * np.cos(angle) * (1 - (1 - who.jaw) * below),
            CENTRE_Y + who.half_height * np.sin(angle),
        ]
    )
    crown = (int(CENTRE_X), int(CENTRE_Y - 22))
    crown_axes = (int(who.half_width + 13), int(who.half_height + 6))
    fall = int(CENTRE_Y + who.hair_length * 90)
    neck = np.array([[108, 250], [192, 250], [198, 350], [102, 350]], dtype=np.float64)
    for canvas, hair, skin, neck_shade in (
        (patch, who.hair, who.skin, who.shade),
        (mask, (255.0,), (255.0,), (255.0,)),
    ):
        cv2.ellipse(canvas, crown, crown_axes, 0, 0, 360, hair, -1)
        if who.hair_length > 0.45:
            sides = (int(CENTRE_X - who.half_width - 12), int(CENTRE_Y - 30))
            cv2.rectangle(canvas, sides, (PATCH_WIDTH - sides[0], fall), hair, -1)
        cv2.fillPoly(canvas, [neck.astype(np.int32)], neck_shade)
        cv2.ellipse(canvas, (int(CENTRE_X), 350), (48, 22), 0, 0, 180, neck_shade, -1)
        for side in (-1, 1):
            ear = (int(CENTRE_X + side * who.half_width), int(EYE_Y + 18))
            cv2.ellipse(canvas, ear, (9, 20), 0, 0, 360, neck_shade, -1)
        cv2.fillPoly(canvas, [face.astype(np.int32)], skin)
    _shade_skin(patch, who)
    fringe = np.zeros((PATCH_HEIGHT, PATCH_WIDTH), dtype=np.uint8)
    cv2.ellipse(fringe, crown, crown_axes, 0, 180, 360, 255, -1)
    brow_line = int(EYE_Y - who.hairline)
    cv2.ellipse(
        fringe,
        (int(CENTRE_X), brow_line + 50),
        (int(who.half_width - 6), 50),
        0, 0, 360, 0, -1,
    )  # fmt: skip
    fringe[brow_line + 50 :] = 0
    patch[fringe > 0] = who.hair
    # Two pixels less than was drawn: the blur mixes the black around into the edge.
    mask = cv2.erode(mask, np.ones((5, 5), dtype=np.uint8)).astype(np.uint8, copy=False)
    head = cv2.GaussianBlur(patch, (5, 5), 0).astype(np.uint8, copy=False)
    _write_label(head, (int(CENTRE_X) - 34, brow_line + 1), 0.4)  # so that crops carry it too
    return head, mask


def _shade_skin(patch: Image, who: Identity) -> None:
    """Model the head in light: sockets and cheek sides darker, brow, nose and cheeks lighter."""
    y, x = np.mgrid[0:PATCH_HEIGHT, 0:PATCH_WIDTH].astype(np.float64)

    def spot(at_x: float, at_y: float, wide: float, high: float) -> NDArray[np.float64]:
        height: NDArray[np.float64] = np.exp(-(((x - at_x) / wide) ** 2) - ((y - at_y) / high) ** 2)
        return height

    light = np.ones((PATCH_HEIGHT, PATCH_WIDTH))
    light -= 0.15 * (np.abs(x - CENTRE_X) / who.half_width).clip(0, 1.1) ** 3
    for side in (-1, 1):
        light -= 0.42 * spot(CENTRE_X + side * who.eye_distance, EYE_Y - 4, 30, 15)
        light += 0.2 * spot(CENTRE_X + side * 44, EYE_Y + 42, 24, 20)
        light -= 0.20 * spot(CENTRE_X + side * who.nose * 0.7, NOSE_Y + 7, 7, 5)
    light += 0.2 * spot(CENTRE_X, EYE_Y - 52, 60, 26)
    light += 0.14 * spot(CENTRE_X, (EYE_Y + NOSE_Y) / 2, 9, 40)
    light -= 0.14 * spot(CENTRE_X, NOSE_Y + 12, who.nose, 5)
    light -= 0.12 * spot(CENTRE_X, MOUTH_Y + 21, 20, 5)
    light -= 0.12 * (y > CENTRE_Y + 0.9 * who.half_height)
    patch[:] = np.clip(patch * light[:, :, None], 0, 255 - NOISE_PEAK).astype(np.uint8)


def draw_room(who: Identity, size: tuple[int, int], rng: np.random.Generator) -> Image:
    """Return what is behind and below the head: a wall, shoulders, and the word SIMULATED."""
    import cv2

    width, height = size
    scale = scale_of(size)
    down = np.linspace(1.08, 0.82, height)[:, None, None]
    along = np.linspace(0.92, 1.05, width)[None, :, None]
    tint = np.array([1.0, 1.0, 0.97]) * who.wall
    room = (down * along * tint).astype(np.uint8)
    edge = int(rng.uniform(0.05, 0.14) * width)
    cv2.rectangle(room, (0, 0), (edge, height), tuple(float(v * 0.8) for v in tint), -1)
    shoulders = (width // 2, height + round(40 * scale))
    cv2.ellipse(
        room, shoulders, (round(225 * scale), round(150 * scale)), 0, 180, 360, who.shirt, -1
    )
    room = cv2.GaussianBlur(room, (7, 7), 0).astype(np.uint8, copy=False)
    _write_label(room, (round(10 * scale), height - round(10 * scale)), 0.5 * scale)
    return room


def scale_of(size: tuple[int, int]) -> float:
    """Return frame pixels per patch pixel: by the height, unless the frame is too narrow."""
    return min(size[1] / STUDY_SIZE[1], size[0] / (PATCH_WIDTH + 60))


def _write_label(image: Image, at: tuple[int, int], scale: float) -> None:
    import cv2

    for colour, thickness in (((25.0, 25.0, 25.0), 3), ((130.0, 130.0, 130.0), 1)):
        cv2.putText(
            image, LABEL, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA
        )


def _colour(levels: NDArray[np.floating]) -> Colour:
    blue, green, red = (float(v) for v in np.clip(levels, 0, 255))
    return (blue, green, red)
