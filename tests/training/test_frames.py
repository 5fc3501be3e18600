"""Frames are chosen by rule and rejected by eye, with the class hidden."""

from __future__ import annotations

from pathlib import Path

from femo_tui.training.request import NO_WEIGHTS, TrainRequest
from femo_tui.training.survey import Wanted, faces, survey
from tests.support.femo import Femo


def test_both_sets_are_ten_a_window_and_ten_a_class(recorded: Femo) -> None:
    found = recorded.json("frames", "select", "--weights", "none")
    groups = {(g["participant"], g["class"]): g for g in found["groups"]}
    assert len(groups) == 24
    for (_, class_name), group in groups.items():
        windows = 3 if class_name == "Neutral_S" else 1
        assert (group["even"], group["study"]) == (10 * windows, 10)
        assert group["candidates"] >= group["even"]
    assert found["features"] == "hog"


def test_a_review_hides_the_class_and_the_order(recorded: Femo) -> None:
    blind = recorded.json("frames", "list", "S01")
    seen = recorded.json("frames", "list", "S01", "--show-class")
    assert set(blind[0]) == {"frame", "accepted", "sharpness"}
    assert "class" in seen[0]
    numbers = [face["frame"] for face in blind]
    assert numbers != sorted(numbers)
    assert sorted(numbers) == [face["frame"] for face in seen]
    assert "Happy" not in recorded.ok("frames", "list", "S01")


def test_what_the_eye_rejects_is_in_no_set_and_is_named(recorded: Femo) -> None:
    faces = recorded.json("frames", "list", "S02", "--show-class")
    happy = [face["frame"] for face in faces if face["class"] == "Happy_A"]
    recorded.ok("frames", "reject", "S02", *(str(frame) for frame in happy[:20]))
    found = recorded.json("frames", "select", "--weights", "none")
    group = next(g for g in found["groups"] if (g["participant"], g["class"]) == ("S02", "Happy_A"))
    assert group["candidates"] == len(happy) - 20
    assert group["even"] < 10
    why = {(o["participant"], o["reason"]) for o in found["left_out"]}
    assert ("S02", "20 images rejected by eye") in why
    assert recorded.json("show", "S02", "--verify")["faults"] == []  # the seal holds

    recorded.ok("frames", "accept", "S02", *(str(frame) for frame in happy[:20]))
    again = recorded.json("frames", "select", "--weights", "none")
    assert (
        next(g for g in again["groups"] if (g["participant"], g["class"]) == ("S02", "Happy_A"))[
            "even"
        ]
        == 10
    )


def test_a_number_that_is_no_face_marks_nothing(recorded: Femo) -> None:
    face = recorded.json("frames", "list", "S01")[0]["frame"]
    done = recorded.run("frames", "reject", "S01", str(face), "99999")
    assert done.returncode == 2
    assert "frame 99999" in done.stderr
    assert all(face["accepted"] for face in recorded.json("frames", "list", "S01"))
    assert recorded.run("frames", "list", "S77").returncode == 2


def test_images_of_a_data_set_can_be_rejected_too(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated", "--name", "drawn")
    femo.ok("frames", "reject", "drawn", "0", "7")
    found = femo.json("frames", "select", "--weights", "none")
    assert sum(group["candidates"] for group in found["groups"]) == 142
    assert [o["reason"] for o in found["left_out"]] == ["rejected by eye"] * 2


def test_the_console_counts_what_a_shell_counts_and_hides_what_the_eye_must_not_know(
    recorded: Femo,
) -> None:
    request = TrainRequest(recorded.store, NO_WEIGHTS)
    counted = survey(request)
    told = recorded.json("frames", "select", "--weights", "none")
    assert [
        {
            "participant": group.participant,
            "class": group.class_name,
            "candidates": group.candidates,
            "even": group.even,
            "study": group.study,
        }
        for group in counted.groups
    ] == sorted(told["groups"], key=lambda group: (group["participant"], group["class"]))
    assert (counted.simulated, counted.problem) == (True, "")

    even = faces(request, Wanted.EVEN)
    both = faces(request, Wanted.BOTH)
    assert len(even) == counted.even
    assert {face.path for face in even} < {face.path for face in both}
    assert all((recorded.store / face.path).is_file() for face in both)
    order = [face.path for face in even]
    assert order != sorted(order)
    assert [face.path for face in faces(request, Wanted.EVEN)] == order
