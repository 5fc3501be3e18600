"""Features of many images: computed once each, and those that cannot be read are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from femo_tui.training import engines
from femo_tui.training.features import extract
from femo_tui.training.images import decode, network_input, resized
from tests.support.face_folders import draw_faces, one_face

KINDS = (engines.HOG, engines.COLOUR, engines.PERCEPTUAL_HASH)


@pytest.fixture
def faces(tmp_path: Path) -> list[str]:
    folder = draw_faces(tmp_path / "faces", people=2, per_class=2, classes=("Happy_A", "Neutral_A"))
    return sorted(path.relative_to(tmp_path).as_posix() for path in folder.glob("*/*.jpg"))


def test_one_more_image_computes_one_feature(tmp_path: Path, faces: list[str]) -> None:
    cache = tmp_path / "cache"
    assert extract(tmp_path, faces[:-1], KINDS, cache).computed == len(faces) - 1
    added = extract(tmp_path, faces, KINDS, cache)
    assert added.computed == 1
    again = extract(tmp_path, faces, KINDS, cache)
    assert again.computed == 0
    fresh = extract(tmp_path, faces, KINDS, tmp_path / "other")
    for engine in KINDS:
        assert again.rows[engine.name].tobytes() == fresh.rows[engine.name].tobytes()


def test_another_kind_of_features_leaves_the_others_cached(
    tmp_path: Path, faces: list[str]
) -> None:
    cache = tmp_path / "cache"
    extract(tmp_path, faces, [engines.HOG], cache)
    before = (cache / f"{engines.HOG.name}.features").read_bytes()
    assert extract(tmp_path, faces, KINDS, cache).computed == len(faces)
    assert (cache / f"{engines.HOG.name}.features").read_bytes() == before


def test_a_copy_of_an_image_costs_nothing(tmp_path: Path, faces: list[str]) -> None:
    (tmp_path / "copy.jpg").write_bytes((tmp_path / faces[0]).read_bytes())
    found = extract(tmp_path, [*faces, "copy.jpg"], KINDS, tmp_path / "cache")
    assert found.computed == len(faces)
    rows = found.rows[engines.HOG.name]
    assert rows[0].tolist() == rows[-1].tolist()


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    tmp_path: Path, faces: list[str]
) -> None:
    content = (tmp_path / faces[0]).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("not an image", "utf-8")
    bad = ["cut.jpg", "empty.jpg", "text.jpg", "absent.jpg"]
    found = extract(tmp_path, [*bad, *faces], KINDS, tmp_path / "cache")
    assert found.kept == tuple(range(4, 4 + len(faces)))
    assert sorted(found.unreadable) == [0, 1, 2, 3]
    for number, name in enumerate(bad):
        assert name in found.unreadable[number]
        assert found.unreadable[number].count("\n") == 0
    assert "cut short" in found.unreadable[0]


@pytest.mark.parametrize("kind", ["grey", "grey 16 bit", "alpha", "20 megapixels", "cmyk"])
def test_every_kind_of_image_becomes_blue_green_red(tmp_path: Path, kind: str) -> None:
    import cv2

    face = one_face()
    path = tmp_path / "face.png"
    if kind == "grey":
        cv2.imwrite(str(path), cv2.cvtColor(face, cv2.COLOR_BGR2GRAY))
    elif kind == "grey 16 bit":
        cv2.imwrite(str(path), cv2.cvtColor(face, cv2.COLOR_BGR2GRAY).astype(np.uint16) * 257)
    elif kind == "alpha":
        cv2.imwrite(str(path), cv2.cvtColor(face, cv2.COLOR_BGR2BGRA))
    elif kind == "20 megapixels":
        path = tmp_path / "face.jpg"
        cv2.imwrite(str(path), cv2.resize(face, (4480, 4480)))
    else:
        path = Path(__file__).parents[1] / "data" / "faces" / "cmyk.jpg"
    image = decode(path.read_bytes(), path.name)
    assert image.dtype == np.uint8
    assert image.shape[2] == 3
    assert network_input(image).shape == (1, 224, 224, 3)
    as_grey, known = (
        resized(np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), np.uint8), 64).astype(float)
        for one in (image, face)
    )
    assert np.corrcoef(as_grey.ravel(), known.ravel())[0, 1] > 0.98


def test_keras_sees_the_same_pixels(tmp_path: Path) -> None:
    # keras.applications.mobilenet.preprocess_input: x / 127.5 − 1, red first
    image = np.zeros((224, 224, 3), np.uint8)
    image[:, :, 2] = 255  # red, in OpenCV's order
    assert network_input(image)[0, 0, 0].tolist() == [1.0, -1.0, -1.0]
