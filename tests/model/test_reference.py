"""The README's reference of the protocol format: its example is one, its tables hold every key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from femo_tui.errors import ProtocolError
from femo_tui.model.arrange import arrange
from femo_tui.model.protocol import Thresholds
from femo_tui.model.protocol_file import parse_protocol

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
SECTION = README[README.index("\n## Protocols\n") : README.index("\n## Results\n")]
HEAD = 'name = "p"\ntitle = "P"\nlanguages = ["en"]\n'
STEP = '[[step]]\nname = "s"\nkind = "clip"\nmedia = "a.mp4"\n'


def test_the_example_is_a_protocol_and_its_order_is_balanced() -> None:
    found = re.search(r"```toml\n(.+?)```", SECTION, re.DOTALL)
    assert found is not None
    written = parse_protocol(found[1], "README.md")
    firsts = [arrange(written, "S", number).steps[0].name for number in range(1, 5)]
    assert firsts == ["restaurant", "ironing"] * 2


@pytest.mark.parametrize(
    ("text", "table"),
    [
        (f"{HEAD}qqq = 1\n{STEP}", "At the top"),
        (f"{HEAD}{STEP}qqq = 1\n", "`[[step]]`"),
        (f"{HEAD}[scales.a]\nlook = 'yes-no'\ntext.en = 'A?'\nqqq = 1\n{STEP}", "`[scales.NAME]`"),
        (f"{HEAD}[order]\nqqq = 1\n{STEP}", "`[order]`"),
        (f"{HEAD}[film_length]\nqqq = 1\n{STEP}", "`[film_length]`"),
        (f"{HEAD}[thresholds]\nqqq = 1\n{STEP}", "`[thresholds]`"),
    ],
)
def test_every_key_that_is_read_stands_in_the_reference(text: str, table: str) -> None:
    """What the reader says it knows is compared with the first cells of the table."""
    with pytest.raises(ProtocolError) as refused:
        parse_protocol(text, "p.toml")
    known = set(str(refused.value).rpartition("known are ")[2].split(", "))
    after = SECTION[SECTION.index(f"**{table}**") :]
    part = after[: after.find("\n\n**", 5)]
    rows = re.findall(r"^\| (`[^|]+) \|", part, re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", " ".join(rows) if rows else part))
    assert known <= named
    if rows:
        assert named - {"after", "before"} == known


def test_the_usual_thresholds_are_those_of_the_reference() -> None:
    for part in fields(Thresholds):
        assert f"`{part.name}`" in SECTION
        value = re.search(rf"`{part.name}`\s+\(([\d.]+)", SECTION)
        assert value is not None
        assert float(value[1]) == part.default
