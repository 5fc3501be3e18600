"""Draws the clips and drawings under stimuli/quick/ and the test card; needed only to change them.

    python stimuli/make_media.py

Needs OpenCV (femo's own) for drawing and `ffmpeg` with libx264 and AAC for the clips. The same
script gives the same pictures. Abstract on purpose: these clips show how a run goes, they are no
validated emotion elicitation. Nothing in them flashes: no part of the picture changes between
light and dark more than twice a second, well under the three flashes a second that are held safe
for people with photosensitive epilepsy (WCAG 2.2, criterion 2.3.1).
"""

from __future__ import annotations

import math
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import cv2  # noqa: TID253 - a script, never imported by femo
import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = "NDArray[np.uint8]"
Colour: TypeAlias = tuple[int, int, int]  # blue, green, red

WIDTH, HEIGHT, FPS, CLIP_S = 640, 360, 25, 3.2
FRACTION_BITS = 4  # OpenCV draws at sixteenths of a pixel, so that slow motion does not jump
QUICK = Path(__file__).resolve().parent / "quick"
CARD_WIDTH, CARD_HEIGHT, CARD_S = 1280, 720, 2.0
CARD_TONE_HZ = 440


def canvas(colour: Colour) -> Image:
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def disc(image: Image, x: float, y: float, radius: float, colour: Colour) -> None:
    fine = 1 << FRACTION_BITS
    centre = (round(x * fine), round(y * fine))
    cv2.circle(image, centre, round(radius * fine), colour, -1, cv2.LINE_AA, FRACTION_BITS)


def line(
    image: Image, a: tuple[float, float], b: tuple[float, float], colour: Colour, width: int
) -> None:
    fine = 1 << FRACTION_BITS
    ends = [(round(x * fine), round(y * fine)) for x, y in (a, b)]
    cv2.line(image, ends[0], ends[1], colour, width, cv2.LINE_AA, FRACTION_BITS)


# --- clips ---------------------------------------------------------------------------------------


def neutral(t_s: float) -> Image:
    """Soft grey-blue shapes drift past each other."""
    image = canvas((96, 92, 88))
    for i, (x, y, radius) in enumerate(((150, 120, 70), (330, 230, 95), (500, 130, 60))):
        phase = 2 * math.pi * t_s / 12 + i * 2
        shade = 116 + 10 * i
        disc(
            image,
            x + 24 * math.cos(phase),
            y + 12 * math.sin(phase),
            radius,
            (shade + 8, shade, shade - 6),
        )
    return image


def stress(t_s: float) -> Image:
    """Dark red splinters crowd in on a trembling ring, faster and faster."""
    image = canvas((20, 16, 28))
    pace = 1 + t_s  # grows through the clip
    rng = random.Random(5)
    for _ in range(22):
        angle = rng.uniform(0, 2 * math.pi)
        way = (rng.random() + 0.09 * pace * t_s) % 1.0
        reach = 330 - 230 * way
        tremble = 3 * math.sin(9 * pace * t_s + 40 * angle)
        x = WIDTH / 2 + (reach + tremble) * math.cos(angle)
        y = HEIGHT / 2 + 0.62 * (reach + tremble) * math.sin(angle)
        lean = angle + 0.35
        tip = (x + 46 * math.cos(lean), y + 46 * math.sin(lean))
        line(image, (x, y), tip, (34, 30, 96 + round(60 * way)), 3)
    shake = 1.5 + 1.2 * t_s
    x = WIDTH / 2 + shake * math.sin(31 * t_s)
    y = HEIGHT / 2 + shake * math.cos(37 * t_s)
    disc(image, x, y, 46, (30, 26, 130))
    disc(image, x, y, 38, (20, 16, 28))
    return image


def boredom(t_s: float) -> Image:
    """A grey clock whose hand barely moves."""
    image = canvas((104, 104, 104))
    x, y, radius = WIDTH / 2, HEIGHT / 2, 120.0
    disc(image, x, y, radius + 4, (78, 78, 78))
    disc(image, x, y, radius, (126, 126, 126))
    for hour in range(12):
        angle = hour * math.pi / 6
        inner, outer = radius - 14, radius - 6
        line(
            image,
            (x + inner * math.cos(angle), y + inner * math.sin(angle)),
            (x + outer * math.cos(angle), y + outer * math.sin(angle)),
            (92, 92, 92),
            2,
        )
    for turn, length, width in ((t_s / 60, 92.0, 2), (0.36 + t_s / 3600, 62.0, 4)):
        angle = 2 * math.pi * turn - math.pi / 2
        line(
            image,
            (x, y),
            (x + length * math.cos(angle), y + length * math.sin(angle)),
            (80, 80, 80),
            width,
        )
    disc(image, x, y, 5, (80, 80, 80))
    return image


def happy(t_s: float) -> Image:
    """Bright balloons bounce over a light sky."""
    image = canvas((250, 226, 190))
    colours = ((80, 90, 240), (70, 190, 250), (120, 200, 110), (230, 150, 90), (190, 120, 230))
    for i, colour in enumerate(colours):
        x = 80 + 120 * i + 10 * math.sin(2 * t_s + i)
        y = 235 - 95 * abs(math.sin(math.pi * (t_s / 1.6 + i / 5)))
        line(image, (x, y + 40), (x + 5 * math.sin(3 * t_s + i), y + 92), (140, 120, 100), 2)
        disc(image, x, y, 42, colour)
        disc(image, x - 14, y - 15, 9, (255, 250, 245))
    return image


# What ffmpeg's aevalsrc plays with each clip; quiet, faded in and out.
CLIPS: dict[str, tuple[Callable[[float], Image], str]] = {
    "neutral": (neutral, "0.05*sin(2*PI*196*t)+0.03*sin(2*PI*294*t)"),
    "stress": (stress, "0.05*sin(2*PI*110*t)*(1+0.5*sin(2*PI*(3+2*t)*t))+0.03*sin(2*PI*117*t)"),
    "boredom": (boredom, "0.05*sin(2*PI*131*t)"),
    "happy": (happy, "0.05*sin(2*PI*if(lt(mod(t,1.6),0.8),392,494)*t)+0.03*sin(2*PI*587*t)"),
}


def write_clip(
    path: Path, draw: Callable[[float], Image], sound: str, seconds: float = CLIP_S
) -> None:
    """Encode a clip: H.264 and AAC, each exactly as long as it should be, and no dates inside."""
    fade = f"afade=in:d=0.2,afade=out:st={seconds - 0.3}:d=0.3"
    height, width = draw(0.0).shape[:2]
    command = [
        *("ffmpeg", "-v", "error", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(FPS)),
        *("-i", "-", "-f", "lavfi", "-i", f"aevalsrc='{sound}':s=48000:d={seconds},{fade}"),
        *("-c:v", "libx264", "-preset", "veryslow", "-crf", "25", "-pix_fmt", "yuv420p"),
        *("-threads", "1", "-c:a", "aac", "-b:a", "48k", "-map_metadata", "-1"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        *("-movflags", "+faststart", str(path)),
    ]
    frames = b"".join(draw(i / FPS).tobytes() for i in range(round(seconds * FPS)))
    subprocess.run(command, input=frames, check=True)


# --- the test card -------------------------------------------------------------------------------

CARD_SOUND = f"0.1*sin(2*PI*{CARD_TONE_HZ}*t)"
WHITE, GREY, GREEN = (235, 235, 235), (120, 120, 120), (120, 200, 120)
_STEPS = 11  # from black to white; where two next to each other look alike the screen is off


def test_card(t_s: float) -> Image:
    """Edges, corners, centre, grey steps and a word; a dot runs along once, and nothing flashes."""
    width, height = CARD_WIDTH, CARD_HEIGHT
    image = np.zeros((height, width, 3), np.uint8)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), WHITE, 3)
    for x in (0, width - 1):
        for y in (0, height - 1):
            inward = (90 if x == 0 else -90, 90 if y == 0 else -90)
            cv2.line(image, (x, y), (x + inward[0], y), GREEN, 15)
            cv2.line(image, (x, y), (x, y + inward[1]), GREEN, 15)
    cv2.circle(image, (width // 2, height // 2), 250, GREY, 2, cv2.LINE_AA)
    cv2.line(image, (width // 2 - 300, height // 2), (width // 2 + 300, height // 2), GREY, 2)
    cv2.line(image, (width // 2, height // 2 - 300), (width // 2, height // 2 + 300), GREY, 2)
    step = 80
    left = (width - _STEPS * step) // 2
    for i in range(_STEPS):
        shade = round(16 + 219 * i / (_STEPS - 1))
        corner = (left + i * step, 430)
        cv2.rectangle(image, corner, (corner[0] + step, 500), (shade,) * 3, -1)
    (text_width, _), _ = cv2.getTextSize("femo", cv2.FONT_HERSHEY_DUPLEX, 4.5, 8)
    place = ((width - text_width) // 2, 290)
    cv2.putText(image, "femo", place, cv2.FONT_HERSHEY_DUPLEX, 4.5, WHITE, 8, cv2.LINE_AA)
    disc(image, 120 + (width - 240) * t_s / CARD_S, 640, 14, GREEN)
    return image


# --- expressions ---------------------------------------------------------------------------------
#
# One face, and what the action units of the Facial Action Coding System (FACS) do to it:
#   happy    AU6 cheek raiser, AU12 lip corner puller
#   boredom  AU43 drooping lids, AU15 lip corner depressor, the head leaning to one side
#   stress   AU1 and AU4 inner brows raised and drawn together, AU7 lid tightener, AU24 lip pressor

SIDE = 600
GROUND: Colour = (0, 0, 0)  # as the participant's screen between films
INK: Colour = (224, 228, 232)
SOFT: Colour = (140, 146, 152)
_SMOOTH = 3  # drawn so much larger, then averaged down


def curve(
    image: Image, points: list[tuple[float, float]], colour: Colour = INK, width: float = 5
) -> None:
    """Draw a Bézier curve through its control points; coordinates of a 600 × 600 drawing."""
    control = np.array(points, float)
    degree = len(points) - 1
    t = np.linspace(0, 1, 80)[:, None]
    path = sum(
        math.comb(degree, i) * (1 - t) ** (degree - i) * t**i * control[i]
        for i in range(degree + 1)
    )
    fine = np.round(np.asarray(path) * _SMOOTH * 16).astype(np.int32)
    cv2.polylines(image, [fine], False, colour, round(width * _SMOOTH), cv2.LINE_AA, 4)


def mirrored(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(SIDE - x, y) for x, y in points]


def both(
    image: Image, points: list[tuple[float, float]], colour: Colour = INK, width: float = 5
) -> None:
    """Draw a curve of the left half of the picture, and its mirror image."""
    curve(image, points, colour, width)
    curve(image, mirrored(points), colour, width)


def oval(
    image: Image, x: float, y: float, rx: float, ry: float, colour: Colour, width: float
) -> None:
    fine = 16 * _SMOOTH
    thickness = -1 if width < 0 else round(width * _SMOOTH)
    cv2.ellipse(
        image,
        (round(x * fine), round(y * fine)),
        (round(rx * fine), round(ry * fine)),
        0,
        0,
        360,
        colour,
        thickness,
        cv2.LINE_AA,
        4,
    )


def head(image: Image) -> None:
    """Draw what no expression moves: the outline, the ears, the hair, the nose."""
    both(image, [(300, 70), (110, 66), (108, 260), (126, 352)])
    both(image, [(126, 352), (144, 478), (228, 548), (300, 548)])
    both(image, [(120, 282), (84, 262), (86, 372), (130, 372)], width=4)
    both(image, [(300, 122), (200, 112), (140, 160), (128, 262)], SOFT, 3)
    curve(image, [(286, 286), (276, 360), (262, 392), (300, 396)], SOFT, 4)
    curve(image, [(300, 396), (318, 396), (326, 390), (328, 382)], SOFT, 4)


def eyes(image: Image, *, upper: float, lower: float, iris_y: float = 274) -> None:
    """Draw the eyes: how high the upper lid and how low the lower lid curve, in pixels."""
    y = 276.0
    for x in (220.0, 380.0):
        iris = np.zeros_like(image)
        oval(iris, x, iris_y, 19, 19, INK, 4)
        oval(iris, x, iris_y, 8, 8, INK, -1)
        opening = np.zeros(image.shape[:2], np.uint8)
        t = np.linspace(-1, 1, 60)
        top = np.stack([x + 42 * t, y - upper * (1 - t**2)], 1)
        bottom = np.stack([x + 42 * t, y + lower * (1 - t**2)], 1)[::-1]
        shape = np.round(np.concatenate([top, bottom]) * _SMOOTH * 16).astype(np.int32)
        cv2.fillPoly(opening, [shape], 255, cv2.LINE_AA, 4)
        image[:] = np.maximum(image, iris * (opening[..., None] > 127))
        curve(image, [(x - 42, y), (x, y - 2 * upper), (x + 42, y)])
        curve(image, [(x - 42, y), (x, y + 2 * lower), (x + 42, y)], width=3)


def face_neutral(image: Image) -> None:
    both(image, [(170, 222), (204, 204), (240, 206), (266, 216)], width=6)
    eyes(image, upper=22, lower=16)
    curve(image, [(236, 453), (270, 458), (330, 458), (364, 453)])
    curve(image, [(262, 482), (284, 488), (316, 488), (338, 482)], SOFT, 3)


def face_happy(image: Image) -> None:
    both(image, [(168, 216), (204, 192), (240, 198), (266, 212)], width=6)
    eyes(image, upper=19, lower=3, iris_y=270)  # the raised cheek lifts the lower lid
    both(image, [(176, 306), (204, 318), (240, 318), (262, 306)], SOFT, 3)
    both(image, [(158, 270), (150, 264), (146, 256), (144, 248)], SOFT, 3)  # crow's feet
    both(image, [(158, 282), (150, 282), (144, 280), (140, 276)], SOFT, 3)
    curve(image, [(206, 424), (248, 448), (352, 448), (394, 424)])
    curve(image, [(206, 424), (240, 520), (360, 520), (394, 424)])
    curve(image, [(228, 446), (262, 466), (338, 466), (372, 446)], SOFT, 3)  # the teeth's edge
    both(image, [(250, 380), (214, 396), (192, 416), (188, 446)], SOFT, 3)


def face_boredom(image: Image) -> None:
    both(image, [(170, 220), (204, 208), (240, 208), (266, 214)], width=6)
    eyes(image, upper=3, lower=17, iris_y=284)  # the lid hangs over half of the iris
    both(image, [(178, 262), (204, 244), (236, 244), (262, 262)], SOFT, 3)  # the lid's fold
    both(image, [(190, 314), (208, 324), (232, 324), (250, 314)], SOFT, 3)
    curve(image, [(232, 474), (268, 450), (332, 450), (368, 474)])
    both(image, [(232, 474), (226, 480), (222, 488), (222, 494)], SOFT, 3)
    curve(image, [(266, 492), (286, 500), (314, 500), (334, 492)], SOFT, 3)


def face_stress(image: Image) -> None:
    both(image, [(166, 236), (200, 226), (236, 214), (278, 192)], width=7)
    both(image, [(289, 196), (292, 208), (292, 218), (288, 230)], SOFT, 3)  # between the brows
    both(image, [(214, 172), (242, 154), (272, 150), (300, 152)], SOFT, 3)
    both(image, [(232, 148), (254, 136), (278, 133), (300, 134)], SOFT, 3)
    eyes(image, upper=13, lower=8, iris_y=275)
    both(image, [(186, 300), (206, 308), (236, 308), (256, 300)], SOFT, 3)
    curve(image, [(244, 458), (272, 454), (328, 454), (356, 458)], width=6)
    curve(image, [(244, 466), (272, 466), (328, 466), (356, 466)], width=6)
    both(image, [(236, 450), (230, 456), (230, 468), (236, 474)], SOFT, 3)
    curve(image, [(266, 492), (286, 488), (314, 488), (334, 492)], SOFT, 3)


# name → what is drawn, and how far the head leans, in degrees
FACES: dict[str, tuple[Callable[[Image], None], float]] = {
    "face-neutral": (face_neutral, 0),
    "face-happy": (face_happy, 0),
    "face-boredom": (face_boredom, -9),
    "face-stress": (face_stress, 0),
}


def write_face(name: str, draw: Callable[[Image], None], lean_deg: float) -> None:
    image = np.full((SIDE * _SMOOTH, SIDE * _SMOOTH, 3), GROUND, np.uint8)
    head(image)
    draw(image)
    middle = SIDE * _SMOOTH / 2
    turn = cv2.getRotationMatrix2D((middle, middle), lean_deg, 1)
    leaning = cv2.warpAffine(image, turn, image.shape[1::-1], borderValue=GROUND)
    small = cv2.resize(leaning, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    cv2.imwrite(str(QUICK / f"{name}.png"), grey, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main() -> None:
    QUICK.mkdir(exist_ok=True)
    for name, (draw, sound) in CLIPS.items():
        write_clip(QUICK / f"{name}.mp4", draw, sound)
    write_clip(QUICK.parent / "test-card.mp4", test_card, CARD_SOUND, CARD_S)
    for name, (face, lean_deg) in FACES.items():
        write_face(name, face, lean_deg)
    total = sum(path.stat().st_size for path in QUICK.iterdir())
    print(f"{QUICK}: {total / 1000:.0f} kB")


if __name__ == "__main__":
    main()
