"""Writes a BagIt bag into a tar: the payload first, then what says what it has to be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from femo_tui import __version__
from femo_tui.bundle.layout import (
    BAG_INFO,
    BAGIT,
    BAGIT_VERSION,
    MANIFEST,
    PAYLOAD,
    SIGNATURE,
    TAG_MANIFEST,
)
from femo_tui.bundle.outgoing.tar import Pieces, TarWriter


class BagWriter:
    """An open bag; the files of its payload are given in the order of their names."""

    def __init__(self, tar: TarWriter, written: Callable[[int], None]) -> None:
        """Write to `tar`; `written` is told how many files there are after each."""
        self.files = self._bytes = 0
        self._tar, self._told = tar, written
        self._manifest = bytearray()
        self._newest = ""

    def put(self, name: str, content: bytes, sha256: str | None = None) -> None:
        """Add a file below `data/`; its SHA-256 is computed unless the caller knows it."""
        path = self._next(name)
        self._listed(path, self._tar.add(path, content, sha256), len(content))

    def put_pieces(self, name: str, pieces: Pieces) -> None:
        """Add a file of any size below `data/`."""
        path = self._next(name)
        self._listed(path, *self._tar.add_pieces(path, pieces))

    def finish(self, info: Mapping[str, str], sign: Callable[[bytes], bytes] | None) -> None:
        """Write the tag files and the end of the tar.

        Args:
            info: further lines of `bag-info.txt`.
            sign: returns the signature's file over the bytes of the tag manifest; None: unsigned.
        """
        lines = {
            "Bag-Software-Agent": f"femo {__version__}",
            "Payload-Oxum": f"{self._bytes}.{self.files}",
            **info,
        }
        declared = f"BagIt-Version: {BAGIT_VERSION}\nTag-File-Character-Encoding: UTF-8\n"
        tags = {
            BAG_INFO: "".join(f"{key}: {value}\n" for key, value in lines.items()).encode(),
            BAGIT: declared.encode(),
            MANIFEST: bytes(self._manifest),
        }
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in tags.items()}
        listed = "".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items()).encode()
        for name, content in tags.items():
            self._tar.add(name, content, hashes[name])
        if sign is not None:
            self._tar.add(SIGNATURE, sign(listed))
        self._tar.add(TAG_MANIFEST, listed)
        self._tar.close()

    def _next(self, name: str) -> str:
        assert name > self._newest, f"{name} comes after {self._newest}"
        self._newest = name
        return f"{PAYLOAD}/{name}"

    def _listed(self, path: str, sha256: str, size: int) -> None:
        self._manifest += f"{sha256}  {path}\n".encode()
        self._bytes += size
        self.files += 1
        self._told(self.files)
