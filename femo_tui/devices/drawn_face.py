"""Draw a simulated participant's face that face detection really finds, cheaply.

What never changes of a person (skin, hair, head, background) is drawn once; each image then takes
eyes, brows and mouth, one warp for the head's motion, and a tile of sensor noise made before.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from femo_tui.devices.base import STUDY_SIZE
from femo_tui.devices.drawn_person import (
    BROW_Y,
    CENTRE_X,
    CENTRE_Y,
    EYE_Y,
    MOUTH_Y,
    NOISE_PEAK,
    PATCH_HEIGHT,
    PATCH_WIDTH,
    Identity,
    draw_head,
    draw_room,
    scale_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.devices.base import Image

    Points: TypeAlias = "NDArray[np.float64]"  # n × 2, x and y in patch pixels
    Row: TypeAlias = "NDArray[np.float64]"  # n
    Colour: TypeAlias = tuple[float, float, float]  # BGR

_BLINK_EVERY_S, _BLINK_S = 6.0, 0.1
_FIXED_POINT = 4  # fractional bits of OpenCV's drawing coordinates: motion without jumps


@dataclass(frozen=True, slots=True)
class Expression:
    """A face's pose: 0 is at rest for all but `lids`, where 1 is."""

    mouth_curve: float = 0.0  # corners up
    mouth_open: float = 0.0
    mouth_width: float = 0.0
    brow_lift: float = 0.0
    brow_frown: float = 0.0  # inner ends down and together
    lids: float = 1.0  # how far open
    roll_deg: float = 0.0
    drop: float = 0.0  # head sunk, in patch pixels

    def toward(self, other: Expression, share: float) -> Expression:
        """Return the pose `share` of the way to another."""
        return Expression(
            *(a + (b - a) * share for a, b in zip(astuple(self), astuple(other), strict=True))
        )


NEUTRAL = Expression()
# After the action units usually named for these states; exaggerated a little, as acted.
EXPRESSIONS: dict[str, Expression] = {
    "neutral": NEUTRAL,
    "happy": Expression(
        mouth_curve=1.0, mouth_open=0.5, mouth_width=0.28, brow_lift=0.25, lids=0.85
    ),
    "stress": Expression(
        mouth_curve=-0.55, mouth_open=0.25, mouth_width=-0.1, brow_lift=-0.3, brow_frown=1.0,
        lids=1.2,
    ),
    "boredom": Expression(
        mouth_curve=-0.35, mouth_width=-0.05, brow_lift=0.1, brow_frown=-0.5, lids=0.72,
        roll_deg=4.0, drop=10.0,
    ),
}  # fmt: skip


class DrawnFace:
    """One simulated person before one simulated camera; the same seed and time, the same image."""

    def __init__(self, seed: int, size: tuple[int, int] = STUDY_SIZE) -> None:
        rng = np.random.default_rng(seed)
        self._size = size
        self._scale = scale_of(size)
        self._who = Identity.drawn_from(rng)
        self._phase = rng.uniform(0, 2 * math.pi, 6)
        self._head, self._mask = draw_head(self._who)
        self._room = draw_room(self._who, size, rng)
        self._noise = rng.integers(
            0, NOISE_PEAK + 1, (size[1] + 64, size[0] + 64, 3), dtype=np.uint8
        )

    def image(self, t_s: float, expression: Expression) -> Image:
        """Return the camera's image at a time, height × width × 3, BGR."""
        import cv2

        patch = self._head.copy()
        self._draw_eyes(patch, t_s, expression)
        self._draw_brows(patch, expression)
        self._draw_mouth(patch, expression)

        left, top, turn, region = self._placed(t_s, expression)
        width, height = region
        head = cv2.warpAffine(patch, turn, region)
        mask = cv2.warpAffine(self._mask, turn, region, flags=cv2.INTER_NEAREST)
        frame = self._room.copy()
        cv2.copyTo(head, mask, frame[top : top + height, left : left + width])
        shift_y, shift_x = (int(v) for v in self._tile_at(t_s))
        tile = self._noise[shift_y : shift_y + self._size[1], shift_x : shift_x + self._size[0]]
        cv2.add(frame, tile, dst=frame)
        return frame

    def _tile_at(self, t_s: float) -> tuple[int, int]:
        """Return where the noise tile begins: another place each millisecond."""
        tick = round(t_s * 1000) * 2654435761 % 2**32  # Knuth's multiplicative hash
        return (tick >> 8) % 64, (tick >> 20) % 64

    def _sway(self, t_s: float, index: int, period_s: float) -> float:
        return math.sin(2 * math.pi * t_s / period_s + self._phase[index])

    def _placed(
        self, t_s: float, expression: Expression
    ) -> tuple[int, int, NDArray[np.float64], tuple[int, int]]:
        """Return the frame region that holds the head (left, top, size) and the warp into it."""
        import cv2

        scale = self._scale
        width, height = round((PATCH_WIDTH + 60) * scale), round((PATCH_HEIGHT + 40) * scale)
        left, top = (self._size[0] - width) // 2, self._size[1] - height
        x = width / 2 + scale * (9 * self._sway(t_s, 0, 7.3) + 3 * self._sway(t_s, 1, 2.9))
        y = scale * (CENTRE_Y + 15 + expression.drop + 4 * self._sway(t_s, 2, 5.1))
        roll = expression.roll_deg + 1.5 * self._sway(t_s, 3, 8.7)
        turn = cv2.getRotationMatrix2D(
            (CENTRE_X, CENTRE_Y), roll, scale * (1 + 0.015 * self._sway(t_s, 4, 6.1))
        )
        turn[0, 2] += x - CENTRE_X
        turn[1, 2] += y - CENTRE_Y
        return left, top, np.asarray(turn, dtype=np.float64), (width, height)

    def _draw_eyes(self, patch: Image, t_s: float, expression: Expression) -> None:
        import cv2

        who = self._who
        into_blink_s = (t_s + float(self._phase[5])) % _BLINK_EVERY_S
        lids = 0.08 if into_blink_s < _BLINK_S else expression.lids
        gaze = 2.5 * self._sway(t_s, 5, 3.7)
        half_width, half_height = 21.0, 10.5 * lids
        along = np.linspace(-1, 1, 13)
        upper = -half_height * (1 - along**2)
        lower = 0.75 * half_height * (1 - along**2)
        for side in (-1, 1):
            x, y = CENTRE_X + side * who.eye_distance, EYE_Y
            left, top = int(x) - 30, int(y) - 20
            outline = _closed(x - left + along * half_width, y - top + upper, y - top + lower)
            ball = np.full((40, 60, 3), (205, 208, 212), dtype=np.uint8)
            opening = np.zeros((40, 60), dtype=np.uint8)
            cv2.fillPoly(opening, [_fixed(outline)], 255, cv2.LINE_8, _FIXED_POINT)
            pupil = _fixed(np.array([x - left + gaze, y - top - 1.5]))
            centre = (int(pupil[0]), int(pupil[1]))
            cv2.circle(ball, centre, 10 << 4, who.iris, -1, cv2.LINE_AA, _FIXED_POINT)
            cv2.circle(ball, centre, 5 << 4, (15, 12, 12), -1, cv2.LINE_AA, _FIXED_POINT)
            cv2.copyTo(ball, opening, patch[top : top + 40, left : left + 60])
            _line(patch, np.column_stack([x + along * half_width, y + upper]), who.lash, 4)
            _line(patch, np.column_stack([x + along * half_width, y + lower]), who.shade, 1)

    def _draw_brows(self, patch: Image, expression: Expression) -> None:
        who = self._who
        along = np.linspace(0, 1, 6)  # from the inner end
        frown = expression.brow_frown
        y = BROW_Y - who.brow_height - 11 * expression.brow_lift
        bow = y - 6 * np.sin(along * math.pi * 0.8) + frown * (10 * (1 - along) - 4 * along)
        for side in (-1, 1):
            inner = who.eye_distance - 24 - 4 * max(frown, 0)
            x = CENTRE_X + side * (inner + along * 48)
            _line(patch, np.column_stack([x, bow]), who.brow, who.brow_thickness)

    def _draw_mouth(self, patch: Image, expression: Expression) -> None:
        import cv2

        who = self._who
        along = np.linspace(-1, 1, 15)
        half = who.mouth * (1 + expression.mouth_width)
        x = CENTRE_X + along * half
        middle = MOUTH_Y + expression.mouth_curve * 15 * (0.55 - along**2)
        round_ = 1 - along**2
        gap = 13 * max(expression.mouth_open, 0.0) * round_
        upper, lower = middle - 0.4 * gap, middle + gap
        lips = _closed(x, upper - 6 * round_ - 1, lower + 8 * round_ + 1)
        cv2.fillPoly(patch, [_fixed(lips)], who.lips, cv2.LINE_AA, _FIXED_POINT)
        inside = _closed(x, upper, lower)
        cv2.fillPoly(patch, [_fixed(inside)], (30, 22, 45), cv2.LINE_AA, _FIXED_POINT)
        if expression.mouth_curve > 0.3 and expression.mouth_open > 0.1:
            teeth = _closed(x[2:-2], upper[2:-2], (upper + 0.5 * gap)[2:-2])
            cv2.fillPoly(patch, [_fixed(teeth)], (215, 220, 225), cv2.LINE_AA, _FIXED_POINT)
        _line(patch, np.column_stack([x, middle]), (35, 30, 60), 2)
        if expression.mouth_curve > 0.2:
            for side in (-1, 1):
                fold_x = CENTRE_X + side * np.array([27.0, 39.0, half + 6])
                fold_y = MOUTH_Y + np.array([-36.0, -18.0, 0.0])
                _line(patch, np.column_stack([fold_x, fold_y]), who.shade, 2)


def _line(patch: Image, points: Points, colour: Colour, thickness: int) -> None:
    import cv2

    cv2.polylines(patch, [_fixed(points)], False, colour, thickness, cv2.LINE_AA, _FIXED_POINT)


def _closed(x: Row, upper: Row, lower: Row) -> Points:
    """Return the outline between two curves over the same x."""
    there, back = np.column_stack([x, upper]), np.column_stack([x, lower])
    return np.concatenate([there, back[::-1]])


def _fixed(points: Points) -> NDArray[np.int32]:
    return np.rint(points * (1 << _FIXED_POINT)).astype(np.int32)
