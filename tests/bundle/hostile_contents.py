"""Sound archives with hostile files in them, and runs that tell of what cannot have been."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable

from femo_tui.bundle.incoming.bounds import Bounds
from tests.bundle.hostile_archives import SOUND, Row, member
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
    bagged,
    payload,
    tarred,
)
from tests.support.runs import GOLDEN

JPEG = (GOLDEN / "faces/Happy_S/happy-1/000004_face.jpg").read_bytes()
JSON_FILE, TABLE = f"{BEH}_events.json", f"{BEH}_events.tsv"


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


def jpeg_of(width: int, height: int) -> bytes:
    """Return a picture that says that it is larger than it is."""
    at = JPEG.index(b"\xff\xc0")
    return JPEG[: at + 5] + struct.pack(">HH", height, width) + JPEG[at + 9 :]


CONTENTS = [
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
RUNS = [  # the bag holds; what is in its runs does not
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
