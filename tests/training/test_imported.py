"""Folders of faces from elsewhere: what is taken, what is refused, what stays out of training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from femo_tui.store.audit import read
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo


def small(folder: Path, people: int = 2, per_class: int = 2) -> Path:
    return draw_faces(folder, people, per_class, classes=("Happy_A", "Neutral_A"))


def test_the_studys_names_tell_class_and_participant(femo: Femo, tmp_path: Path) -> None:
    found = femo.json("dataset", "import", str(small(tmp_path / "drawn")), "--operator", "bea")
    noted = read(femo.store)[-1]
    assert (noted.action, noted.operator) == ("dataset_import", "bea")
    assert noted.facts["data_set"] == "drawn"
    assert found["classes"] == {"Happy_A": 4, "Neutral_A": 4}
    assert found["participants"] == ["S1", "S2"]
    kept = sorted((femo.store / "datasets" / "drawn").rglob("*.jpg"))
    assert len(kept) == 8
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert femo.json("dataset", "list") == [
        {"dataset": "drawn", "images": 8, "external": False, "simulated": False}
    ]


def test_other_names_need_a_pattern(femo: Femo, tmp_path: Path) -> None:
    folder = small(tmp_path / "drawn")
    for path in folder.rglob("*.jpg"):
        path.rename(path.with_name(path.name.replace("_S", "-person").replace("_Face", "-no")))
    refused = femo.run("dataset", "import", str(folder))
    assert refused.returncode == 2
    assert "--participant-pattern" in refused.stderr
    found = femo.json("dataset", "import", str(folder), "--participant-pattern", r"-person(\d+)-")
    assert found["participants"] == ["1", "2"]
    for wrong in ("person(", "person", r"nobody(\d)"):
        done = femo.run(
            "dataset", "import", str(folder), "--name", "x", "--participant-pattern", wrong
        )
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


def test_what_cannot_be_taken_is_named(femo: Femo, tmp_path: Path) -> None:
    folder = small(tmp_path / "drawn")
    first = folder / "Happy_A" / "Happy_S1_Face01_.jpg"
    (folder / "Happy_A" / "Happy_S1_Face90_.jpg").write_bytes(first.read_bytes()[:2000])
    (folder / "Happy_A" / "Happy_S2_Face91_.jpg").write_bytes(first.read_bytes())
    (folder / "Happy_A" / "notes.txt").write_text("no image", "utf-8")
    found = femo.json("dataset", "import", str(folder))
    assert sum(found["classes"].values()) == 8
    assert len(found["refused"]) == 2
    assert "Face90_.jpg: this JPEG is cut short" in found["refused"][0]
    assert "Face91_.jpg: the same image as Happy_A/Happy_S1_Face01_.jpg" in found["refused"][1]


def test_near_duplicates_under_two_names_are_named(femo: Femo, tmp_path: Path) -> None:
    import cv2

    folder = small(tmp_path / "drawn")
    image = cv2.imread(str(folder / "Happy_A" / "Happy_S1_Face01_.jpg"))
    assert image is not None
    saved_anew = folder / "Happy_A" / "Happy_S9_Face01_.jpg"
    cv2.imwrite(str(saved_anew), image, [cv2.IMWRITE_JPEG_QUALITY, 60])
    found = femo.json("dataset", "import", str(folder))
    pairs = [sorted(Path(name).name for name in pair) for pair in found["near_duplicates"]]
    assert ["Happy_S1_Face01_.jpg", "Happy_S9_Face01_.jpg"] in pairs


def test_a_name_is_given_once_and_a_failed_import_leaves_nothing(
    femo: Femo, tmp_path: Path
) -> None:
    folder = small(tmp_path / "drawn")
    femo.ok("dataset", "import", str(folder))
    again = femo.run("dataset", "import", str(folder))
    assert again.returncode == 2
    assert "drawn is in the store already" in again.stderr
    broken = tmp_path / "broken" / "Happy_A"
    broken.mkdir(parents=True)
    (broken / "Happy_S1_Face01_.jpg").write_text("nothing", "utf-8")
    assert femo.run("dataset", "import", str(broken.parent)).returncode == 2
    assert femo.run("dataset", "import", str(tmp_path / "nowhere")).returncode == 2
    assert [path.name for path in (femo.store / "datasets").iterdir()] == ["drawn"]


def test_external_images_are_tested_and_never_learnt_from(femo: Femo, tmp_path: Path) -> None:
    femo.ok("dataset", "import", str(small(tmp_path / "ours", people=4)), "--simulated")
    theirs = draw_faces(tmp_path / "theirs", 3, 2, classes=("Happy_A", "Neutral_A", "Fear_A"))
    femo.ok("dataset", "import", str(theirs), "--external")
    found = femo.json("train", "--weights", "none")
    assert (found["images"], found["participants"]) == (16, 4)
    outside = next(v for v in found["validations"] if v["kind"] == "external")
    assert outside["n"] == 12
    assert outside["note"] == "6 images of classes that the model does not know"


def test_real_and_drawn_do_not_mix_unless_asked(femo: Femo, tmp_path: Path) -> None:
    femo.ok("dataset", "import", str(small(tmp_path / "drawn")), "--simulated")
    femo.ok("dataset", "import", str(small(tmp_path / "real", people=3)), "--name", "real")
    found = femo.json("train", "--weights", "none")
    assert (found["participants"], found["simulated"]) == (3, False)
    left_out = {(o["participant"], o["reason"]) for o in found["left_out"]}
    assert left_out == {("drawn:S1", "SIMULATED, not asked"), ("drawn:S2", "SIMULATED, not asked")}
    found = femo.json("train", "--weights", "none", "--simulated")
    assert (found["participants"], found["simulated"]) == (2, True)
    found = femo.json("train", "--weights", "none", "--dataset", "drawn")
    assert (found["participants"], found["simulated"]) == (2, True)


@pytest.mark.parametrize(
    ("people", "classes", "says"),
    [
        (1, ("Happy_A", "Neutral_A"), "one participant only"),
        (2, ("Happy_A",), "there is one class only, Happy_A"),
    ],
)
def test_too_little_is_said_to_be_too_little(
    femo: Femo, tmp_path: Path, people: int, classes: tuple[str, ...], says: str
) -> None:
    folder = draw_faces(tmp_path / "few", people, 3, classes=classes)
    femo.ok("dataset", "import", str(folder), "--simulated")
    done = femo.run("train", "--weights", "none", "--json")
    assert says in done.stdout + done.stderr
    if done.returncode == 0:
        kinds = {v["kind"] for v in json.loads(done.stdout.splitlines()[-1])["validations"]}
        assert kinds == {"study"}
    else:
        assert done.stderr.splitlines()[-1].startswith("femo: ")


def test_a_class_with_one_image_is_trained_on_and_never_found_in_others(
    femo: Femo, tmp_path: Path
) -> None:
    folder = small(tmp_path / "drawn", people=3)
    lone = folder / "Fear_A" / "Fear_S1_Face01_.jpg"
    lone.parent.mkdir()
    (folder / "Happy_A" / "Happy_S1_Face01_.jpg").rename(lone)
    femo.ok("dataset", "import", str(folder), "--simulated")
    found = femo.json("train", "--weights", "none")
    honest = found["validations"][0]
    assert honest["classes"] == ["Fear_A", "Happy_A", "Neutral_A"]
    assert sum(honest["confusion"][0]) == 1
    assert honest["confusion"][0][0] == 0


def test_what_is_drawn_does_not_test_what_was_learnt_from_people(
    femo: Femo, tmp_path: Path
) -> None:
    femo.ok("dataset", "import", str(small(tmp_path / "real", people=3)))
    drawn = small(tmp_path / "drawn")
    femo.ok("dataset", "import", str(drawn), "--external", "--simulated")
    found = femo.json("train", "--weights", "none")
    assert found["simulated"] is False
    assert not [one for one in found["validations"] if one["kind"] == "external"]
    out = {(one["what"], one["reason"]) for one in found["left_out"]}
    assert out == {("data set drawn", "SIMULATED, and what is learnt from is not")}


def test_external_images_without_a_class_of_the_models_test_nothing(
    femo: Femo, tmp_path: Path
) -> None:
    femo.ok("dataset", "import", str(small(tmp_path / "ours", people=3)), "--simulated")
    theirs = draw_faces(tmp_path / "theirs", 2, 1, classes=("joy", "calm"))
    femo.ok("dataset", "import", str(theirs), "--external", "--simulated")
    found = femo.json("train", "--weights", "none")
    assert not [one for one in found["validations"] if one["kind"] == "external"]
    why = [one["reason"] for one in found["not_possible"] if one["kind"] == "external"]
    assert why == ["none of their classes is the model's"]


def test_images_that_cannot_be_read_any_more_are_named_as_left_out(
    femo: Femo, tmp_path: Path
) -> None:
    femo.ok("dataset", "import", str(small(tmp_path / "drawn", people=3)), "--simulated")
    kept = femo.store / "datasets" / "drawn"
    sources = json.loads((kept / "index.json").read_bytes())["files"]
    for file in (file for file in sources if file["participant"] == "S2"):
        (kept / file["file"]).write_text("no image", "utf-8")
    found = femo.json("train", "--weights", "none")
    assert (found["images"], found["participants"]) == (8, 2)
    assert len([o for o in found["left_out"] if "this is no image" in o["reason"]]) == 4
    card = femo.ok("models", "show", "m-01")
    assert "| drawn:S1 |" in card
    assert "| drawn:S2 |" not in card  # nothing of theirs was learnt from
    assert "this is no image that can be read" in card

    for file in sources:
        (kept / file["file"]).write_text("no image", "utf-8")
    done = femo.run("train", "--weights", "none")
    assert done.returncode == 1
    assert "none of the 12 images can be read: datasets/drawn/" in done.stderr
    assert "defect" not in done.stderr


def test_a_data_set_whose_rejections_cannot_be_read_is_not_learnt_from(
    femo: Femo, tmp_path: Path
) -> None:
    """Faces that the eye rejected must not come back because a file was damaged."""
    femo.ok("dataset", "import", str(small(tmp_path / "drawn", people=3)), "--simulated")
    femo.ok("dataset", "import", str(small(tmp_path / "other", people=2)), "--simulated")
    femo.ok("frames", "reject", "drawn", "0", "7")
    amendments = femo.store / "datasets" / "drawn" / "amendments.jsonl"
    amendments.write_bytes(amendments.read_bytes().replace(b'"frame": 0', b'"frame": 1'))
    found = femo.json("train", "--weights", "none")
    assert found["participants"] == 2
    (out,) = found["left_out"]
    assert out["what"] == "data set drawn"
    assert "what the eye rejected in it cannot be told: amendments.jsonl line 2" in out["reason"]


def test_a_name_that_means_the_stores_own_runs_is_refused(femo: Femo, tmp_path: Path) -> None:
    done = femo.run("dataset", "import", str(small(tmp_path / "recorded")))
    assert done.returncode == 2
    assert "data set recorded: the store's runs are called so" in done.stderr


def test_an_import_that_fails_at_its_end_leaves_no_face_behind(femo: Femo, tmp_path: Path) -> None:
    folder = small(tmp_path / "drawn")
    (folder / "Happy_A").rename(folder / "index.json")  # where the data set's own list would lie
    done = femo.run("dataset", "import", str(folder))
    assert done.returncode == 1
    assert "index.json" in done.stderr
    assert list((femo.store / "datasets").iterdir()) == []
