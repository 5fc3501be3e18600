"""Broken protocol files, each with the mistakes that it must be told, at the head of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.errors import ProtocolError
from femo_tui.store.library import load_protocol

FILES = sorted((Path(__file__).parents[1] / "data" / "broken-protocols").glob("*.toml"))


def expected(file: Path) -> list[str]:
    """Return the lines of the comment at the file's head, each with the name of a file."""
    wanted = []
    for line in file.read_text("latin-1").splitlines():
        if not line.startswith("# "):
            break
        said = line.removeprefix("# ").encode("latin-1").decode()
        wanted.append(f"{file.name}:{said}" if said[0].isdigit() else said)
    return wanted


def test_there_are_forty_of_them() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_broken_protocol_is_told_its_mistakes_all_at_once(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ProtocolError) as refused:
        load_protocol(str(file), tmp_path)
    told = [line.replace(f"{file.parent}/", "") for line in str(refused.value).split("\n")]
    assert told == expected(file)
    assert told
