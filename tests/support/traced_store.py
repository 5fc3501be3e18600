"""A store that holds traces of S02 in every place where femo keeps something of a participant."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

from femo_tui.model.clock import VirtualClock
from femo_tui.model.given_out import Backup, Export
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.store.catalog import Catalog
from femo_tui.store.disposal import decide_data, wanted_data
from femo_tui.store.feature_files import MAGIC
from tests.support.make_golden import FACE_JPEG
from tests.support.runs import lose
from tests.support.shared_store import SESSIONS, write_run

GONE, STAYS = "S02", ("S01", "S03")
LEVELS_US = {"S01": 5.111111, "S02": 6.222222, "S03": 7.333333}
NOTE = "left-handed violinist"
EXPORT = Export(
    *("2026-11-22T10:00:00Z", "ana", "secret.tar.age", "0" * 64, "full"),
    recipients=("age1colima",),
    note="the lab in Colima",
    participants=("S01", "S02"),
)
BACKUP = Backup("2026-11-22T11:00:00Z", "ana", "/mnt/disk", "b-01", ("S01", "S02"))


def face_of(code: str) -> bytes:
    """Return a face of somebody's own: a JPEG that says whose it is."""
    comment = f"the face of number {code[1:]}".encode()
    return (
        FACE_JPEG[:20]
        + b"\xff\xfe"
        + (len(comment) + 2).to_bytes(2, "big")
        + comment
        + FACE_JPEG[20:]
    )


def make_traced_store(root: Path, codes: tuple[str, ...] = ("S01", "S02", "S03")) -> Path:
    """Write the store; S02 has a complete run, one that was lost, and one that was discarded."""
    root.mkdir(parents=True)
    (root / "study.toml").write_text(
        'title = "Films and skin"\nprotocol = "study"\npilots = ["S02", "S09"]\n', "utf-8"
    )
    runs = {}
    with Catalog.open(root, VirtualClock()) as catalog:
        for code in codes:
            consent = Consent(frozenset(Scope), "1", "2026-10-30T09:00:00Z")
            note = NOTE if code == GONE else ""
            who = Participant(code, 30, Sex.X, note, consent, "2026-10-30T09:00:00Z")
            catalog.add_participant(who, "ana")
            levels = dict.fromkeys(("stress", "happy"), LEVELS_US[code])
            scopes = frozenset(Scope)
            runs[code] = write_run(root, code, SESSIONS[0], levels, scopes, face=face_of(code))
        if GONE in codes:
            more = write_run(root, GONE, SESSIONS[1], {}, frozenset(Scope), face=face_of(GONE))
            lose(more, 20.0)
            thrown = write_run(root, GONE, "2026-11-21T080000", {}, frozenset(Scope), until=4)
        catalog.reindex()
        if GONE in codes:
            decide_data(catalog, thrown, wanted_data("discard"), "ana", "tired", VirtualClock())
        catalog.edit_participant(codes[-1], "ana", age=31)
        catalog.note_export(EXPORT)
        catalog.note_backup(BACKUP)
    _write_training(root, runs)
    _write_others(root)
    return root


def _write_training(root: Path, runs: dict[str, Path]) -> None:
    """Write what a training leaves: features by image, its folder, a model."""
    images = {code: sorted(run.rglob("*_face.jpg")) for code, run in runs.items()}
    records = [MAGIC + (2).to_bytes(4, "little")]
    for number, path in enumerate(path for paths in images.values() for path in paths):
        content = hashlib.sha256(path.read_bytes()).digest() + number.to_bytes(8, "little")
        records.append(content + zlib.crc32(content).to_bytes(4, "little"))
    _write(root / "training/features/hog324-p1.features", b"".join(records))
    _write(root / "training/lock", json.dumps({"run_dir": "training/runs/2026"}).encode())
    people = [
        {
            "participant": code,
            "consent": ["face", "train"],
            "form_version": "1",
            "source": run.relative_to(root).as_posix(),
            "sha256": "0" * 64,
            "simulated": False,
        }
        for code, run in runs.items()
    ]
    facts = {
        "model": "m-01",
        "made_utc": "2026-11-22T12:00:00Z",
        "classes": ["Happy_S", "Stress_S"],
        "features": "hog",
        "simulated": False,
        "validations": [],
        "people": people,
        "left_out": [{"participant": code, "what": "", "reason": "no GSR"} for code in runs],
    }
    rows = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} Happy_S {code}"
        f" {path.relative_to(root).as_posix()}\n"
        for code, paths in images.items()
        for path in paths
    ]
    model = root / "models/m-01"
    _write(model / "model.json", json.dumps(facts, indent=2).encode())
    _write(model / "images.txt", "".join(rows).encode())
    _write(model / "card.md", "".join(f"| {code} | face, train; 1 |\n" for code in runs).encode())
    training = root / "training/runs/2026-11-22T120000"
    _write(training / "request.json", b"{}")
    _write(training / "dataset.json", json.dumps({"people": people}).encode())
    _write(training / "stages/1.json", json.dumps({"per_person": list(runs)}).encode())
    _write(
        training / "journal.jsonl",
        json.dumps({"t_s": 1, "event": "data", "participants": list(runs)}).encode() + b"\n",
    )


def _write_others(root: Path) -> None:
    line = f'{{"run": "sessions/{GONE}/{SESSIONS[0]}/run-01", "mean": {LEVELS_US[GONE]}}}\n'
    _write(root / "derived/gsr-figures.jsonl", line.encode())
    _write(root / "recorder.lock", f'{{"what": "the recording of {GONE}"}}\n'.encode())
    _write(root / "exports/values.csv", f"participant,happy\n{GONE},6.2\n".encode())
    _write(root / "exports/results.txt", b"n = 3, Z = -1.6\n")
    _write(root / "exports/films.tar", b"\0\x07" + f"sub-{GONE}/beh".encode() + b"\0")
    _write(root / "exports/secret.tar.age", b"age-encryption.org/v1 \x01\x02")
    facts = {
        "id": "0123abcd",
        "name": "films",
        "file": "bundle.tar",
        "sha256": "0" * 64,
        "content_sha256": "0" * 64,
        "signer": None,
        "trusted_as": None,
        "level": "full",
        "simulated": False,
        "imported_utc": "2026-11-01T09:00:00Z",
        "operator": "ana",
        "participants": {"X01": GONE, "Y02": "S03"},
    }
    _write(root / "imported/0123abcd/import.json", json.dumps(facts).encode())
    _write(root / "imported/0123abcd/bundle.tar", b"sub-X01" + face_of(GONE))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def files_with(root: Path, needle: bytes) -> list[str]:
    """Return every file of a store that holds some bytes, or has them in its path."""
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*"))
        if needle in path.relative_to(root).as_posix().encode()
        or (path.is_file() and needle in path.read_bytes())
    ]


def needles(root: Path) -> list[bytes]:
    """Return what S02's files hold and nobody else's do: each face, rows of GSR, their note."""
    faces = {path.read_bytes() for path in (root / "sessions" / GONE).rglob("*_face.jpg")}
    rows: set[bytes] = set()
    for path in (root / "sessions" / GONE).rglob("gsr.csv"):
        rows |= {b",".join(row.split(b",")[3:5]) for row in path.read_bytes().splitlines()[1:]}
    for path in (root / "sessions").glob("S0[13]/**/gsr.csv"):
        rows -= {b",".join(row.split(b",")[3:5]) for row in path.read_bytes().splitlines()[1:]}
    assert faces
    assert rows
    return [*faces, *rows, NOTE.encode()]
