"""Which names a file in a bundle may have: those that mean the same file on every system.

Only ASCII letters, digits, `.`, `_`, `+` and `-` pass. What is beyond ASCII systems write in more
than one way (NFC, NFD), so that two names could become one file; hence no name needs to be
normalised here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from femo_tui.bundle.incoming.bounds import Bounds
from femo_tui.errors import BundleError

_PORTABLE = re.compile(r"[A-Za-z0-9._+][A-Za-z0-9._+-]*")
_SOUND = re.compile(r"[A-Za-z0-9._+-][A-Za-z0-9._+/-]*")  # nothing to say of it as a whole
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
_SHOWN = 100
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(name: str) -> str:
    """Return a name as a sentence may hold it: what a terminal would act on is escaped."""
    text = name if name.isprintable() else ascii(name)[1:-1]
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def check_path(path: str, bounds: Bounds) -> None:
    """Check the name of a member, its parts separated by `/`.

    Raises:
        BundleError: it cannot be, with the reason.
    """
    what = "" if _SOUND.fullmatch(path) else _whole_fault(path)
    parts = path.split("/")
    for part in parts:
        what = what or _part_fault(part, bounds.part_bytes)
    if len(parts) > bounds.depth:
        what = what or f"lies {len(parts)} folders deep; {bounds.depth} are allowed"
    if len(path) > bounds.path_bytes:
        what = what or f"is {len(path)} characters long; {bounds.path_bytes} are allowed"
    if what:
        raise BundleError(f"{shown(path)}: the name {what}")


class Names:
    """The names of an archive so far; two that a system could take for one are refused."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._files: set[str] = set()  # in lower case
        self._folders: dict[str, str] = {}  # in lower case → as written
        self._last_folder = ""

    def add_file(self, path: str) -> None:
        """Take the name of a file.

        Raises:
            BundleError: it cannot be, is there already, or meets another after case folding.
        """
        check_path(path, self._bounds)
        folder = path.rpartition("/")[0]
        if folder != self._last_folder:  # files of a folder stand together: checked once
            self._add_folders(folder)
            self._last_folder = folder
        folded = path.casefold()
        if folded in self._files:
            raise BundleError(
                f"{shown(path)}: the name is there twice, or differs from another in capitals only"
            )
        if folded in self._folders:
            raise BundleError(f"{shown(path)}: the name is that of a folder, too")
        self._files.add(folded)

    def add_folder(self, path: str) -> None:
        """Take the name of a folder that stands in the archive by itself."""
        check_path(path, self._bounds)
        self._add_folders(path)

    def _add_folders(self, path: str) -> None:
        parts = path.split("/") if path else []
        for count in range(1, len(parts) + 1):
            folder = "/".join(parts[:count])
            folded = folder.casefold()
            if self._folders.setdefault(folded, folder) != folder:
                raise BundleError(
                    f"{shown(folder)}: the name differs from {self._folders[folded]} in capitals"
                    " only"
                )
            if folded in self._files:
                raise BundleError(f"{shown(folder)}: the name is that of a file, too")


def _whole_fault(path: str) -> str:
    """Return what is wrong with a name as a whole."""
    if not path:
        return "is empty"
    if "\0" in path:
        return "holds a NUL byte"
    if char := next((c for c in path if unicodedata.category(c) == "Cc"), ""):
        return f"holds a control character (U+{ord(char):04X})"
    if char := next((c for c in path if c in _DIRECTIONS), ""):
        return f"holds a character that turns the direction of text (U+{ord(char):04X})"
    if "\\" in path:
        return "holds a backslash, which separates folders on other systems"
    if path.startswith("/"):
        return "is absolute"
    if _DRIVE.match(path):
        return "begins with a drive"
    return ""


@lru_cache(4096)  # parts repeat from file to file
def _part_fault(part: str, longest: int) -> str:
    """Return what is wrong with one part of a name."""
    if not part:
        return "has an empty part"
    if part == "..":
        return "has a part .., which leads out of the bundle"
    if part == ".":
        return "has a part that is a dot"
    if part[-1] in ". ":
        return f"has a part that ends in a {'dot' if part[-1] == '.' else 'space'}: {shown(part)}"
    if _RESERVED.fullmatch(part):
        return f"has a part that Windows keeps for a device: {shown(part)}"
    if not part.isascii():
        return "holds characters beyond ASCII, which systems write in more than one way"
    if not _PORTABLE.fullmatch(part):
        return "holds characters that not every system allows; letters, digits, . _ + - are"
    if len(part) > longest:
        return f"has a part of {len(part)} characters; {longest} are allowed"
    return ""
