"""Protocols and the films and drawings they show: where they lie, what is missing."""

from __future__ import annotations

import difflib
from functools import partial
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import ProtocolError, UnknownName
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.protocol_file import parse_protocol
from femo_tui.model.toml_tree import Source
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
    raise _unknown(name_or_path, list_protocols(store_root))


def load_protocol(name_or_path: str, store_root: Path) -> StudyProtocol:
    """Read the protocol of a name, or of a path to a .toml file.

    Raises:
        UnknownName: there is none.
        ProtocolError: it has mistakes, each with its line.
        StoreError: it cannot be read.
    """
    source = _read(find_protocol(name_or_path, store_root))
    return parse_protocol(source.text, source.file_name, partial(find_base, store_root))


def find_base(store_root: Path, name: str, extended_by: str) -> Source:
    """Return the protocol that another file extends: the store's, one beside it, or a shipped one.

    A file is never its own base: the lab's own `wile2018.toml` extends the shipped one.

    Raises:
        UnknownName: there is none.
        ProtocolError, StoreError: it is no text, or cannot be read.
    """
    own, shipped = _folders(store_root)
    beside = Path(extended_by).parent
    for folder in (own, beside, shipped):
        path = folder / f"{name}.toml"
        if path.is_file() and path.resolve() != Path(extended_by).resolve():
            return _read(path)
    raise _unknown(name, [known for known in list_protocols(store_root) if known != name])


def _read(path: Path) -> Source:
    with explained(path):
        content = path.read_bytes()  # as bytes: the hash is the file's, line ends and all
    try:
        return Source(str(path), content.decode())
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise ProtocolError(f"{path}:{line}: not UTF-8; save it as UTF-8 text") from None


def _unknown(name: str, known: list[str]) -> UnknownName:
    near = difflib.get_close_matches(name[:80], known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known) or 'none'}"
    return UnknownName(f"protocol {name!r} is unknown: {hint}")


def find_media(media: str, store_root: Path, beside: Path | None = None) -> Path | None:
    """Return where a film or drawing lies: in the store, in `beside`, or shipped; else None."""
    own, shipped = _folders(store_root)
    places = (own, shipped) if beside is None else (own, beside, shipped)
    return next((path for place in places if (path := place / media).is_file()), None)


def missing_media(
    protocol: StudyProtocol, store_root: Path, beside: Path | None = None
) -> list[str]:
    """Return one sentence for each missing film or drawing: who shows it, what to do."""
    shown_in: dict[str, list[str]] = {}
    for step in protocol.steps:
        films = [clip.media for clip in step.alternates]
        for media in films if step.media is None else [step.media, *films]:
            shown_in.setdefault(media, []).append(step.name)
    return [
        f"{media} of {protocol.name} is missing (shown in {', '.join(steps)}):"
        f" run `femo stimuli add FILE --as {media}`"
        for media, steps in shown_in.items()
        if find_media(media, store_root, beside) is None
    ]


def _folders(store_root: Path) -> tuple[Path, Path]:
    return store_root / STIMULI_FOLDER, paths.stimuli_dir()
