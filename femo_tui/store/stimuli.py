"""The media registry of a store: which films the lab registered, and what each file is made of."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from femo_tui.errors import MalformedRecord, UsageError
from femo_tui.model.media import MediaFile
from femo_tui.model.records import JsonValue
from femo_tui.store.files import (
    PRIVATE,
    Modes,
    explained,
    make_folder,
    open_private,
    sync_path,
    write_all,
    write_json,
)
from femo_tui.store.library import STIMULI_FOLDER

REGISTRY = "media.json"
_CHUNK_BYTES = 1 << 20

Progress = Callable[[int, int], None]  # bytes read, bytes in all


def no_progress(_read_bytes: int, _all_bytes: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class RegisteredClip:
    """A film as the lab registered it; a file that differs from it is not shown."""

    media: str  # as protocols name it: relative to the store's stimuli folder
    file: MediaFile
    added_utc: str
    added_by: str
    peak_s: float | None = None  # where in the film the emotion is strongest
    title: str = ""
    source: str = ""
    licence: str = ""

    def to_json(self) -> dict[str, JsonValue]:
        """Return the clip as the registry keeps it and as `--json` prints it."""
        return {
            "media": self.media,
            **self.file.to_json(),
            "peak_s": self.peak_s,
            "title": self.title,
            "source": self.source,
            "licence": self.licence,
            "added_utc": self.added_utc,
            "added_by": self.added_by,
        }

    @classmethod
    def from_json(cls, body: dict[str, object]) -> RegisteredClip:
        """Read what `to_json` made; raises KeyError or TypeError where it is something else."""
        own = {name: body.pop(name) for name in _OWN_KEYS}
        return cls(file=MediaFile.from_json(body), **own)  # type: ignore[arg-type]


_OWN_KEYS = ("media", "added_utc", "added_by", "peak_s", "title", "source", "licence")


def load_clips(root: Path) -> dict[str, RegisteredClip]:
    """Return the registered films by the name that protocols give them.

    Raises:
        StoreError: the registry cannot be read.
        MalformedRecord: it is no registry.
    """
    path = root / STIMULI_FOLDER / REGISTRY
    with explained(path):
        if not path.exists():
            return {}
        content = path.read_bytes()
    try:
        clips = [RegisteredClip.from_json(dict(body)) for body in json.loads(content)["clips"]]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise MalformedRecord(
            f"{path} is no list of films ({type(problem).__name__}: {problem}):"
            " mend it, or move it away and register the films again with `femo stimuli add`"
        ) from None
    return {clip.media: clip for clip in clips}


def check_media_name(media: str) -> str:
    """Return a name under which a film can be registered.

    Raises:
        UsageError: it leads out of the stimuli folder, or is not a film's.
    """
    parts = media.split("/")
    if "\\" in media or not media.isprintable() or {"", ".", ".."} & set(parts):
        raise UsageError(f"{media[:60]!r}: give a path inside stimuli/, such as films/one.mp4")
    if parts[-1].startswith(".") or media.endswith((".toml", ".json")):
        raise UsageError(f"{media[:60]!r} cannot name a film: use a name such as films/one.mp4")
    return media


def add_clip(
    root: Path,
    source: Path,
    clip: RegisteredClip,
    *,
    replace_other: bool = False,
    progress: Progress = no_progress,
    modes: Modes = PRIVATE,
) -> RegisteredClip:
    """Copy a film into the store and register it; return it with hash and size as copied.

    A film that lies there already is registered as it lies.

    Raises:
        UsageError: another film has this name, and `replace_other` is not given.
        StoreError: it cannot be read or written; DiskFull where no room is left.
    """
    stimuli = root / STIMULI_FOLDER
    place = stimuli / check_media_name(clip.media)
    with _registry(stimuli, modes) as registry:
        clips = load_clips(root)
        sha256 = hash_file(source, progress)
        in_place = place.exists() and place.samefile(source)
        taken = {clips[clip.media].file.sha256} if clip.media in clips else set()
        if place.exists() and not in_place:
            taken.add(hash_file(place))
        if taken - {sha256} and not replace_other:
            raise UsageError(
                f"another film is {clip.media} already: give this one another name with --as,"
                " or put it in that one's place with --replace"
            )
        if not in_place:
            make_folder(place.parent, modes)
            sha256 = _copy(source, place, modes)
        with explained(place):
            file = MediaFile(sha256, place.stat().st_size, clip.file.facts)
        added = replace(clip, file=file)
        clips[clip.media] = added
        write_json(registry, {"clips": [clips[name].to_json() for name in sorted(clips)]}, modes)
    return added


def hash_file(path: Path, progress: Progress = no_progress) -> str:
    """Return a file's SHA-256, telling `progress` about every MB.

    Raises:
        StoreError: it cannot be read.
    """
    digest = hashlib.sha256()
    with explained(path), path.open("rb") as film:
        size_bytes = os.fstat(film.fileno()).st_size
        while chunk := film.read(_CHUNK_BYTES):
            digest.update(chunk)
            progress(film.tell(), size_bytes)
    return digest.hexdigest()


def _copy(source: Path, place: Path, modes: Modes) -> str:
    """Copy a film, whole or not at all, and return the hash of what was copied."""
    unfinished = place.with_name(f".{place.name}.{os.getpid()}.part")
    digest = hashlib.sha256()
    try:
        with explained(source), source.open("rb") as film, explained(unfinished):
            descriptor = open_private(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, modes)
            try:
                while chunk := film.read(_CHUNK_BYTES):
                    write_all(descriptor, chunk)
                    digest.update(chunk)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        with explained(place):
            unfinished.replace(place)
            sync_path(place.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest.hexdigest()


@contextmanager
def _registry(stimuli: Path, modes: Modes) -> Iterator[Path]:
    """Yield the registry's file, while nobody else writes it."""
    make_folder(stimuli, modes)
    with explained(stimuli):
        descriptor = os.open(stimuli, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield stimuli / REGISTRY
        finally:
            os.close(descriptor)
