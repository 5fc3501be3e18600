"""Protocol files: what they become, and every mistake with its line and what would be right."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femo_tui import paths
from femo_tui.errors import ProtocolError
from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.protocol import StepKind, Thresholds, Window
from femo_tui.model.protocol_file import parse_protocol

GOOD = """\
name = "pilot"                                  # line 1
title = "A pilot"
languages = ["en", "es"]
camera_fps = 15
[thresholds]
face_yield = 0.5

[[step]]
name = "read"                                   # line 9
kind = "instruction"
text.en = "Read this."
text.es = "Lea esto."

[[step]]
name = "fear-1"                                 # line 15
kind = "clip"
media = "films/one.mp4"
emotion = "stress"
duration_s = 90
window = { peak_s = 60, half_s = 15 }           # line 20
content_warning = { en = "Loud.", es = "Ruidoso." }

[[step]]
name = "ask"                                    # line 24
kind = "rating"
duration_s = 30
[[step.scale]]
name = "valence"                                # line 28
low = 1
high = 9
text = { en = "How pleasant?", es = "¿Cuán agradable?" }
[[step.scale]]
name = "seen-before"                            # line 33
low = 0
high = 1
text = { en = "Seen before?", es = "¿Ya vista?" }

[[step]]
name = "smile"                                  # line 39
kind = "acted"
emotion = "happy"
duration_s = 12
window = { start_s = 1, duration_s = 10 }       # line 43
text.en = "Smile."
text.es = "Sonría."
"""


def mistakes(text: str) -> list[str]:
    """Return the mistakes of a text, a line each, without the file's name."""
    with pytest.raises(ProtocolError) as refused:
        parse_protocol(text, "pilot.toml")
    lines = str(refused.value).split("\n")
    assert all(line.startswith("pilot.toml:") for line in lines)
    return [line.removeprefix("pilot.toml:") for line in lines]


def changed(old: str, new: str, count: int = 1) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, count)


def test_a_protocol_is_read_as_it_stands() -> None:
    protocol = parse_protocol(GOOD, "pilot.toml")
    assert (protocol.name, protocol.title, protocol.camera_fps) == ("pilot", "A pilot", 15.0)
    assert protocol.languages == ("en", "es")
    assert protocol.thresholds == Thresholds(face_yield=0.5)
    assert protocol.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    read, film, ask, smile = protocol.steps
    assert (read.kind, read.duration_s) == (StepKind.INSTRUCTION, None)
    assert read.text == {"en": "Read this.", "es": "Lea esto."}
    assert film.condition == Condition("stress", Elicitation.SPONTANEOUS)
    assert film.window == Window(45.0, 30.0)
    assert (film.media, film.content_warning) == (
        "films/one.mp4",
        {"en": "Loud.", "es": "Ruidoso."},
    )
    assert [(s.name, s.low, s.high) for s in ask.scales] == [
        ("valence", 1, 9),
        ("seen-before", 0, 1),
    ]
    assert ask.scales[1].text == {"en": "Seen before?", "es": "¿Ya vista?"}
    assert smile.condition == Condition("happy", Elicitation.ACTED)
    assert smile.window == Window(1.0, 10.0)


@pytest.mark.parametrize("name", ["quick", "wile2018"])
def test_the_shipped_protocols_have_no_mistakes(name: str) -> None:
    text = (paths.stimuli_dir() / f"{name}.toml").read_text(encoding="utf-8")
    assert parse_protocol(text, f"{name}.toml").name == name


def test_lines_of_windows_and_crlf_are_the_same_lines() -> None:
    text = changed("half_s = 15", "half_s = 70").replace("\n", "\r\n")
    assert mistakes(text)[0].startswith("20: ")


def test_a_protocol_may_name_its_own_emotions() -> None:
    text = 'emotions = ["confusion"]\n' + changed('"stress"', '"confusion"').replace(
        '"happy"', '"confusion"'
    )
    assert parse_protocol(text, "").steps[1].condition == Condition(
        "confusion", Elicitation.SPONTANEOUS
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "pilot"', 'name = "pilot', "1: this is no TOML: "),
        ("camera_fps = 15", "camera_fps = = 15", "4: this is no TOML: Invalid value"),
        ("camera_fps = 15", "camera_fsp = 15", "4: unknown key 'camera_fsp'; did you mean"),
        ("camera_fps = 15", 'camera_fps = "15"', "4: camera_fps is '15'; give a number above 0"),
        ("camera_fps = 15", "camera_fps = nan", "4: camera_fps is nan; give a number"),
        ("camera_fps = 15", "camera_fps = true", "4: camera_fps is true; give a number"),
        ('"pilot"', '"My Pilot"', "1: name 'My Pilot'; use lower case letters, digits and dashes"),
        ('"pilot"', f'"{"a" * 41}"', "1: name of 41 characters; use at most 40"),
        ('title = "A pilot"\n', "", "1: title is missing; add a line title = …"),
        ('["en", "es"]', '["en", "spanish"]', "3: language 'spanish'; write codes such as en"),
        ('["en", "es"]', "[]", "3: languages is []; write a list of texts"),
        ("face_yield = 0.5", "face_yield = 50", "6: thresholds: face_yield is 50; give a number"),
        ("face_yield", "face_yeild", "6: thresholds: unknown key 'face_yeild'; did you mean"),
        ('"clip"', '"movie"', "16: step 'fear-1': kind 'movie' is unknown; known are"),
        ('"clip"', '"clips"', "16: step 'fear-1': kind 'clips' is unknown; did you mean 'clip'?"),
        ('"fear-1"', '"read"', "15: step 'read': this name stands twice; give each step its own"),
        ('"fear-1"', '"Fear 1"', "15: step 'Fear 1': name 'Fear 1'; use lower case letters"),
        ('name = "fear-1"', "", "14: step 2: name is missing; add a line name = …"),
        ('media = "films/one.mp4"\n', "", "14: step 'fear-1': media is missing"),
        ('"films/one.mp4"', '"/films/one.mp4"', "17: step 'fear-1': media '/films/one.mp4'; give"),
        ('"films/one.mp4"', '"../one.mp4"', "17: step 'fear-1': media '../one.mp4'; give a path"),
        ('"stress"', '"stres"', "18: step 'fear-1': emotion 'stres' is unknown; did you mean"),
        ("duration_s = 90", "duration_s = 70", "20: step 'fear-1': window ends at 75 s but the"),
        ("duration_s = 90", "duration_s = -1", "19: step 'fear-1': duration_s is -1; give a"),
        ("duration_s = 90", "duration_s = inf", "19: step 'fear-1': duration_s is inf; give a"),
        ("half_s = 15", "half_s = 61", "20: step 'fear-1': window: peak_s − half_s is before 0 s"),
        (", half_s = 15", "", "20: step 'fear-1': window: half_s is missing; add"),
        ("half_s = 15", "start_s = 5", "20: step 'fear-1': window: start_s, duration_s and peak_s"),
        ("low = 1", "low = 9", "29: step 'ask': scale 1: low 9 is not below high 9; give two"),
        ("high = 9", "high = 10", "30: step 'ask': scale 1: high is 10; give a whole number from"),
        ("high = 9", "high = 8.5", "30: step 'ask': scale 1: high is 8.5; give a whole number"),
        ('"seen-before"', '"valence"', "27: step 'ask': scale 'valence' stands twice; give each"),
        ('"rating"', '"rest"', "27: step 'ask': questions in a step of kind rest; use a rating"),
        ('"instruction"', '"rating"', "8: step 'read': asks nothing; add scales = "),
        ('text.es = "Lea esto."\n', "", "11: step 'read': text: no es; add es = \"…\""),
        ("text.es = \"Lea", "text.fr = \"Lea", "12: step 'read': text: 'fr' is none of the"),
        ("duration_s = 12\n", "", "38: step 'smile': duration_s is missing; add a line"),
        ('emotion = "happy"', 'elicitation = "A"', "41: step 'smile': elicitation without"),
        ('emotion = "happy"', 'emotion = "happy"\nelicitation = "B"', "42: step 'smile': elici"),
        ('text.en = "Smile."\ntext.es = "Sonría."', "", "38: step 'smile': shows nothing"),
        ('kind = "acted"', 'kind = "debrief"', "43: step 'smile': a window in a step of kind"),
        ('kind = "acted"', 'kind = "rest"', "41: step 'smile': emotion without elicitation"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_what_is_right(
    old: str, new: str, expected: str
) -> None:
    found = mistakes(changed(old, new))
    assert any(line.startswith(expected) for line in found), found


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = changed("camera_fps = 15", "camera_fps = 0").replace('"clip"', '"film"')
    text = text.replace("low = 1\n", "low = -1\n").replace("half_s = 15", "half_s = 31")
    assert [line.partition(":")[0] for line in mistakes(text)] == ["4", "16", "20", "29"]


def test_a_protocol_without_steps_is_refused() -> None:
    assert mistakes(GOOD[: GOOD.index("[[step]]")]) == [
        "1: a protocol without steps; add a [[step]] for each"
    ]


def test_lines_are_right_after_texts_of_many_lines_and_odd_keys() -> None:
    text = '''\
"name" = "x"
title = """
[[step]] = "not a key"
kind = \\"""
"""
languages = [
  "en", # kind = [
]
[[step]]
'name' = 'one'
text = {en = \'\'\'it's # text\'\'\'}
"kind" = "film"
'''
    assert [line.partition(" is ")[0] for line in mistakes(text)] == ["12: step 'one': kind 'film'"]


def test_nesting_and_numbers_beyond_reason_are_mistakes() -> None:
    assert "nested too deep" in mistakes("a = " + "[" * 100_000)[0]
    assert "no TOML" in mistakes("\n\ncamera_fps = " + "9" * 5000)[0]
    assert mistakes(changed("camera_fps = 15", "camera_fps = 0x" + "f" * 5000))[0].startswith("4: ")
    assert "UTF-8" in mistakes("name = '\ud800'")[0]


VALUES = st.sampled_from(
    ["", "1", "-1", "nan", "0x" + "f" * 5000, "true", '""', '"a"', "[]", "[1]", "{}", "{ en = 1 }",
     "1979-05-27", "[[]]", '["en", "en"]', '[{ name = "x" }]', '"""\n"""', "'''\n'''"]
)  # fmt: skip


def refusal(text: str) -> list[str]:
    """Return the mistakes of a text, none if it is a protocol; any other error is let through."""
    try:
        parse_protocol(text, "f.toml")
    except ProtocolError as problem:
        return str(problem).split("\n")
    return []


@settings(max_examples=150, deadline=None)
@given(
    line=st.integers(0, GOOD.count("\n") - 1),
    value=VALUES,
    drop=st.booleans(),
    at=st.integers(0, len(GOOD)),
    junk=st.text(max_size=5),
)
def test_whatever_stands_in_a_file_is_a_protocol_or_a_protocol_error(
    line: int, value: str, drop: bool, at: int, junk: str
) -> None:
    lines = GOOD.split("\n")
    key, equals, _ = lines[line].partition(" = ")
    lines[line] = "" if drop or not equals else f"{key} = {value}"
    spoiled = "\n".join(lines)
    for text in (spoiled, spoiled[:at] + junk + spoiled[at:], GOOD[:at], GOOD[at:]):
        assert all(line.startswith("f.toml:") for line in refusal(text))


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert all(line.startswith("f.toml:") for line in refusal(text))
