"""What is text is told as text, wherever it is put."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from femo_tui.report.markup import el, joined
from femo_tui.report.page import document, table
from femo_tui.report.picture import places, seconds_ticks, ticks
from femo_tui.report.words import share
from tests.support.web_page import Page


@given(some.text())
def test_any_text_comes_back_as_it_was_and_makes_no_element(text: str) -> None:
    page = Page(f"<body>{el('p', text, title=text)}</body>")
    paragraph = page.root.one("p")
    assert [e.name for e in page.root.all("p")] == ["p"]
    assert all(isinstance(child, str) for child in paragraph.children)
    told = "".join(str(child) for child in paragraph.children)
    shown = [letter for letter in text if letter.isprintable()]
    assert [letter for letter in told if letter.isprintable() and letter != "\ufffd"] == [
        letter for letter in shown if letter != "\ufffd"
    ]


def test_what_holds_other_elements_is_not_escaped_twice() -> None:
    assert joined("a & b ", el("b", "<c>")) == "a &amp; b <b>&lt;c&gt;</b>"
    assert el("line", x1=1 / 3, hidden=True, role=None) == '<line x1="0.33" hidden></line>'


@given(some.text())
def test_no_title_ends_the_style_sheet_early(text: str) -> None:
    """The foot of each printed sheet stands in the style, where HTML is not escaped."""
    page = Page(document("a title", text, el("p", "a body")))
    assert [e.name for e in page.root.one("head").all("style")] == ["style"]
    assert page.text == "a body"
    assert "</style" not in page.html.partition("</style>")[0]


def test_every_cell_of_a_table_is_named_by_its_row_and_its_column() -> None:
    from femo_tui.report.page import Column

    page = Page(f"<body>{table('t', (Column('a'), Column('b', unit='s')), [('x', '1')])}</body>")
    assert page.table("t") == [{"a": "x", "b, s": "1"}]
    assert [(th.text, th.attributes["scope"]) for th in page.root.all("th")] == [
        *(("a", "col"), ("b, s", "col"), ("x", "row"))
    ]


def test_ticks_are_round_and_inside() -> None:
    assert ticks(3.27, 4.51, 5) == [3.5, 4.0, 4.5]
    assert [round(t, 3) for t in ticks(0.0, 0.031, 3)] == [0.0, 0.02]
    assert ticks(2.0, 2.0, 5) == [2.0]
    assert (places(ticks(3.27, 4.51, 5)), places(ticks(0, 40, 5))) == (1, 0)
    assert seconds_ticks(42.3, 5) == [0.0, 10.0, 20.0, 30.0, 40.0]
    assert seconds_ticks(5400.0, 12) == [600.0 * i for i in range(10)]


def test_what_is_not_all_is_never_told_as_all() -> None:
    narrow = "\N{NARROW NO-BREAK SPACE}"
    assert share(1, 1000) == f"1{narrow}%"
    assert share(999, 1000) == f"99{narrow}%"
    assert (share(0, 3), share(3, 3), share(0, 0)) == (f"0{narrow}%", f"100{narrow}%", "–")
