"""Find the largest face of a frame and its eyes, cheaply, as the 2018 study found them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from femo_tui.errors import DeviceError
from femo_tui.model.records import Box, Frame

if TYPE_CHECKING:
    import cv2
    import numpy as np
    from numpy.typing import NDArray

    Grey: TypeAlias = "NDArray[np.uint8]"  # height × width

# The study's detection.
FACE_CASCADE = "haarcascade_frontalface_default.xml"
FACE_SCALE_FACTOR = 1.3
FACE_NEIGHBOURS = 5
# 2018's eye-pair cascade is not shipped with OpenCV; this one also sees eyes behind glasses.
EYE_CASCADE = "haarcascade_eye_tree_eyeglasses.xml"

MIN_FACE_SHARE = 80 / 480  # of the frame's height: 80 px at 720×480, a fifth of the cost of none
FULL_RESCAN_S = 2.0  # a second face, or one that was never near the last, is seen this late
# A full scan that found nothing is not repeated sooner: an empty chair costs 2 scans a second,
# not 10, and a participant who sits down is found within half a second.
EMPTY_RESCAN_S = 0.5
KEEP_NEAR_S = 2.0  # how long a lost face is still looked for where it was
NEAR_MARGIN = 0.4  # of the face's width on each side: what a head moves in a tenth of a second
NEAR_SMALLEST, NEAR_LARGEST = 0.7, 1.45  # of the last width; the cascade's steps are 1.3

EYE_TOP, EYE_BOTTOM = 0.15, 0.58  # of a face box's height: the band that holds whole eyes
# The face is brought to this width (px) before eyes are searched: at full size this cascade costs
# 13 ms a frame, here 2.5 ms, with the same eyes found.
EYE_SEARCH_WIDTH = 100
EYE_SCALE_FACTOR = 1.15
EYE_SMALLEST, EYE_LARGEST = 0.22, 0.42  # of the face's width
EYE_PAD = 0.1  # of the pair's box, on each side

SHARPNESS_SIZE = 128  # px; one size for all, so that nearer faces aren't blurrier
JPEG_QUALITY = 92


class FaceFinder:
    """Looks at one camera's frames in order; not shared between threads.

    The whole frame is searched at first, every 2 s, and at once when a face is lost; otherwise
    only the surroundings of the faces found last.
    """

    def __init__(self, *, keep_frames: bool = False) -> None:
        """Begin with the whole frame; with `keep_frames` each Frame brings its image along."""
        import cv2

        cv2.setNumThreads(1)  # more threads gain little here and delay the GSR stamps beside them
        self._faces = _cascade(FACE_CASCADE)
        self._eyes = _cascade(EYE_CASCADE)
        self._near: list[Box] = []
        self._near_seen_s = 0.0
        self._frame_size = (0, 0)
        self._full_due_s = self._empty_until_s = float("-inf")
        self._keep_frames = keep_frames
        self.full_scans = 0  # how often the whole frame was searched

    def look(self, image_bgr: NDArray[np.uint8], t_s: float) -> Frame:
        """Return what is in the image: height × width × 3, BGR; `t_s` its arrival."""
        import cv2
        import numpy as np

        grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
        brightness = cv2.mean(grey)[0]
        boxes = self._search(grey, t_s)
        whole = _jpeg(image_bgr) if self._keep_frames else None
        if not boxes:
            return Frame(t_s, 0, None, 0, None, brightness, whole_jpeg=whole)
        box = max(boxes, key=lambda b: b.w * b.h)
        eyes = self._find_eyes(grey, box)
        pair = eye_box(box, eyes)
        return Frame(
            t_s,
            len(boxes),
            box,
            len(eyes),
            sharpness(_crop(grey, box)),
            brightness,
            _jpeg(_crop(image_bgr, box)),
            _jpeg(_crop(image_bgr, pair)) if pair is not None else None,
            whole,
        )

    def _search(self, grey: Grey, t_s: float) -> list[Box]:
        size = (grey.shape[1], grey.shape[0])
        if size != self._frame_size:
            self._frame_size, self._near, self._full_due_s = size, [], t_s
        if t_s - self._near_seen_s > KEEP_NEAR_S:
            self._near = []
        boxes: list[Box] = []
        if t_s < self._full_due_s:
            boxes = self._search_near(grey)
        if t_s >= (self._empty_until_s if not boxes else self._full_due_s):
            boxes = self._search_all(grey)
            self._full_due_s = t_s + FULL_RESCAN_S
            if not boxes:
                self._empty_until_s = t_s + EMPTY_RESCAN_S
                boxes = self._search_near(grey)
        if boxes:
            self._near, self._near_seen_s = boxes, t_s
        return boxes

    def _search_all(self, grey: Grey) -> list[Box]:
        self.full_scans += 1
        smallest = round(grey.shape[0] * MIN_FACE_SHARE)
        return _detect(self._faces, grey, Box(0, 0, grey.shape[1], grey.shape[0]), smallest)

    def _search_near(self, grey: Grey) -> list[Box]:
        height, width = grey.shape
        found: list[Box] = []
        for last in self._near:
            margin = round(last.w * NEAR_MARGIN)
            left, top = max(0, last.x - margin), max(0, last.y - margin)
            right = min(width, last.x + last.w + margin)
            bottom = min(height, last.y + last.h + margin)
            smallest = max(round(height * MIN_FACE_SHARE), round(last.w * NEAR_SMALLEST))
            region = Box(left, top, right - left, bottom - top)
            for box in _detect(
                self._faces, grey, region, smallest, largest=round(last.w * NEAR_LARGEST)
            ):
                if not any(_same_face(box, other) for other in found):
                    found.append(box)
        return found

    def _find_eyes(self, grey: Grey, face: Box) -> tuple[Box, ...]:
        """Return the larger find of each half of the face: none, one or two eyes."""
        import cv2

        scale = EYE_SEARCH_WIDTH / face.w
        top = face.y + round(face.h * EYE_TOP)
        band = _crop(grey, Box(face.x, top, face.w, round(face.h * (EYE_BOTTOM - EYE_TOP))))
        size = (EYE_SEARCH_WIDTH, round(band.shape[0] * scale))
        small = cv2.resize(band, size, interpolation=cv2.INTER_AREA)
        finds = self._eyes.detectMultiScale(
            small,
            scaleFactor=EYE_SCALE_FACTOR,
            minSize=(round(EYE_SEARCH_WIDTH * EYE_SMALLEST),) * 2,
            maxSize=(round(EYE_SEARCH_WIDTH * EYE_LARGEST),) * 2,
        )
        of_side: dict[bool, Box] = {}
        for x, y, w, h in finds:
            side = x + w / 2 >= EYE_SEARCH_WIDTH / 2
            if side not in of_side or w * h > of_side[side].w * of_side[side].h:
                of_side[side] = Box(int(x), int(y), int(w), int(h))
        return tuple(
            Box(
                face.x + round(eye.x / scale),
                top + round(eye.y / scale),
                round(eye.w / scale),
                round(eye.h / scale),
            )
            for _, eye in sorted(of_side.items())
        )


def eye_box(face: Box, eyes: Sequence[Box]) -> Box | None:
    """Return what to keep of the eyes: both in one box; with one found, the band of the face
    that eyes lie in; None without eyes."""
    if not eyes:
        return None
    if len(eyes) == 1:
        return Box(face.x, face.y + round(0.2 * face.h), face.w, round(0.35 * face.h))
    left = min(eye.x for eye in eyes)
    top = min(eye.y for eye in eyes)
    width = max(eye.x + eye.w for eye in eyes) - left
    height = max(eye.y + eye.h for eye in eyes) - top
    pad_x, pad_y = round(width * EYE_PAD), round(height * EYE_PAD)
    return Box(left - pad_x, top - pad_y, width + 2 * pad_x, height + 2 * pad_y)


def sharpness(face_grey: Grey) -> float:
    """Return the variance of the Laplacian of a grey face crop, brought to one size first."""
    import cv2

    face = cv2.resize(face_grey, (SHARPNESS_SIZE, SHARPNESS_SIZE), interpolation=cv2.INTER_AREA)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(face, cv2.CV_16S))
    return float(deviation[0, 0]) ** 2


def _cascade(name: str) -> cv2.CascadeClassifier:
    import cv2
    import cv2.data

    path = Path(cv2.data.haarcascades) / name
    cascade = cv2.CascadeClassifier(str(path))
    if cascade.empty():
        raise DeviceError(
            f"face detection: OpenCV's cascade {path} can't be read;"
            " reinstall opencv-python-headless 4"
        )
    return cascade


def _detect(
    cascade: cv2.CascadeClassifier, grey: Grey, region: Box, smallest: int, largest: int = 0
) -> list[Box]:
    finds = cascade.detectMultiScale(
        _crop(grey, region),
        scaleFactor=FACE_SCALE_FACTOR,
        minNeighbors=FACE_NEIGHBOURS,
        minSize=(smallest, smallest),
        maxSize=(largest, largest),  # 0: no limit
    )
    return [Box(int(x) + region.x, int(y) + region.y, int(w), int(h)) for x, y, w, h in finds]


def _same_face(one: Box, other: Box) -> bool:
    """Tell whether the centre of one lies in the other."""
    x, y = one.x + one.w / 2, one.y + one.h / 2
    return other.x <= x <= other.x + other.w and other.y <= y <= other.y + other.h


def _crop(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return the part of an image inside `box`, as far as the image reaches."""
    top, left = max(0, box.y), max(0, box.x)
    return image[top : box.y + box.h, left : box.x + box.w]


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    import cv2

    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()
