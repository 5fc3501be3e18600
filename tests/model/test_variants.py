"""Variants: what they take from the protocol they extend, and what they change."""

from __future__ import annotations

import hashlib

import pytest

from femo_tui.errors import ProtocolError, UnknownName
from femo_tui.model.protocol import StudyProtocol, Window
from femo_tui.model.protocol_file import parse_protocol
from femo_tui.model.toml_tree import Source

BASE = """\
name = "base"
title = "A base"
languages = ["en"]
camera_fps = 15

[thresholds]
face_yield = 0.5
gsr_valid_share = 0.6

[scales.happy]
low = 0
high = 8
text.en = "How happy?"

[[step]]
name = "read"
kind = "instruction"
text.en = "Read."

[[step]]
name = "film"
kind = "clip"
emotion = "happy"
media = "films/one.mp4"
duration_s = 60
window = { start_s = 10, duration_s = 30 }

[[step]]
name = "ask"
kind = "rating"
scales = ["happy"]
"""
HEAD = 'extends = "base"\nname = "own"\n'


def read(text: str, **others: str) -> StudyProtocol:
    """Read a variant of BASE, or of another text by its name."""
    files = {"base": BASE, **others}

    def find(name: str, extended_by: str) -> Source:
        if name not in files:
            raise UnknownName(f"protocol {name!r} is unknown")
        return Source(f"{name}.toml", files[name])

    return parse_protocol(text, "own.toml", find)


def names(protocol: StudyProtocol) -> list[str]:
    return [step.name for step in protocol.steps]


def test_a_variant_takes_everything_that_it_does_not_change() -> None:
    base, own = parse_protocol(BASE, "base.toml"), read(HEAD)
    assert (own.name, own.title, own.camera_fps) == ("own", "A base", 15.0)
    assert own.steps == base.steps
    assert own.thresholds == base.thresholds


def test_keys_are_replaced_and_tables_merged_key_by_key() -> None:
    own = read(
        'extends = "base"\nname = "own"\ntitle = "Own"\n[thresholds]\nface_yield = 0.9\n'
        '[scales.happy]\nlow = 1\nhigh = 5\ntext.en = "Happy?"\n'
    )
    assert own.title == "Own"
    assert (own.thresholds.face_yield, own.thresholds.gsr_valid_share) == (0.9, 0.6)
    assert [(s.high, s.text) for s in own.steps[2].scales] == [(5, {"en": "Happy?"})]


def test_a_step_of_a_known_name_replaces_the_keys_it_gives() -> None:
    own = read(
        HEAD + '[[step]]\nname = "film"\nduration_s = 90\nwindow = { peak_s = 60, half_s = 5 }\n'
    )
    film = own.steps[1]
    assert (film.media, film.duration_s, film.window) == ("films/one.mp4", 90.0, Window(55, 10))
    assert names(own) == ["read", "film", "ask"]


def test_steps_are_left_out_put_in_and_moved() -> None:
    own = read(
        HEAD + 'without = ["read"]\n'
        '[[step]]\nname = "rest"\nkind = "rest"\nduration_s = 5\nafter = "film"\n'
        '[[step]]\nname = "hello"\nkind = "rest"\nbefore = "film"\n'
        '[[step]]\nname = "ask"\nbefore = "rest"\n'
    )
    assert names(own) == ["hello", "film", "ask", "rest"]


def test_clips_take_the_place_of_a_film_and_a_film_that_of_clips() -> None:
    two = HEAD + (
        '[[step]]\nname = "film"\n[[step.clip]]\nmedia = "films/a.mp4"\nduration_s = 30\n'
        '[[step.clip]]\nmedia = "films/b.mp4"\nduration_s = 40\n'
    )
    film = read(two).steps[1]
    assert (film.media, film.window) == ("films/a.mp4", None)
    assert [clip.media for clip in film.alternates] == ["films/b.mp4"]
    one = (
        'extends = "two"\nname = "own"\n'
        '[[step]]\nname = "film"\nmedia = "films/c.mp4"\nduration_s = 50\n'
    )
    film = read(one, two=two).steps[1]
    assert (film.media, film.duration_s, film.alternates) == ("films/c.mp4", 50.0, ())


def test_a_variant_of_a_variant() -> None:
    middle = 'extends = "base"\nname = "middle"\ncamera_fps = 20\nwithout = ["ask"]\n'
    own = read('extends = "middle"\nname = "own"\n[thresholds]\nface_yield = 1\n', middle=middle)
    assert (own.camera_fps, own.thresholds.face_yield, names(own)) == (20.0, 1.0, ["read", "film"])


def test_the_hash_covers_the_variant_and_its_base() -> None:
    base = hashlib.sha256(BASE.encode()).hexdigest()
    assert read(HEAD).sha256 == hashlib.sha256(f"{base}\n{HEAD}".encode()).hexdigest()
    other = BASE.replace('"A base"', '"A bass"')
    assert read(HEAD, base=other).sha256 != read(HEAD).sha256
    assert read(HEAD + "# more\n").sha256 != read(HEAD).sha256


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        # a mistake stands in the file in which it was made
        (HEAD + '[[step]]\nname = "film"\nduration_s = 30\n', ["own.toml:5: step 'film': window"]),
        (HEAD + '[[step]]\nname = "ask"\nscales = ["sad"]\n', ["own.toml:5: step 'ask': scale"]),
        ('extends = "base"\n', ["own.toml:1: name is missing"]),
        ("extends = 3\n", ["own.toml:1: extends names no protocol"]),
        ('extends = "bass"\n', ["own.toml:1: extends: protocol 'bass' is unknown"]),
        (HEAD + '[[step]]\nkind = "rest"\n', ["own.toml:3: step 4: name is missing"]),
        (HEAD + '[[step]]\nname = "film"\nafter = 3\n', ["own.toml:5: step 'film': after names"]),
    ],
)
def test_mistakes_of_a_variant(text: str, mistakes: list[str]) -> None:
    with pytest.raises(ProtocolError) as refused:
        read(text)
    told = str(refused.value).split("\n")
    assert len(told) == len(mistakes)
    assert all(line.startswith(wanted) for line, wanted in zip(told, mistakes, strict=True)), told


def test_mistakes_of_the_base_stand_in_the_base() -> None:
    with pytest.raises(ProtocolError) as refused:
        read(HEAD + "camera_fps = 0\n", base=BASE.replace("face_yield = 0.5", "face_yield = 5"))
    assert [line.partition(" ")[0] for line in str(refused.value).split("\n")] == [
        "own.toml:3:",
        "base.toml:7:",
    ]
    with pytest.raises(ProtocolError, match=r"^base\.toml:1: this is no TOML"):
        read(HEAD, base="= 3")


def test_what_a_variant_mends_is_no_mistake() -> None:
    spoiled = BASE.replace('text.en = "Read."\n', "")
    mended = read(HEAD + '[[step]]\nname = "read"\ntext.en = "Read!"\n', base=spoiled)
    assert mended.steps[0].text == {"en": "Read!"}
