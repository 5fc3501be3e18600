"""`femo firmware` writes the sketch out, says how to flash it, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.femo import Femo
from tests.support.uno import SKETCH, build_sketch


@pytest.mark.parametrize("named", ["femo_gsr", "arduino"])
def test_the_sketch_lies_in_a_folder_of_its_own_name(
    femo: Femo, tmp_path: Path, named: str
) -> None:
    said = femo.ok("firmware", str(tmp_path / named))
    (sketch,) = tmp_path.rglob("*.ino")
    assert sketch.parent.name == sketch.stem == "femo_gsr"
    assert sketch.read_bytes() == SKETCH.read_bytes()
    for word in (str(sketch), "A0", "arduino-cli upload", "Arduino IDE", "--fast"):
        assert word in said


def test_a_sketch_that_was_changed_is_not_overwritten(femo: Femo, tmp_path: Path) -> None:
    femo.ok("firmware", str(tmp_path))
    (sketch,) = tmp_path.rglob("*.ino")
    sketch.write_text("// mine", "utf-8")
    done = femo.run("firmware", str(tmp_path))
    assert done.returncode == 2
    assert "not overwritten" in done.stderr
    assert sketch.read_text("utf-8") == "// mine"


def test_a_folder_that_cannot_be_is_said(femo: Femo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = femo.run("firmware", str(tmp_path / "file"))
    assert done.returncode == 2
    assert "name another folder" in done.stderr


def test_fast_writes_the_sketch_for_a_thousand_lines_a_second(femo: Femo, tmp_path: Path) -> None:
    said = femo.ok("firmware", str(tmp_path / "out"), "--fast")
    (sketch,) = tmp_path.rglob("*.ino")
    text = sketch.read_text("utf-8")
    assert "#define FEMO_FAST 1" in text
    assert text.replace("#define FEMO_FAST 1", "#define FEMO_FAST 0") == SKETCH.read_text("utf-8")
    assert "baud=500000" in said


def test_what_is_written_compiles(femo: Femo, tmp_path: Path) -> None:
    femo.ok("firmware", str(tmp_path), "--fast")
    (sketch,) = tmp_path.rglob("*.ino")
    built = tmp_path / "built"
    built.mkdir()
    assert build_sketch(built, fast=None, sketch=sketch).stat().st_size > 0
