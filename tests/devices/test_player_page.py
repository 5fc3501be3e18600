"""Pages as overlay text: nothing that a protocol says is taken for markup, and all of it fits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.devices.base import Page, Question
from femo_tui.devices.mpv_page import countdown_overlay, notice_overlay, page_overlay
from femo_tui.devices.mpv_text import break_lines, escape_ass, text_width
from femo_tui.model.protocol import ScaleLook

WIDE = 16 / 9
NUMBERS = Question(ScaleLook.NUMBERS, 0, 8, "none at all", "extremely much")


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


@given(st.text(max_size=400), st.floats(100, 1200), st.sampled_from([20, 28, 44]))
def test_a_broken_text_says_the_same_in_lines_that_fit(text: str, width: float, size: int) -> None:
    lines = break_lines(text, width, size)
    assert all(len(line) <= 1 or text_width(line, size) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def font_size(text: str) -> int:
    found = re.search(r"\\fs(\d+)", page_overlay(Page(text=text), WIDE))
    assert found
    return int(found.group(1))


def test_a_long_text_is_set_smaller() -> None:
    assert font_size("Look happy.") > font_size("A long line of instructions. " * 40) >= 20


def words_of(overlay: str) -> list[str]:
    """Return what can be read on an overlay, line by line of each event."""
    events = [event for event in overlay.split("\n") if r"\p3" not in event]
    return [line for event in events for line in event.rpartition("}")[2].split("\\N") if line]


@pytest.mark.parametrize("aspect", [WIDE, 4 / 3, 9 / 16])
@pytest.mark.parametrize("look", [ScaleLook.NUMBERS, ScaleLook.SAM_VALENCE, ScaleLook.SAM_AROUSAL])
def test_a_question_shows_every_answer_and_what_the_ends_mean(
    look: ScaleLook, aspect: float
) -> None:
    question = Question(look, 1, 9, "muy desagradable", "muy agradable")
    words = words_of(page_overlay(Page(text="¿Cómo se sintió?", question=question), aspect))
    assert [word for word in words if word.isdigit()] == list("123456789")
    assert " ".join(words[words.index("9") + 1 :]).split() == [
        *("muy", "desagradable", "muy", "agradable")
    ]
    assert " ".join(words[: words.index("1")]) == "¿Cómo se sintió?"


def test_yes_and_no_stand_in_words() -> None:
    question = Question(ScaleLook.YES_NO, 0, 1, "No", "Sí")
    assert words_of(page_overlay(Page(question=question), WIDE)) == ["No", "Sí"]


def test_the_chosen_answer_alone_is_dark_on_light() -> None:
    for chosen in (None, 0, 8):
        question = Question(NUMBERS.look, NUMBERS.low, NUMBERS.high, chosen=chosen)
        overlay = page_overlay(Page(question=question), WIDE)
        dark = [e for e in overlay.split("\n") if r"\c&H000000&" in e]
        assert [e.rpartition("}")[2] for e in dark] == ([] if chosen is None else [str(chosen)])


def test_a_countdown_reads_as_people_read_time() -> None:
    shown = [countdown_overlay(s, WIDE).rpartition("}")[2] for s in (300, 60.0, 59.2, 9, 0.01, -2)]
    assert shown == ["5:00", "1:00", "1:00", "9", "1", "0"]


def test_keys_that_need_a_line_each_get_one() -> None:
    page = Page(footer="Pulse S o N     Retroceso: la pregunta anterior")
    assert words_of(page_overlay(page, WIDE)) == [page.footer]
    assert words_of(page_overlay(page, 9 / 16)) == [
        "Pulse S o N",
        "Retroceso: la pregunta anterior",
    ]


def test_a_notice_is_set_over_black() -> None:
    assert words_of(notice_overlay("Un momento, por favor", WIDE)) == ["Un momento, por favor"]
