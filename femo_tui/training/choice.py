"""Both sets of frames, as a training would choose them now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from femo_tui.errors import TrainingError
from femo_tui.model.left_out import LeftOut
from femo_tui.training.client import FEATURES, TRAINING
from femo_tui.training.collect import check_enough, collect
from femo_tui.training.request import NO_WEIGHTS, TrainRequest
from femo_tui.training.weights import WEIGHTS, convert


@dataclass(frozen=True, slots=True)
class ChosenFrame:
    """One frame that is looked at, and of which sets it is."""

    path: str
    participant: str
    class_name: str
    even: bool
    study: bool
    folder: str  # of its run or data set, relative to the store
    frame: int  # its number there


@dataclass(frozen=True, slots=True)
class Choice:
    """All frames that are looked at."""

    frames: tuple[ChosenFrame, ...]
    left_out: tuple[LeftOut, ...]
    features: str  # in which the study's set differs most from neutral
    problem: str  # why they are not MobileNet's; empty if they are


def choose(
    request: TrainRequest, progress: Callable[[int, int], None] = lambda done, total: None
) -> Choice:
    """Return both sets of the frames that a training would look at.

    Args:
        request: what would be asked for.
        progress: called with (images whose features were computed, images that lack them).

    Raises:
        TrainingError: there are none.
    """
    from femo_tui.training import engines
    from femo_tui.training.features import extract
    from femo_tui.training.material import study_rows

    root, weights = request.store_root, request.weights
    found = collect(request)
    check_enough(found)
    engine, name, problem = engines.HOG, "hog", ""
    if weights != NO_WEIGHTS:
        try:
            network = convert(weights, root / TRAINING / WEIGHTS)
            engine = engines.mobilenet(network.path, network.sha256, network.dim)
            name = "mobilenet"
        except TrainingError as trouble:
            problem = f"{trouble}; the study's set is chosen in HOG's features"
    extracted = extract(
        root,
        [image.path for image in found.images],
        [engine],
        root / TRAINING / FEATURES,
        progress=progress,
    )
    images = [found.images[i] for i in extracted.kept]
    study = set(study_rows(images, extracted.rows[engine.name]))
    left_out = [LeftOut("", "", sentence) for sentence in extracted.unreadable.values()]
    return Choice(
        tuple(
            ChosenFrame(
                path=image.path,
                participant=image.participant,
                class_name=image.class_name,
                even=image.even,
                study=i in study,
                folder=image.folder,
                frame=image.frame,
            )
            for i, image in enumerate(images)
        ),
        (*found.left_out, *left_out),
        name,
        problem,
    )
