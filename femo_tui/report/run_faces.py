"""Faces of a run, a few a window, made small; only where the participant agreed to share them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from femo_tui.model.snapshot import WindowSummary
from femo_tui.report import words
from femo_tui.report.markup import Markup, el
from femo_tui.report.page import section
from femo_tui.report.run_material import RunMaterial

PER_WINDOW = 6
SIDE_PX = 112  # sharp where 56 are shown, also on fine screens and on paper
QUALITY = 80


def faces_section(material: RunMaterial) -> Markup | None:
    """Return the faces by window, None where there is none to show."""
    rows = [row for window in material.windows if (row := _row(material, window)) is not None]
    if not rows:
        return None
    return section(
        "faces",
        "Faces",
        el("div", *rows, class_="faces"),
        lead=f"Up to {PER_WINDOW} of each accepted window, evenly in time, made small. With consent"
        " to face and share-face.",
    )


def _row(material: RunMaterial, window: WindowSummary) -> Markup | None:
    from femo_tui.faces.selection import evenly

    frames = material.faces.get((window.step, window.attempt), ())
    if not frames or window.end_s is None:
        return None
    taken = evenly([frame.t_s for frame in frames], window.onset_s, window.end_s, PER_WINDOW)
    name = window.class_name or window.step
    pictures = list(_pictures(material, name, [frames[i].face_file for i in taken], taken, window))
    if not pictures:
        return None
    found = words.plural(len(frames), "face")
    return el(
        "div",
        el("p", name, el("small", f" {window.step}, {words.clock(window.onset_s)}, {found}")),
        el("div", *pictures, class_="strip"),
    )


def _pictures(
    material: RunMaterial,
    name: str,
    files: list[str],
    taken: tuple[int, ...],
    window: WindowSummary,
) -> Iterator[Markup]:
    frames = material.faces[window.step, window.attempt]
    for file, place in zip(files, taken, strict=True):
        small = _small(material.run_dir / file)
        if small is not None:
            at = words.clock(frames[place].t_s)
            yield el(
                "img",
                src=f"data:image/jpeg;base64,{base64.b64encode(small).decode()}",
                alt=f"Face of {material.participant} in {name} at {at}",
                width=56,
                height=56,
            )


def _small(path: Path) -> bytes | None:
    """Return an image made small, without whatever else its file held; None if it is none."""
    import cv2

    cv2.setNumThreads(1)
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        return None
    high, wide = image.shape[:2]
    scale = min(SIDE_PX / max(high, wide), 1.0)
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    made = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes() if done else None
