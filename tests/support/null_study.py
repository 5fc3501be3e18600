"""Simulated people in whom no emotion shows: in the face nothing, in the skin nothing.

What there is: people who look different, windows that differ by chance, frames that are alike
within a window, and skin conductance that wanders. A method that finds emotions here is wrong.
"""

from __future__ import annotations

import numpy as np

from femo_tui.faces.selection import evenly, sharpness_floor
from femo_tui.training.dataset import FaceImage
from femo_tui.training.material import Material, nuisance, study_rows

# The study's order: films with neutral between, then the acted block.
WINDOWS = (
    *("Neutral_S", "Stress_S", "Neutral_S", "Boredom_S", "Neutral_S", "Happy_S"),
    *("Neutral_A", "Happy_A", "Boredom_A", "Stress_A"),
)
DIM = 12
CANDIDATES, PER_WINDOW = 8, 2  # fewer than in earnest: the seeds are many
WINDOW_S = 30.0


def null_material(seed: int, people: int = 22) -> Material:
    """Return what selection makes of one null study."""
    rng = np.random.default_rng(seed)
    images: list[FaceImage] = []
    rows: list[np.ndarray] = []
    gsr: dict[str, tuple[float, ...]] = {}
    for person in range(people):
        looks = rng.normal(0, 2, DIM)
        mood = np.zeros(DIM)
        skin = 0.0
        for number, class_name in enumerate(WINDOWS):
            mood = 0.5 * mood + rng.normal(0, 1, DIM)  # wanders from window to window
            t_s = np.sort(rng.uniform(0, WINDOW_S, CANDIDATES))
            sharpness = rng.gamma(9, 10, CANDIDATES)
            floor = sharpness_floor(list(sharpness))
            usable = [i for i in range(CANDIDATES) if sharpness[i] >= floor]
            even = {usable[i] for i in evenly(list(t_s[usable]), 0, WINDOW_S, PER_WINDOW)}
            frame = np.zeros(DIM)
            name = f"{person}#{number}"
            for i in usable:
                frame = 0.8 * frame + rng.normal(0, 0.5, DIM)
                rows.append(looks + mood + frame)
                images.append(
                    FaceImage(
                        path=f"{name}-{i}",
                        participant=f"S{person:02d}",
                        class_name=class_name,
                        window=name,
                        even=i in even,
                        clip=class_name,
                        t_s=60.0 * number + float(t_s[i]),
                        brightness=float(rng.normal(120, 5)),
                    )
                )
            skin += rng.normal(0, 0.1)
            gsr[name] = (skin, *rng.normal(0, 0.1, 1), float(rng.poisson(2)), rng.gamma(2, 0.1))
    features = np.array(rows, np.float32)
    colour = rng.normal(120, 10, (len(images), 2)).astype(np.float32)
    study = np.zeros(len(images), np.bool_)
    study[study_rows(images, features)] = True
    whole = Material(
        tuple(images),
        {
            "mobilenet": features,
            "nuisance": nuisance(images, colour),
            "time": np.array([[image.t_s] for image in images], np.float32),
        },
        np.zeros((len(images), 32), np.float32),
        tuple(str(i).encode() for i in range(len(images))),
        np.array([image.even for image in images], np.bool_),
        study,
        gsr,
    )
    return whole.part(whole.even | whole.study)
