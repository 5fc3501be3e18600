"""The study file of a store: `study.toml` at its root."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from pathlib import Path

from femo_tui.errors import ProtocolError, UsageError
from femo_tui.model.study import Study, parse_study
from femo_tui.store.files import PRIVATE, STUDY_FILE, Modes, explained, make_folder, write_new


def load_study(root: Path) -> Study:
    """Read the store's study; a store without a study file has the default one.

    Raises:
        ProtocolError: the file has mistakes, each named with its line.
        StoreError: it cannot be read.
    """
    path = root / STUDY_FILE
    with explained(path):
        if not path.exists():
            return Study()
        content = path.read_bytes()
    try:
        return parse_study(content.decode(), str(path))
    except UnicodeDecodeError:
        raise ProtocolError(f"{path}: not UTF-8; save it as UTF-8 text") from None


def write_study(root: Path, study: Study, modes: Modes = PRIVATE) -> Path:
    """Write the study file of a store that has none; return its path.

    Raises:
        UsageError: there is one, and it is not overwritten.
        StoreError: it cannot be written.
    """
    path = root / STUDY_FILE
    with explained(path):
        exists = path.exists()
    if exists:
        raise UsageError(f"{path}: this study exists already; edit the file instead")
    make_folder(root, modes)
    write_new(path, to_toml(study).encode(), modes)
    return path


def to_toml(study: Study) -> str:
    """Return the study as the text of its file; what is empty is left out."""
    lines = []
    for part in dataclasses.fields(study):
        value = getattr(study, part.name)
        if part.name != "sha256" and value not in (None, "", ()):
            lines.append(f"{part.name} = {_toml(value)}\n")
    return "".join(lines)


def _toml(value: str | float | tuple[str, ...]) -> str:
    """Return a value as TOML, whose texts are JSON's but for the DEL character."""
    plain = value.value if isinstance(value, StrEnum) else value
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
