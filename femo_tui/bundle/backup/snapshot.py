"""One backup: which file of a store had which content."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from femo_tui.errors import BundleError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a snapshot."""

    path: str  # in the store, with slashes
    size_bytes: int
    sha256: str
    object: str  # the name of its content
    sealed: bool  # read-only in the store
    mtime_ns: int  # when it was written last; 0 where that says nothing


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One backup: what the store held."""

    id: str  # 20261122T101530Z
    made_utc: str
    operator: str
    femo: str  # version
    participants: tuple[str, ...]  # codes
    left: tuple[str, ...]  # what could not go, one sentence each
    files: tuple[StoredFile, ...]  # by path

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    def to_json(self) -> bytes:
        body = {**asdict(self), "format": FORMAT}
        return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes, name: str) -> Snapshot:
        """Read a snapshot; `name` is what errors call it.

        Raises:
            BundleError: it is none, or names files outside a store.
        """
        try:
            body = json.loads(content)
            if body.pop("format") != FORMAT:
                raise ValueError("written by a newer femo")
            files = tuple(StoredFile(**file) for file in body.pop("files"))
            people, left = tuple(body.pop("participants")), tuple(body.pop("left"))
            found = cls(**body, participants=people, left=left, files=files)
        except (ValueError, KeyError, TypeError) as problem:
            raise BundleError(f"{name}: this is no snapshot ({problem})") from None
        for file in files:
            parts = PurePosixPath(file.path).parts
            if not parts or file.path.startswith("/") or ".." in parts or "\0" in file.path:
                raise BundleError(f"{name}: {file.path!r} lies outside a store")
        return found
