"""The small trace of the set-up, dot by dot."""

from __future__ import annotations

from collections import deque

from femo_tui.ui.widgets.spark import spark


def test_a_rising_curve_rises_and_fills_from_the_right() -> None:
    # Unicode's braille: dots 7 and 8 are the bottom row, 1 and 4 the top one.
    lines = spark(deque([1.0, 2.0, 3.0, 4.0]), width=3, height=1)
    assert lines == ["\N{BRAILLE PATTERN BLANK}⠔⠊"]


def test_a_resting_hand_is_a_flat_line_in_the_middle() -> None:
    top, bottom = spark([5.0, 5.001, 5.0, 5.001], width=2, height=2)
    assert (top, bottom) == ("⣀⣀", "\N{BRAILLE PATTERN BLANK}" * 2)


def test_nothing_read_is_blank() -> None:
    assert spark([], width=4, height=2) == ["    ", "    "]
