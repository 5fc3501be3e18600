"""Counted things read as a person would write them, the same way everywhere."""

from __future__ import annotations

import ast
from pathlib import Path

from femo_tui.model.counting import THIN, plural
from femo_tui.ui import words

PACKAGE = Path(__file__).parents[2] / "femo_tui"


def test_one_is_no_plural() -> None:
    told = [plural(n, "frame") for n in (0, 1, 2)]
    assert told == ["0 frames", "1 frame", "2 frames"]
    assert [plural(n, "class", "classes") for n in (1, 2)] == ["1 class", "2 classes"]
    assert [words.people(n) for n in (1, 2)] == ["1 person", "2 people"]


def test_thousands_stand_apart() -> None:
    assert plural(1840, "image") == f"1{THIN}840 images"


def test_plurals_are_made_in_one_place() -> None:
    made = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == "plural"
    ]
    assert made == ["model/counting.py"]
