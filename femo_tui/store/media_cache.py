"""Remembers hash and facts of media files, so that an unchanged file is read once only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from os import stat_result
from pathlib import Path

from femo_tui.errors import StoreError
from femo_tui.model.media import MediaFacts, MediaFile
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, explained, make_folder, write_json
from femo_tui.store.library import STIMULI_FOLDER
from femo_tui.store.stimuli import Progress, hash_file, no_progress

CACHE = "media-cache.json"
_VERSION = 2  # of what is found out about a file: what an older one knew is found out anew


class MediaCache:
    """What is known of media files, in the store; the file may be deleted at any time."""

    def __init__(
        self, root: Path, probe: Callable[[Path], MediaFacts], modes: Modes = PRIVATE
    ) -> None:
        """Take what looks into a film, which is asked where a file is new or changed."""
        self._path = root / STIMULI_FOLDER / CACHE
        self._probe = probe
        self._modes = modes

    def look(
        self, path: Path, *, fresh: bool = False, progress: Progress = no_progress
    ) -> MediaFile:
        """Return hash and facts of a file; read it where it is new, changed, or `fresh` is asked.

        Raises:
            StoreError: it cannot be read.
            FemoError: what the probe says of it.
        """
        with explained(path):
            found = path.stat()
        mark = _mark(found)
        known = _load(self._path).get(str(path))
        if not fresh and isinstance(known, dict) and known.get("mark") == mark:
            with suppress(KeyError, TypeError):  # of another version: read anew
                return MediaFile.from_json(
                    {name: value for name, value in known.items() if name != "mark"}
                )
        facts = self._probe(path)
        seen = MediaFile(hash_file(path, progress), found.st_size, facts)
        self._keep(str(path), {"mark": mark, **seen.to_json()})
        return seen

    def _keep(self, name: str, entry: JsonValue) -> None:
        """Note a file, and forget those that are gone; without it they are read again."""
        files = {known: value for known, value in _load(self._path).items() if Path(known).exists()}
        with suppress(StoreError):
            make_folder(self._path.parent, self._modes)
            write_json(
                self._path, {"version": _VERSION, "files": {**files, name: entry}}, self._modes
            )


def known_sha256(root: Path, paths: Iterable[Path]) -> dict[Path, str]:
    """Return the hashes of those files that were read before and have not changed since.

    Raises:
        StoreError: a file cannot be looked at.
    """
    cache = _load(root / STIMULI_FOLDER / CACHE)
    found = {}
    for path in paths:
        with explained(path):
            now = path.stat()
        match cache.get(str(path)):
            case {"mark": mark, "sha256": str(sha256)} if mark == _mark(now):
                found[path] = sha256
    return found


def _mark(found: stat_result) -> list[JsonValue]:
    """Return what is another whenever a file was changed."""
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _load(path: Path) -> dict[str, JsonValue]:
    try:
        cache = json.loads(path.read_bytes())
        files = cache["files"] if cache["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return files if isinstance(files, dict) else {}
