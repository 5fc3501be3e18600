"""Protocols and the films and drawings they show: where they lie, what is missing."""

from __future__ import annotations

import difflib
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import ProtocolError, UnknownName
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.protocol_file import parse_protocol
from femo_tui.store.files import explained

STIMULI_FOLDER = "stimuli"  # in the store: the lab's own protocols and films


def list_protocols(store_root: Path) -> list[str]:
    """Return the names of the store's protocols and of the shipped ones, in order."""
    found = {file.stem for folder in _folders(store_root) for file in folder.glob("*.toml")}
    return sorted(found)


def find_protocol(name_or_path: str, store_root: Path) -> Path:
    """Return the file of a protocol; the store's own goes before a shipped one of that name.

    Raises:
        UnknownName: there is none; the text names those there are.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        path = Path(name_or_path).expanduser()
        if path.is_file():
            return path
        raise UnknownName(f"{name_or_path}: no such protocol file; give a path to a .toml file")
    for folder in _folders(store_root):
        path = folder / f"{name_or_path}.toml"
        if path.is_file():
            return path
    known = list_protocols(store_root)
    near = difflib.get_close_matches(name_or_path[:80], known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known) or 'none'}"
    raise UnknownName(f"protocol {name_or_path!r} is unknown: {hint}")


def load_protocol(name_or_path: str, store_root: Path) -> StudyProtocol:
    """Read the protocol of a name, or of a path to a .toml file.

    Raises:
        UnknownName: there is none.
        ProtocolError: it has mistakes, each with its line.
        StoreError: it cannot be read.
    """
    path = find_protocol(name_or_path, store_root)
    with explained(path):
        content = path.read_bytes()  # as bytes: the hash is the file's, line ends and all
    try:
        return parse_protocol(content.decode(), str(path))
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise ProtocolError(f"{path}:{line}: not UTF-8; save it as UTF-8 text") from None


def find_media(media: str, store_root: Path, beside: Path | None = None) -> Path | None:
    """Return where a film or drawing lies: in the store, in `beside`, or shipped; else None."""
    own, shipped = _folders(store_root)
    places = (own, shipped) if beside is None else (own, beside, shipped)
    return next((path for place in places if (path := place / media).is_file()), None)


def missing_media(
    protocol: StudyProtocol, store_root: Path, beside: Path | None = None
) -> list[str]:
    """Return one sentence for each missing film or drawing: who shows it, where to put it."""
    shown_in: dict[str, list[str]] = {}
    for step in protocol.steps:
        if step.media is not None:
            shown_in.setdefault(step.media, []).append(step.name)
    return [
        f"{media} of {protocol.name} is missing (shown in {', '.join(steps)}):"
        f" put it at {_folders(store_root)[0] / media}"
        for media, steps in shown_in.items()
        if find_media(media, store_root, beside) is None
    ]


def _folders(store_root: Path) -> tuple[Path, Path]:
    return store_root / STIMULI_FOLDER, paths.stimuli_dir()
