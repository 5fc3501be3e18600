"""Bundles from hostile or careless hands: each is refused with its reason, and leaves nothing.

Every row goes through `verify` and through `import` into a store that is in use. While an import
works, every path that the process opens for writing, makes, renames or links is noted by an audit
hook: all lie in the staging folder.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from femo_tui.bundle.incoming.bounds import STANDARD, Bounds
from femo_tui.bundle.incoming.importing import ImportRequest, import_bundle
from femo_tui.bundle.incoming.verifying import verify_bundle
from femo_tui.errors import BundleError
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.store.catalog import Catalog
from femo_tui.store.imported import IMPORTED
from tests.support.bags import (
    BEH,
    FACE,
    FACES,
    FEMO,
    PARTICIPANTS,
    PHYSIO,
    RUN,
    RUN_FILE,
    TOP,
    archive,
    bagged,
    by_tarfile,
    payload,
    plain,
    summed,
    tarred,
)
from tests.support.runs import GOLDEN

SOUND = bagged(payload())
MEMBERS = [plain(f"{TOP}/{name}", content) for name, content in SOUND.items()]
JPEG = (GOLDEN / "faces/Happy_S/happy-1/000004_face.jpg").read_bytes()
JSON_FILE, TABLE = f"{BEH}_events.json", f"{BEH}_events.tsv"


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


def holding(name: str, content: bytes) -> Callable[[], bytes]:
    """Return what makes a bundle whose manifests are right about a file of this content."""
    return lambda: tarred(bagged({**payload(), name: content}))


def without(name: str) -> Callable[[], bytes]:
    return lambda: tarred({path: content for path, content in SOUND.items() if path != name})


def with_line(change: Callable[[dict[str, object]], None]) -> Callable[[], bytes]:
    """Return what makes a bundle whose run begins otherwise."""

    def make() -> bytes:
        files = payload()
        first, _, rest = files[RUN_FILE].partition(b"\n")
        start = json.loads(first)
        change(start)
        return tarred(bagged({**files, RUN_FILE: json.dumps(start).encode() + b"\n" + rest}))

    return make


def replaced(name: str, old: bytes, new: bytes) -> Callable[[], bytes]:
    files = payload()
    assert old in files[name]
    return holding(name, files[name].replace(old, new, 1))


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


def jpeg_of(width: int, height: int) -> bytes:
    """Return a picture that says that it is larger than it is."""
    at = JPEG.index(b"\xff\xc0")
    return JPEG[: at + 5] + struct.pack(">HH", height, width) + JPEG[at + 9 :]


def cut_from(content: bytes, until: int) -> Callable[[], bytes]:
    return lambda: content[:until]


SOUND_TAR = tarred(SOUND)
CUT_IN_CONTENT = SOUND_TAR.index(SOUND["data/README.md"]) + 10
END = len(b"".join(MEMBERS))


def other(name: str) -> str:
    return name.removeprefix("data/")


ROWS = [
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
    Row(
        "bomb by ratio",
        holding(PHYSIO, gzip.compress(b"0.000000\t0.000000\n" * 500_000, mtime=0)),
        f"{PHYSIO}: unpacks to more than 200 times its size",
    ),
    Row(
        "bomb unpacked",
        holding(PHYSIO, gzip.compress(b"".join(b"%d\n" % i for i in range(99_999)), mtime=0)),
        f"{PHYSIO}: unpacks to more than 300000 bytes",
        Bounds(unpacked_bytes=300_000),
    ),
    Row("no gzip", holding(PHYSIO, b"0.0\t4.0\n"), "not packed with gzip, or damaged"),
    Row("gzip cut", holding(PHYSIO, gzip.compress(b"1\t2\n")[:-4]), "was cut short"),
    Row(
        "gzip with more behind",
        holding(PHYSIO, gzip.compress(b"1\t2\n") + b"more"),
        "stands behind the end of what is packed",
    ),
    Row("unlisted file", member(f"{TOP}/data/notes.txt", b"x"), "data/notes.txt: not in the manif"),
    Row("unlisted tag file", member(f"{TOP}/notes.txt", b"x"), "notes.txt: no file of a bundle"),
    Row("fetch.txt", member(f"{TOP}/fetch.txt", b"https://x 1 data/x\n"), "fetched from elsewhere"),
    Row("missing file", without(TABLE), f"{TABLE}: missing"),
    Row("missing face", without(FACE), f"{FACE}: missing"),
    Row("missing manifest", without("manifest-sha256.txt"), "manifest-sha256.txt: missing"),
    Row("missing tag manifest", without("tagmanifest-sha256.txt"), "tagmanifest-sha256.txt: mis"),
    Row("missing bagit.txt", without("bagit.txt"), "bagit.txt: missing"),
    Row(
        "signature that is missed",
        lambda: tarred(bagged(payload(), {"Femo-Signer": "ed25519:x"})),
        "signature.json: missing, though",
    ),
    Row(
        "newer format",
        lambda: tarred(bagged(payload(), {"Femo-Bundle-Format": "7"})),
        "written by a newer femo (format 7, this one knows 1); update femo",
    ),
    Row(
        "no format",
        lambda: tarred(bagged(payload(), {"Femo-Bundle-Format": ""})),
        "says no Femo-Bundle-Format",
    ),
    Row(
        "faces where none may be",
        lambda: tarred(bagged(payload(), {"Femo-Level": "no-faces"})),
        "faces, at level no-faces",
    ),
    Row(
        "Payload-Oxum",
        lambda: tarred(bagged(payload(), {"Payload-Oxum": "1.1"})),
        "Payload-Oxum is not",
    ),
    Row("a program", holding("data/run.exe", b"MZ"), "data/run.exe: no bundle holds files of this"),
    Row("JPEG that is text", holding(FACE, b"not a picture"), f"{FACE}: this is no JPEG"),
    Row("JPEG that is a PNG", holding(FACE, b"\x89PNG\r\n\x1a\n"), f"{FACE}: this is no JPEG"),
    Row("JPEG without a picture", holding(FACE, b"\xff\xd8\xff\xd9"), "holds no picture"),
    Row("JPEG cut", holding(FACE, JPEG[:-2]), f"{FACE}: the JPEG is cut short"),
    Row("JPEG header cut", holding(FACE, JPEG[:60]), "the JPEG is cut short"),
    Row("JPEG with more behind", holding(FACE, JPEG + b"<script>"), "8 bytes stand behind"),
    Row("JPEG of 900 megapixels", holding(FACE, jpeg_of(30000, 30000)), "30000 × 30000 pixels"),
    Row("JPEG of no size", holding(FACE, jpeg_of(0, 8)), "has no size"),
    Row(
        "JPEG with EXIF",
        holding(FACE, JPEG[:2] + b"\xff\xe1\x00\x08Exif\0\0" + JPEG[2:]),
        "carries EXIF",
    ),
    Row(
        "JPEG with a comment",
        holding(FACE, JPEG[:2] + b"\xff\xfe\x00\x06name" + JPEG[2:]),
        "carries EXIF, a comment",
    ),
    Row("JSON too deep", holding(JSON_FILE, b"[" * 99 + b"]" * 99), "JSON of more than 24 levels"),
    Row("JSON far too deep", holding(JSON_FILE, b"[" * 200_000), "JSON of more than 24 levels"),
    Row("JSON too large", holding(JSON_FILE, b"[" + b" " * (9 << 20) + b"]"), "more than 8388608"),
    Row("JSON of many values", holding(JSON_FILE, b"[" + b"0," * 500_000 + b"0]"), "400000 values"),
    Row("JSON with NaN", holding(JSON_FILE, b'{"a": NaN}'), "NaN is no number in JSON"),
    Row("JSON with 1e999", holding(JSON_FILE, b'{"a": 1e999}'), "is larger than any number"),
    Row("JSON with a huge number", holding(JSON_FILE, b"[%s]" % (b"9" * 50)), "of 50 digits"),
    Row("JSON with a key twice", holding(JSON_FILE, b'{"a": 1, "a": 2}'), "holds a key twice"),
    Row(
        "JSON with an escape",
        holding(JSON_FILE, b'{"a": "\\u001b[2J"}'),
        "acts on (U+001B",
    ),
    Row("JSON with bidi", holding(JSON_FILE, b'{"a": "\\u202e"}'), "acts on (U+202E"),
    Row("JSON that is none", holding(JSON_FILE, b"{'a': 1}"), f"{JSON_FILE}: this is no JSON"),
    Row("JSON that is not UTF-8", holding(JSON_FILE, b'{"a": "\xff"}'), "this is no JSON"),
    Row("table of many columns", holding(TABLE, b"\t".join([b"a"] * 200) + b"\n"), "200 columns"),
    Row("table of a long line", holding(TABLE, b"x" * (2 << 20)), "a line of more than 1048576"),
    Row("ragged table", holding(TABLE, b"a\tb\n1\n"), "lines of 1 and of 2 columns"),
    Row("table with NaN", holding(TABLE, b"a\tb\n1\tNaN\n"), "NaN is no number"),
    Row("table with inf", holding(TABLE, b"a\tb\n-inf\t1\n"), "-inf is no number"),
    Row("table with a huge number", holding(TABLE, b"a\n" + b"9" * 40 + b"\n"), "is no number"),
    Row("table with a NUL", holding(TABLE, b"a\n\0\n"), "a control character (U+0000)"),
    Row("table with an escape", holding(TABLE, b"a\n\x1b]0;x\x07\n"), "character (U+001B)"),
    Row("table that is not UTF-8", holding(TABLE, b"a\n\xc3\x28\n"), "is not UTF-8"),
    Row("text with bidi", holding("data/README.md", "a\u2067b\n".encode()), "acts on (U+2067)"),
    Row(
        "somebody who is not listed",
        holding(PARTICIPANTS, b"participant_id\nsub-S09\n"),
        "data/sub-S01: of somebody whom data/participants.tsv does not list",
    ),
    Row(
        "somebody listed twice",
        holding(PARTICIPANTS, b"participant_id\nsub-S01\nsub-S01\n"),
        "sub-S01 stands in it twice",
    ),
    Row(
        "a newer BIDS",
        replaced("data/dataset_description.json", b"1.11.0", b"9.0.0"),
        "of BIDS 9.0.0",
    ),
]
RUN_ROWS = [  # the bag holds; what is in its runs does not
    Row("another's run", with_line(lambda s: s.update(participant="S99")), "tells of 'S99', not"),
    Row("a session that leads out", with_line(lambda s: s.update(session="../../x")), "in no way"),
    Row(
        "a session on no day", with_line(lambda s: s.update(session="2026-13-09T000000")), "no day"
    ),
    Row("a run that leads out", with_line(lambda s: s.update(run="run-01/../x")), "in no way"),
    Row("an age of 999", with_line(lambda s: s.update(age=999)), "tells of an age of 999"),
    Row("a sex that is none", with_line(lambda s: s.update(sex="Q")), "tells of the sex 'Q'"),
    Row("a newer run", with_line(lambda s: s.update(format=9)), "is of format 9"),
    Row(
        "an event that is none",
        replaced(RUN_FILE, b'"event":"marker"', b'"event":"shell"'),
        "is no run event",
    ),
    Row(
        "a run without an end",
        replaced(RUN_FILE, b'"event":"run_stop"', b'"event":"x"'),
        "is no run event",
    ),
    Row(
        "two begins",
        lambda: tarred(
            bagged(
                {
                    **payload(),
                    RUN_FILE: payload()[RUN_FILE].partition(b"\n")[0] + b"\n" + payload()[RUN_FILE],
                }
            )
        ),
        "once each",
    ),
    Row(
        "a face that leads out",
        replaced(
            f"{FEMO}/{RUN}/frames.csv",
            b"faces/Happy_S/happy-1/000004_face.jpg",
            b"faces/../../../x/000004_face.jpg",
        ),
        "is no image of this run",
    ),
    Row(
        "a face that nobody names",
        holding(f"{FACES}/{RUN}/Happy_S/happy-1/000099_face.jpg", JPEG),
        "no row of frames.csv names it",
    ),
    Row(
        "a face that is not there",
        lambda: tarred(bagged({k: v for k, v in payload().items() if k != FACE})),
        "000004_face.jpg is missing",
    ),
    Row(
        "a sample that is none",
        replaced(f"{FEMO}/{RUN}/gsr.csv", b",ok\n", b",fine\n"),
        "flag 'fine' is unknown",
    ),
    Row(
        "samples that were added",
        lambda: tarred(
            bagged(
                {
                    **payload(),
                    f"{FEMO}/{RUN}/gsr.csv": payload()[f"{FEMO}/{RUN}/gsr.csv"]
                    + b"8.090000,,,5.0,5.000000,ok\n",
                }
            )
        ),
        "run_stop counts 40 gsr_samples, the rows are 41",
    ),
]


class Writes:
    """Notes what the process opens for writing, makes, renames and links while it is asked to."""

    def __init__(self) -> None:
        self.active = False
        self.paths: list[str] = []

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if not self.active:
            return
        if event == "open":
            flags = args[2] if isinstance(args[2], int) else 0
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and isinstance(args[0], str | bytes):
                self.paths.append(os.fsdecode(args[0]))
        elif event in ("os.mkdir", "os.symlink", "os.link", "os.rename", "os.mkfifo", "os.mknod"):
            self.paths += [os.fsdecode(a) for a in args if isinstance(a, str | bytes | os.PathLike)]


WRITES = Writes()
sys.addaudithook(WRITES.hook)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store in use, and something beside it."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "beside.txt").write_text("untouched")
    with Catalog.open(folder / "store") as catalog:
        consent = Consent(frozenset(Scope), "1", "2026-01-01T00:00:00Z")
        catalog.add_participant(Participant("S07", 30, None, "", consent, consent.given_utc), "ana")
    return folder


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return everything in a folder: path → mode and content; SQLite's own two files aside."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
        if not path.name.startswith("catalog.db-")
    }


def writes() -> Iterator[list[str]]:
    WRITES.paths.clear()
    WRITES.active = True
    try:
        yield WRITES.paths
    finally:
        WRITES.active = False


noted_writes = pytest.fixture(writes)


@pytest.mark.parametrize("row", [*ROWS, *RUN_ROWS], ids=lambda row: row.name)
def test_it_is_refused_with_the_reason_and_nothing_remains(
    row: Row, place: Path, tmp_path: Path, noted_writes: list[str]
) -> None:
    path = tmp_path / "bundle.tar"
    path.write_bytes(row.make())
    before = tree(place)
    if row not in RUN_ROWS:
        found = verify_bundle(path, bounds=row.bounds)
        assert row.said in "; ".join(found.faults)
    noted_writes.clear()
    with pytest.raises(BundleError) as refused:
        import_bundle(place / "store", ImportRequest(path), "ana", bounds=row.bounds)
    said = str(refused.value)
    assert row.said in said
    assert said.isprintable(), "nothing that a terminal acts on is told"
    staging = f"{place}/store/{IMPORTED}/.staging-"
    made = f"{place}/store/{IMPORTED}"
    assert [p for p in noted_writes if not p.startswith(staging) and p != made] == []
    assert tree(place) == before


@pytest.mark.parametrize(
    "content",
    [
        SOUND_TAR,
        holding(TABLE, b"sha256\n" + b"1" * 64 + b"\n")(),  # a hash without a letter
        holding("data/README.md", "ein Wort und \u200f\u05e2\u05d1\u05e8\u05d9\u05ea\n".encode())(),
        archive([plain(f"{TOP}/data/", type=b"5"), *MEMBERS]),  # as `tar` packs a folder
    ],
    ids=["as it was made", "digits", "a mark of direction", "with a folder"],
)
def test_a_sound_one_is_none_of_these(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bundle.tar"
    path.write_bytes(content)
    assert verify_bundle(path).faults == ()


def test_nothing_in_the_tree_extracts_an_archive_by_itself() -> None:
    root = Path(__file__).parents[2]
    word = "extract" + "all"
    files = [path for top in ("femo_tui", "tests") for path in (root / top).rglob("*.py")]
    assert len(files) > 300
    assert [path for path in files if word in path.read_text("utf-8")] == []
