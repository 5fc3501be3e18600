"""All films that a store knows of: registered, shown by its protocols, or shipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import FemoError
from femo_tui.model.media import MediaFile
from femo_tui.model.records import JsonValue
from femo_tui.recorder.films import Told, films_of
from femo_tui.store.library import find_media, list_protocols, load_protocol
from femo_tui.store.media_cache import MediaCache
from femo_tui.store.stimuli import RegisteredClip, load_clips


class FilmState(StrEnum):
    """How a film stands in a store."""

    REGISTERED = "registered"
    SHIPPED = "shipped"
    NOT_REGISTERED = "not registered"
    CHANGED = "another film"  # than the one that was registered
    UNREADABLE = "unreadable"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ListedFilm:
    """One film of a store."""

    media: str
    state: FilmState
    file: MediaFile | None  # None where there is none, or none that can be read
    clip: RegisteredClip | None
    protocols: tuple[str, ...]  # that show it

    def to_json(self) -> dict[str, JsonValue]:
        return {
            **({"media": self.media} if self.clip is None else self.clip.to_json()),
            **({} if self.file is None else self.file.to_json()),
            "state": self.state.value,
            "protocols": list(self.protocols),
        }


def list_films(
    root: Path, complain: Callable[[str], None], tell: Told = lambda _media, _read, _all: None
) -> list[ListedFilm]:
    """Return the films by name; `complain` is told of protocols and films that cannot be read.

    Raises:
        MalformedRecord: the registry cannot be read.
    """
    from femo_tui.devices.media_probe import probe

    clips = load_clips(root)
    shown_by: dict[str, list[str]] = {media: [] for media in clips}
    for name in list_protocols(root):
        try:
            shown = films_of(load_protocol(name, root))
        except FemoError as problem:
            complain(f"protocol {name} is passed over: {problem}")
            continue
        for media in shown:
            shown_by.setdefault(media, []).append(name)
    cache = MediaCache(root, probe)
    films = []
    for media, protocols in sorted(shown_by.items()):
        path, clip, file = find_media(media, root), clips.get(media), None
        if path is not None:
            try:
                file = cache.look(path, progress=partial(tell, media))
            except FemoError as problem:
                complain(str(problem))
        state = _state(path, clip, file)
        films.append(ListedFilm(media, state, file, clip, tuple(protocols)))
    return films


def _state(path: Path | None, clip: RegisteredClip | None, file: MediaFile | None) -> FilmState:
    if path is None:
        return FilmState.MISSING
    if file is None:
        return FilmState.UNREADABLE
    if clip is not None:
        same = clip.file.sha256 == file.sha256
        return FilmState.REGISTERED if same else FilmState.CHANGED
    shipped = path.is_relative_to(paths.stimuli_dir())
    return FilmState.SHIPPED if shipped else FilmState.NOT_REGISTERED
