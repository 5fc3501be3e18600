"""Which files a bag holds and what its manifests say of them: whatever differs is named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from femo_tui.bundle.incoming.names import shown
from femo_tui.bundle.layout import MANIFEST, PAYLOAD, SIGNATURE, TAG_MANIFEST

_LINE = re.compile(rb"([0-9a-f]{64})  ([^\n]+)\n")
_UNLISTED = frozenset({TAG_MANIFEST, SIGNATURE})  # the first by nature, the second lies over it


class Ledger:
    """Takes files and lines of manifests in any order; what agrees is forgotten at once."""

    def __init__(self) -> None:
        self._there: dict[str, bytes] = {}  # path in the bag → SHA-256
        self._listed: dict[str, bytes] = {}
        self._faults: list[str] = []
        self._newest: dict[str, str] = {}  # manifest → path of its last line
        self.payload_files = self.payload_bytes = 0

    def file(self, path: str, sha256: bytes, size: int) -> None:
        """Take a file."""
        if path.startswith(f"{PAYLOAD}/"):
            self.payload_files += 1
            self.payload_bytes += size
        if path in _UNLISTED:
            return
        expected = self._listed.pop(path, None)
        if expected is None:
            self._there[path] = sha256
        else:
            self._compare(path, sha256, expected)

    def line(self, manifest: str, line: bytes) -> None:
        """Take a line of a manifest, with its end."""
        match = _LINE.fullmatch(line)
        path = match[2].decode(errors="replace") if match else ""
        of_payload = path.startswith(f"{PAYLOAD}/")
        if match is None or of_payload != (manifest == MANIFEST):
            self._faults.append(
                f"{manifest}: {shown(line.decode(errors='replace'))!r} is no line of it"
            )
            return
        if path <= self._newest.get(manifest, ""):
            self._faults.append(f"{manifest}: {shown(path)} stands twice in it, or out of order")
        self._newest[manifest] = path
        expected = bytes.fromhex(match[1].decode())
        found = self._there.pop(path, None)
        if found is not None:
            self._compare(path, found, expected)
        else:
            self._listed[path] = expected

    def _compare(self, path: str, found: bytes, expected: bytes) -> None:
        if found != expected:
            self._faults.append(f"{path}: changed since the bundle was made")

    def faults(self) -> Iterator[str]:
        """Yield whatever does not agree, once everything was taken."""
        yield from self._faults
        for path in self._listed:
            yield f"{shown(path)}: missing"
        for path in self._there:
            yield f"{path}: not in the manifest"
