"""Bundles made by hand, without femo's exporter: sound ones, and whatever else a tar can be."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.support.runs import GOLDEN

TOP = "golden-full"
FEMO, FACES = "data/sourcedata/femo", "data/sourcedata/faces"
RUN = "sub-S01/ses-01/run-01"
BEH = "data/sub-S01/ses-01/beh/sub-S01_ses-01_task-golden_run-01"
PHYSIO = f"{BEH}_physio.tsv.gz"
FACE = f"{FACES}/{RUN}/Happy_S/happy-1/000004_face.jpg"
RUN_FILE = f"{FEMO}/{RUN}/run.jsonl"
PARTICIPANTS = "data/participants.tsv"
UNSIGNED_TAGS = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")


def payload() -> dict[str, bytes]:
    """Return a data set with the golden run: path in the bag → content."""
    described = {"Name": "Golden study", "BIDSVersion": "1.11.0", "DatasetType": "raw"}
    files = {
        "data/CHANGES": b"1.0.0\n  - Made by hand.\n",
        "data/README.md": "# Golden study\n\nMade by hand, µS and all.\n".encode(),
        "data/dataset_description.json": _json(described),
        PARTICIPANTS: b"participant_id\tage\tsex\nsub-S01\t34\tF\n",
        "data/participants.json": _json({"age": {"Units": "year"}}),
        PHYSIO: gzip.compress(b"0.0\t4.0\n0.2\t4.1\n0.4\tn/a\n", mtime=0),
        f"{BEH}_physio.json": _json({"Columns": ["t_s", "gsr_us"]}),
        f"{BEH}_events.tsv": b"onset\tduration\n2.0\t2.0\n",
        f"{BEH}_events.json": _json({"onset": {"Units": "s"}}),
    }
    for name in ("run.jsonl", "gsr.csv", "frames.csv"):
        files[f"{FEMO}/{RUN}/{name}"] = (GOLDEN / name).read_bytes()
    for path in (GOLDEN / "faces").rglob("*.jpg"):
        name = path.relative_to(GOLDEN / "faces").as_posix()
        files[f"{FACES}/{RUN}/{name}"] = path.read_bytes()
    return files


def bagged(
    files: Mapping[str, bytes],
    info: Mapping[str, str] | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> dict[str, bytes]:
    """Return a payload with its tag files, in the order of a bundle."""
    count, size = len(files), sum(map(len, files.values()))
    lines = {
        "Payload-Oxum": f"{size}.{count}",
        "Femo-Bundle-Format": "1",
        "Femo-Level": "full",
        "Femo-Simulated": "yes",
        **(info or {}),
    }
    bag = dict(sorted(files.items()))
    bag["bag-info.txt"] = "".join(f"{k}: {v}\n" for k, v in lines.items() if v).encode()
    bag["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    bag["manifest-sha256.txt"] = listed(files)
    tags = listed({name: bag[name] for name in UNSIGNED_TAGS})
    if sign is not None:
        bag["signature.json"] = sign(tags)
    bag["tagmanifest-sha256.txt"] = tags
    return bag


def listed(files: Mapping[str, bytes]) -> bytes:
    """Return files as the lines of a manifest."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items())).encode()


def tarred(files: Mapping[str, bytes], top: str = TOP) -> bytes:
    """Return files as a plain tar with one top folder."""
    return archive(plain(f"{top}/{name}", content) for name, content in files.items())


def archive(members: Iterable[bytes]) -> bytes:
    """Return members as a tar with its end."""
    content = b"".join(members) + bytes(1024)
    return content + bytes(-len(content) % 10240)


def plain(name: str | bytes, content: bytes = b"", **changed: object) -> bytes:
    """Return one member; `changed` are fields of tarfile's TarInfo. No name is looked at."""
    info = tarfile.TarInfo("x")
    info.size = len(content)
    for field, value in changed.items():
        setattr(info, field, value)
    raw = name.encode(errors="surrogateescape") if isinstance(name, str) else name
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    if len(raw) <= 100:
        header[:100] = raw.ljust(100, b"\0")
    else:
        cut = raw.rindex(b"/", 0, min(156, len(raw)))
        header[345:500] = raw[:cut].ljust(155, b"\0")
        header[:100] = raw[cut + 1 :].ljust(100, b"\0")
    return summed(header) + content + bytes(-len(content) % 512)


def summed(header: bytearray | bytes) -> bytes:
    """Return a header block with the sum that it needs."""
    block = bytearray(header)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def by_tarfile(form: int, *members: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return what `tarfile` writes for these members, in one of its formats."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for member in members:
            info, content = member if isinstance(member, tuple) else (member, b"")
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def golden_bundle(folder: Path) -> Path:
    """Write a sound bundle of the golden run."""
    path = folder / "golden.tar"
    path.write_bytes(tarred(bagged(payload())))
    return path


def _json(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts, indent=2).encode() + b"\n"
