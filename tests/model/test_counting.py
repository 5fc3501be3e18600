"""Counted things read as a person would write them."""

from __future__ import annotations

from femo_tui.model.counting import plural
from femo_tui.ui import words


def test_one_is_no_plural() -> None:
    told = [plural(n, "frame") for n in (0, 1, 2)]
    assert told == ["0 frames", "1 frame", "2 frames"]
    assert [words.plural(n, "backup") for n in (1, 2)] == ["1 backup", "2 backups"]
