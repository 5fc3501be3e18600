"""Reads a bundle once, from its beginning to its end: hashes, looks into and counts its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias

from femo_tui.bundle import layout
from femo_tui.bundle.incoming.bounds import Bounds
from femo_tui.bundle.incoming.content import Check, Lines, Whole, check_for
from femo_tui.bundle.incoming.ledger import Ledger
from femo_tui.bundle.incoming.names import shown
from femo_tui.bundle.incoming.plain_tar import Member, PlainTar
from femo_tui.errors import BundleError
from femo_tui.model.progress import Progress, Report, unheard

Keep: TypeAlias = Callable[[str], "BinaryIO | None"]
"""Opens a file for what lies at a path of the bag; None: it is looked at only."""

_FETCH = "fetch.txt"
_MANIFESTS = (layout.MANIFEST, layout.TAG_MANIFEST)
_REPORT_BYTES = 8 << 20
_MOST_FAULTS = 1000
_WANTED = {  # payload files whose content tells what the bundle is
    f"{layout.PAYLOAD}/{name}"
    for name in (
        layout.DESCRIPTION,
        layout.PARTICIPANTS,
        f"{layout.DERIVED}/{layout.DESCRIPTION}",
        f"{layout.DERIVED}/{layout.RUNS}",
    )
}


@dataclass(slots=True)
class Contents:
    """What one pass over a bundle found."""

    name: str = ""  # its top folder
    bytes_read: int = 0
    files: int = 0
    faces: int = 0
    payload_files: int = 0
    payload_bytes: int = 0
    texts: dict[str, bytes] = field(default_factory=dict)  # tag files, and _WANTED
    runs: dict[str, set[str]] = field(default_factory=dict)  # run folder → its files
    folders: set[str] = field(default_factory=set)  # that hold a file, relative to the bag
    recordings: set[str] = field(default_factory=set)  # files of sub-*/
    payload_names: set[str] = field(default_factory=set)  # of files right below data/
    faults: list[str] = field(default_factory=list)


def read_contents(
    stream: BinaryIO,
    bounds: Bounds,
    *,
    keep: Keep | None = None,
    report: Report = unheard,
    total_bytes: int = 0,
) -> Contents:
    """Read a plain tar; what is wrong is in the result's `faults`, one sentence each.

    Args:
        stream: read to its end.
        bounds: how much of anything may be inside.
        keep: opens files for what is to be written down; each is closed here.
        report: told of the bytes read, out of `total_bytes`.

    Raises:
        BundleError: it cannot be decrypted or read on.
        Cancelled: `report` wants no more.
        OSError: what is kept cannot be written.
    """
    return _Pass(stream, bounds, keep, report, total_bytes).read()


class _Pass:
    """One reading of one bundle."""

    def __init__(
        self,
        stream: BinaryIO,
        bounds: Bounds,
        keep: Keep | None,
        report: Report,
        total_bytes: int,
    ) -> None:
        self._tar = PlainTar(stream, bounds)
        self._bounds, self._keep = bounds, keep
        self._report, self._total_bytes, self._told_bytes = report, total_bytes, -_REPORT_BYTES
        self._ledger = Ledger()
        self._folder_members: set[str] = set()
        self._found = Contents()

    def read(self) -> Contents:
        found = self._found
        try:
            for member in self._tar:
                if not found.name:
                    found.name = member.name.partition("/")[0]
                path = self._inside(member)
                if member.is_folder:
                    self._folder_members.add(path)
                else:
                    self._file(path, member)
                if len(found.faults) > _MOST_FAULTS:
                    raise BundleError("too many faults to go on")
        except BundleError as problem:
            found.faults.append(str(problem))
            return found
        found.bytes_read = self._tar.bytes_read
        found.payload_files = self._ledger.payload_files
        found.payload_bytes = self._ledger.payload_bytes
        found.faults += self._ledger.faults()
        found.faults += [
            f"{shown(path)}: a folder without a file"
            for path in sorted(self._folder_members - found.folders - {""})
        ]
        return found

    def _inside(self, member: Member) -> str:
        """Return where a member lies in the bag."""
        top, _, path = member.name.partition("/")
        if top != self._found.name or not (path or member.is_folder):
            raise BundleError(
                f"{shown(member.name)}: lies outside the bundle's one folder, {self._found.name}"
            )
        return path

    def _file(self, path: str, member: Member) -> None:
        self._note(path)
        hashed = hashlib.sha256()
        check = self._check(path)
        kept = self._keep(path) if self._keep else None
        try:
            for piece in member.pieces():
                hashed.update(piece)
                if kept is not None:
                    kept.write(piece)
                check = self._fed(path, check, piece)
                self._tell()
        finally:
            if kept is not None:
                kept.close()
        if check is not None:
            self._end(path, check)
        self._ledger.file(path, hashed.digest(), member.size)

    def _check(self, path: str) -> Check | None:
        """Return what looks into a file; a file that has no place in a bundle is a fault."""
        name = path.rpartition("/")[2]
        try:
            if path.startswith(f"{layout.PAYLOAD}/"):
                if path in _WANTED and name.endswith(".tsv"):
                    return _Kept(self._bounds, check_for(name, self._bounds))
                return check_for(name, self._bounds)
            if path in _MANIFESTS:
                return _Manifest(self._bounds, self._ledger, path)
            if path in layout.TAG_FILES:
                return _Kept(self._bounds, Lines(self._bounds))
            if path == _FETCH:
                raise BundleError("names files to be fetched from elsewhere; all must be inside")
            raise BundleError("no file of a bundle lies there")
        except BundleError as problem:
            self._found.faults.append(f"{shown(path)}: {problem}")
            return None

    def _fed(self, path: str, check: Check | None, piece: bytes) -> Check | None:
        """Give a piece to a check; return None once it has failed."""
        if check is None:
            return None
        try:
            check.feed(piece)
        except BundleError as problem:
            self._found.faults.append(f"{path}: {problem}")
            return None
        return check

    def _end(self, path: str, check: Check) -> None:
        try:
            check.end()
        except BundleError as problem:
            self._found.faults.append(f"{path}: {problem}")
            return
        if path in _WANTED or not path.startswith(f"{layout.PAYLOAD}/"):
            assert isinstance(check, _Kept | _Manifest | Whole)
            self._found.texts[path] = bytes(check.content)

    def _note(self, path: str) -> None:
        """Count a file, and remember where those lie that others belong to."""
        found = self._found
        found.files += 1
        folder = path.rpartition("/")[0]
        while folder and folder not in found.folders:
            found.folders.add(folder)
            folder = folder.rpartition("/")[0]
        inside = path.removeprefix(f"{layout.PAYLOAD}/")
        if "/" not in inside:
            found.payload_names.add(path)
        if inside.startswith("sub-"):
            found.recordings.add(inside)
        elif inside.startswith(f"{layout.FACES}/"):
            found.faces += path.endswith(".jpg")
        elif inside.startswith(f"{layout.FEMO}/"):
            folder, _, name = inside.removeprefix(f"{layout.FEMO}/").rpartition("/")
            found.runs.setdefault(folder, set()).add(name)

    def _tell(self) -> None:
        read = self._tar.bytes_read
        if read - self._told_bytes >= _REPORT_BYTES:
            self._told_bytes = read
            self._report(Progress(read, max(read, self._total_bytes), "bytes"))


class _Kept:
    """Holds a small file while another check looks at it."""

    def __init__(self, bounds: Bounds, check: Check) -> None:
        self.content = bytearray()
        self._limit = bounds.whole_bytes
        self._check = check

    def feed(self, piece: bytes) -> None:
        self.content += piece
        if len(self.content) > self._limit:
            raise BundleError(f"more than {self._limit} bytes, for a file of its kind")
        self._check.feed(piece)

    def end(self) -> None:
        self._check.end()


class _Manifest(Lines):
    """Gives the lines of a manifest to the ledger; holds the tag manifest, which is small."""

    def __init__(self, bounds: Bounds, ledger: Ledger, path: str) -> None:
        super().__init__(bounds)
        self.content = bytearray()
        self._ledger, self._path = ledger, path

    def _block(self, block: bytes) -> None:
        super()._block(block)
        if self._path == layout.TAG_MANIFEST:
            self.content += block
            if len(self.content) > self.bounds.tag_bytes:
                raise BundleError(f"more than {self.bounds.tag_bytes} bytes")
        for line in block.splitlines(keepends=True):
            self._ledger.line(self._path, line)
