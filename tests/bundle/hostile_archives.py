"""Archives that are hostile by their form: names, kinds, sizes, and what stands behind them."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from femo_tui.bundle.incoming.bounds import STANDARD, Bounds
from tests.support.bags import (
    TOP,
    archive,
    bagged,
    by_tarfile,
    payload,
    plain,
    summed,
    tarred,
)

SOUND = bagged(payload())
MEMBERS = [plain(f"{TOP}/{name}", content) for name, content in SOUND.items()]
SOUND_TAR = tarred(SOUND)
CUT_IN_CONTENT = SOUND_TAR.index(SOUND["data/README.md"]) + 10
END = len(b"".join(MEMBERS))


@dataclass(frozen=True)
class Row:
    """One archive, and what has to be said of it."""

    name: str
    make: Callable[[], bytes]
    said: str
    bounds: Bounds = STANDARD


def member(name: str | bytes, content: bytes = b"", **changed: object) -> Callable[[], bytes]:
    """Return what makes a sound bundle with one member more."""
    return lambda: archive([*MEMBERS, plain(name, content, **changed)])


NAMES: dict[str, tuple[str | bytes, str]] = {
    "absolute": ("/femo-evil.txt", "is absolute"),
    "drive": ("C:/femo-evil.txt", "begins with a drive"),
    "drive without a slash": ("c:femo-evil.txt", "begins with a drive"),
    "dots out": (f"{TOP}/../../femo-evil.txt", "leads out of the bundle"),
    "dots at the end": (f"{TOP}/data/..", "leads out of the bundle"),
    "empty part": (f"{TOP}/data//x.txt", "has an empty part"),
    "no name": (b"", "the name is empty"),
    "dot part": (f"{TOP}/./x.txt", "a part that is a dot"),
    "nul": (f"{TOP}/data/a.txt\0.exe", "holds a NUL byte"),
    "escape": (f"{TOP}/data/a\x1b[2J.txt", "a control character (U+001B)"),
    "line end": (f"{TOP}/data/a\n.txt", "a control character (U+000A)"),
    "c1 control": (f"{TOP}/data/a\x9b.txt", "a control character (U+009B)"),
    "backslash": (f"{TOP}/data\\..\\x.txt", "holds a backslash"),
    "bidi": (f"{TOP}/data/a\u202etxt.exe", "turns the direction of text (U+202E)"),
    "isolate": (f"{TOP}/data/a\u2066.txt", "turns the direction of text (U+2066)"),
    "wild card": (f"{TOP}/data/a?.txt", "characters that not every system allows"),
    "colon": (f"{TOP}/data/a.txt:stream", "characters that not every system allows"),
    "an option": (f"{TOP}/data/-rf.txt", "characters that not every system allows"),
    "beyond ASCII": (f"{TOP}/data/é.txt", "characters beyond ASCII"),
    "look-alike": (f"{TOP}/dаta/x.txt", "characters beyond ASCII"),  # a Cyrillic a
    "no UTF-8": (TOP.encode() + b"/data/\xff.txt", "is not UTF-8"),
    "CON": (f"{TOP}/data/CON", "Windows keeps for a device: CON"),
    "aux.json": (f"{TOP}/data/aux.json", "Windows keeps for a device"),
    "LPT1 folder": (f"{TOP}/data/lpt1/x.txt", "Windows keeps for a device"),
    "dot at the end": (f"{TOP}/data/x.txt.", "ends in a dot"),
    "space at the end": (f"{TOP}/data/x.txt ", "ends in a space"),
    "capitals": (f"{TOP}/data/readme.MD", "differs from another in capitals only"),
    "folder in capitals": (f"{TOP}/DATA/x.txt", "differs from golden-full/data in capitals only"),
    "there twice": (f"{TOP}/data/README.md", "is there twice"),
    "below a file": (f"{TOP}/data/README.md/x.txt", "is that of a file, too"),
    "a folder's name": (f"{TOP}/data/sourcedata", "is that of a folder, too"),
    "other folder": ("other/x.txt", "outside the bundle's one folder"),
    "no folder": ("x.txt", "outside the bundle's one folder"),
    "deep": (f"{TOP}/" + "d/" * 11 + "x.txt", "13 folders deep; 12 are allowed"),
    "long": (f"{TOP}/" + "d" * 100 + "/" + "e" * 42 + "/" + "f" * 100, "255 are allowed"),
    "long part": (f"{TOP}/" + "d" * 130 + "/x.txt", "a part of 130 characters"),
}
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "symbolic link": ({"type": b"2", "linkname": "/etc/passwd"}, "is a symbolic link"),
    "hard link": ({"type": b"1", "linkname": "/etc/passwd"}, "is a hard link"),
    "character device": ({"type": b"3", "devmajor": 1, "devminor": 5}, "is a character device"),
    "block device": ({"type": b"4", "devmajor": 8}, "is a block device"),
    "FIFO": ({"type": b"6"}, "is a FIFO"),
    "contiguous file": ({"type": b"7"}, "is a contiguous file"),
    "GNU sparse": ({"type": b"S"}, "is a sparse file"),
    "unknown kind": ({"type": b"Z"}, "is of an unknown kind"),
    "before POSIX": ({"type": b"\0"}, "is of the form before POSIX"),
}


def pax(**records: str) -> bytes:
    """Return the content of an extended header."""
    lines = b""
    for key, value in records.items():
        body = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(body) + len(str(len(body) + 2))
        lines += str(length).encode() + body
    return lines


def realpath_bypass() -> bytes:
    """Return the archive of CVE-2025-4517, as published in June 2025.

    Folders with long names and short links to them make a path that is longer than PATH_MAX once
    it is resolved: `realpath` gives up, and tarfile's data filter takes the rest as it stands.
    """
    long = "d" * 247
    members: list[tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]] = []
    path = ""

    def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, to
        members.append(info)

    for step in "abcdefghijklmnop":
        folder = tarfile.TarInfo(os.path.join(path, long))
        folder.type = tarfile.DIRTYPE
        members.append(folder)
        link(os.path.join(path, step), long)
        path = os.path.join(path, long)
    chain = os.path.join("/".join("abcdefghijklmnop"), "l" * 254)
    link(chain, "../" * 16)
    link("escape", f"{chain}/../../../../../../../tmp")
    link("evil", "escape/femo-evil.txt", tarfile.LNKTYPE)
    file = tarfile.TarInfo("evil")
    file.size = 5
    members.append((file, b"evil\n"))
    return by_tarfile(tarfile.PAX_FORMAT, *members)


def zipped(**changed: int) -> bytes:
    """Return a zip of a sound bundle; `flags` and `method` are written over its first entry."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zip_file:
        for name, content in SOUND.items():
            zip_file.writestr(f"{TOP}/{name}", content)
    first = bytearray(buffer.getvalue())
    struct.pack_into("<HH", first, 6, changed.get("flags", 0), changed.get("method", 0))
    return bytes(first)


def overlapping_zip() -> bytes:
    """Return a zip two of whose entries are the same bytes."""
    content = bytearray(zipped())
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def with_header(change: Callable[[bytearray], None]) -> Callable[[], bytes]:
    """Return what makes a bundle with a header written over and summed again."""

    def make() -> bytes:
        block = bytearray(plain(f"{TOP}/data/x.txt"))
        change(block)
        return archive([*MEMBERS, summed(block)])

    return make


def set_size(field: bytes) -> Callable[[], bytes]:
    def change(block: bytearray) -> None:
        block[124:136] = field

    return with_header(change)


def cut_from(content: bytes, until: int) -> Callable[[], bytes]:
    return lambda: content[:until]


ARCHIVES = [
    *(Row(f"name: {key}", member(name, b"x"), said) for key, (name, said) in NAMES.items()),
    *(
        Row(f"kind: {key}", member(f"{TOP}/data/x.txt", **changed), said)
        for key, (changed, said) in KINDS.items()
    ),
    # names equal after NFC: neither form gets in
    Row(
        "NFC",
        lambda: archive([*MEMBERS, plain(f"{TOP}/é.txt"), plain(f"{TOP}/e\u0301.txt")]),
        "beyond ASCII, which systems write in more than one way",
    ),
    Row(
        "PAX name",
        member("x", pax(path="/femo-evil.txt"), type=b"x"),
        "is an extended header (PAX)",
    ),
    Row(
        "PAX sparse",
        member("x", pax(GNU__sparse__major="1", GNU__sparse__size="999999999"), type=b"x"),
        "make sparse what follows",
    ),
    Row("PAX header size", member("x", b"9" * 3_000_000, type=b"x"), "is an extended header (PAX)"),
    Row("PAX for all", member("x", pax(path="y"), type=b"g"), "for all that follows (PAX)"),
    Row("GNU long name", member("x", b"/femo-evil.txt\0", type=b"L"), "(a GNU long name)"),
    Row("GNU long link", member("x", b"/etc/passwd\0", type=b"K"), "(a GNU long link)"),
    Row("realpath bypass of June 2025", realpath_bypass, "is an extended header (PAX)"),
    Row("folder with content", member(f"{TOP}/x", b"abc", type=b"5"), "said to hold 3 bytes"),
    Row("folder without a file", member(f"{TOP}/data/empty", type=b"5"), "a folder without a file"),
    Row("zip", zipped, "this is a zip archive"),
    Row("zip that overlaps", overlapping_zip, "this is a zip archive"),
    Row("zip with a password", lambda: zipped(flags=1), "this is a zip archive"),
    Row("zip of odd compression", lambda: zipped(method=99), "this is a zip archive"),
    Row("gzip", lambda: gzip.compress(SOUND_TAR), "packed with gzip"),
    Row("bzip2", lambda: b"BZh9" + bytes(600), "packed with bzip2"),
    Row("xz", lambda: b"\xfd7zXZ\0" + bytes(600), "packed with xz"),
    Row("zstd", lambda: b"\x28\xb5\x2f\xfd" + bytes(600), "packed with zstd"),
    Row("7-Zip", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(600), "a 7-Zip archive"),
    Row("no archive", lambda: b"Dear colleagues, " * 99, "no tar header stands at its beginning"),
    Row("nothing", lambda: b"", "is cut short at its beginning"),
    Row("an empty archive", lambda: archive([]), "missing"),
    Row("cut in a file", cut_from(SOUND_TAR, CUT_IN_CONTENT), "cut short in or behind"),
    Row("cut in a header", cut_from(SOUND_TAR, len(MEMBERS[0]) + 99), "cut short in or behind"),
    Row("cut before the end", cut_from(SOUND_TAR, END), "cut short in or behind"),
    Row("half an end", cut_from(SOUND_TAR, END + 512), "cut short in or behind"),
    Row("end cut", cut_from(SOUND_TAR, END + 1025), "no whole block"),
    Row("garbage behind", lambda: SOUND_TAR + b"garbage" * 80, "behind the archive's end"),
    Row("an archive behind", lambda: SOUND_TAR + archive(MEMBERS), "behind the archive's end"),
    Row("a zip behind", lambda: SOUND_TAR + zipped(), "behind the archive's end"),
    Row("half an end, then more", lambda: b"".join(MEMBERS) + bytes(512) + MEMBERS[0], "follows"),
    Row("zeros without end", lambda: SOUND_TAR + bytes(2 << 20), "zeros without an end"),
    Row("a damaged header", lambda: SOUND_TAR[:300] + b"x" + SOUND_TAR[301:], "is damaged"),
    Row("size of 8 GiB", set_size(b"77777777777\0"), "are allowed"),
    Row("negative size", set_size(b"\xff" * 12), "tells no size in plain digits"),
    Row("size that is no number", set_size(b"12x45678901\0"), "tells no size"),
    Row(
        "bomb by count",
        lambda: archive(plain(f"{TOP}/data/{i}.txt") for i in range(50)),
        "more than 40 files",
        Bounds(files=40),
    ),
    Row(
        "bomb by size",
        lambda: archive(plain(f"{TOP}/data/{i}.txt", b"x" * 999) for i in range(50)),
        "bytes; 20000 are allowed",
        Bounds(total_bytes=20_000),
    ),
]
