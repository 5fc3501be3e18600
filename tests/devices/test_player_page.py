"""Pages as overlay text: nothing that a protocol says is taken for markup."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from femo_tui.devices.base import Page
from femo_tui.devices.mpv_page import countdown_overlay, escape_ass, page_overlay

WIDE = 16 / 9


@given(st.text())
def test_text_is_never_markup(text: str) -> None:
    escaped = escape_ass(text)
    assert "\n" not in escaped  # a line end would begin another event
    assert not re.search(r"(?<!\\)[{}]", escaped)
    # every backslash is one we wrote: a line end, a brace, or one made harmless
    assert not re.search(r"\\(?![N{}\u2060])", escaped)


@given(st.text(max_size=300), st.text(max_size=30), st.booleans(), st.booleans())
def test_every_page_is_a_few_whole_events(
    text: str, footer: str, fixation: bool, drawing: bool
) -> None:
    page = Page(
        text=text,
        footer=footer,
        fixation=fixation,
        illustration=Path("face.png") if drawing else None,
    )
    events = page_overlay(page, WIDE).split("\n")
    assert len([e for e in events if e]) == fixation + bool(text) + bool(footer)


def font_size(text: str) -> int:
    found = re.search(r"\\fs(\d+)", page_overlay(Page(text=text), WIDE))
    assert found
    return int(found.group(1))


def test_a_long_text_is_set_smaller() -> None:
    assert font_size("Look happy.") > font_size("A long line of instructions. " * 40) >= 20


def test_a_countdown_reads_as_people_read_time() -> None:
    shown = [countdown_overlay(s, WIDE).rpartition("}")[2] for s in (300, 60.0, 59.2, 9, 0.01, -2)]
    assert shown == ["5:00", "1:00", "1:00", "9", "1", "0"]
