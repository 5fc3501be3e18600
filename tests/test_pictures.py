"""The README's pictures are of the program as it is."""

from __future__ import annotations

import re

import pytest

from tests.support.commands import README
from tests.support.make_pictures import PARTICIPANT, PICTURES, SCREENS, screen

SHOWN = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
LARGEST_BYTES = 100_000


@pytest.mark.parametrize("name", SCREENS)
def test_a_picture_is_the_snapshot_that_the_console_is_compared_with(name: str) -> None:
    kept = (PICTURES / f"{name}.svg").read_text("utf-8")
    assert kept == screen(name), "run: python -m tests.support.make_pictures"
    assert "url(http" not in kept


def test_each_picture_stands_in_the_readme_and_says_what_it_shows() -> None:
    files = {path.rpartition("/")[2] for _, path in SHOWN}
    assert files == {*(f"{name}.svg" for name in SCREENS), PARTICIPANT.name}
    assert all(len(told) > 15 for told, _ in SHOWN)
    assert {path.name for path in PICTURES.iterdir()} == files
    assert max(path.stat().st_size for path in PICTURES.iterdir()) <= LARGEST_BYTES
