"""What there is to learn from, and models, for the screens of training."""

from __future__ import annotations

from femo_tui.model.left_out import LeftOut
from femo_tui.training.survey import Group, Survey
from tests.support.trained import CLASSES, PEOPLE, evaluations, write_model
from tests.ui.lab import Lab

SURVEY = Survey(
    groups=tuple(
        Group(who, name, 60, 30 if name == "Neutral_S" else 10, 10 if who != "S10" else 7)
        for who in PEOPLE
        for name in CLASSES
        if (who, name) != ("S13", "Stress_S")
    ),
    left_out=(
        LeftOut("S10", "Happy_S, step happy", "3 images rejected by eye"),
        LeftOut("S11", "", "no consent to face and train"),
        LeftOut("S13", "Stress_S, step stress, attempt 1", "verdict: failed"),
    ),
    external=80,
    simulated=False,
    problem="",
)
NOTHING = Survey((), (), 0, False, "there is no image to train on: record a session, or bring"
                 " images in with `femo dataset import`")  # fmt: skip


def three_models(lab: Lab) -> None:
    write_model(lab.root, "m-01", evaluations(22)[3:], people=("S09", "S11"))
    write_model(lab.root, "m-02", evaluations(22), made_utc="2026-11-22T09:55:00Z")
    write_model(lab.root, "m-10", evaluations(), made_utc="2026-11-22T10:01:00Z", simulated=True)
