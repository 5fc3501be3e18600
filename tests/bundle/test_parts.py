"""The parts of a bundle by themselves: tar, JPEG, conductance at a rate, the layout of 2018."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.plain_jpeg import plain_jpeg
from femo_tui.bundle.outgoing.selection import ExportRequest
from femo_tui.bundle.outgoing.tar import TarWriter
from femo_tui.errors import BundleError, MalformedRecord
from tests.support.make_golden import EYES_JPEG, FACE_JPEG
from tests.support.opened import contents, unpack
from tests.support.runs import golden_in
from tests.support.shared_store import EXIF, Lab, with_metadata

FACES = Path(__file__).parents[1] / "data" / "faces"
NAMES = [
    "short.txt",
    f"{'d' * 60}/{'n' * 90}.jpg",
    f"{'d' * 150}/{'n' * 96}.jpg",  # as long as ustar has room for
    f"{'d' * 150}/{'n' * 97}.jpg",  # one more
    f"{'d/' * 90}file",
    "ä/ö.txt",
]


def test_tarfile_reads_every_name_and_size() -> None:
    """Python's own reader stands for others: names short, long, too long for ustar, not ASCII."""
    out = io.BytesIO()
    writer = TarWriter(out, "top")
    for size, name in enumerate(NAMES):
        writer.add(name, b"x" * size)
    writer.add_pieces("zz", lambda: [b"y" * 700_000] * 10)  # too large to be held at once
    writer.close()
    assert len(out.getvalue()) % 10_240 == 0
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        found = {member.name: member for member in tar}
        assert list(found) == [f"top/{name}" for name in [*NAMES, "zz"]]
        for size, name in enumerate(NAMES):
            member = found[f"top/{name}"]
            assert (member.size, member.mode, member.mtime) == (size, 0o600, 0)
            assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
        last = tar.extractfile("top/zz")
        assert last is not None
        assert last.read() == b"y" * 7_000_000


def test_a_file_that_changes_while_it_is_written_is_told() -> None:
    sizes = iter((6_000_000, 5_999_999))
    writer = TarWriter(io.BytesIO(), "top")
    with pytest.raises(BundleError, match="changed while it was exported"):
        writer.add_pieces("x", lambda: [bytes(next(sizes))])


@pytest.mark.parametrize("image", [FACE_JPEG, EYES_JPEG])
def test_metadata_leaves_a_jpeg_and_the_picture_stays(image: bytes) -> None:
    loaded = with_metadata(image)
    assert all(word.encode() in loaded for word in EXIF)
    assert plain_jpeg(loaded) == image
    assert plain_jpeg(image) is image


def test_a_real_camera_picture_decodes_to_the_same_pixels() -> None:
    import cv2
    import numpy as np

    picture = next(iter(sorted(FACES.rglob("*.jpg")))).read_bytes()
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    for options in ([], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_RST_INTERVAL, 4]):
        encoded = cv2.imencode(".jpg", decoded, options)[1].tobytes()
        plain = plain_jpeg(with_metadata(encoded))
        assert plain == encoded
    again = cv2.imdecode(np.frombuffer(plain_jpeg(picture), np.uint8), cv2.IMREAD_COLOR)
    assert again is not None
    assert np.array_equal(again, decoded)


@pytest.mark.parametrize("image", [b"", b"\xff\xd8", b"PNG", FACE_JPEG[:40], FACE_JPEG[:-2]])
def test_what_is_no_whole_jpeg_is_told(image: bytes) -> None:
    with pytest.raises(MalformedRecord):
        plain_jpeg(image)


def golden_store(tmp_path: Path) -> Path:
    """Return a store that holds the golden run: one sample lost, one not worn."""
    from femo_tui.model.participants import Consent, Participant, Scope
    from femo_tui.store.catalog import Catalog

    root = tmp_path / "golden"
    golden_in(root)
    with Catalog.open(root) as catalog:
        consent = Consent(frozenset(Scope), "1", "2026-11-22T10:00:00Z")
        catalog.add_participant(Participant("S01", 34, None, "", consent, ""), "ana")
        catalog.reindex()
    return root


def test_a_gap_keeps_its_place_and_is_never_filled(tmp_path: Path) -> None:
    """The golden run, by hand: 5 Hz, sample 15 not worn, sample 30 (at 6.0 s) lost on its way."""
    root = golden_store(tmp_path)
    done = export(root, tmp_path / "out.tar", ExportRequest(encrypt=False), "ana")
    found = dict(contents(unpack(done.path, tmp_path / "out")))
    name = "data/sub-S01/ses-01/beh/sub-S01_ses-01_task-golden_run-01_physio"
    facts = json.loads(found[f"{name}.json"])
    rows = [line.split("\t") for line in found[f"{name}.tsv.gz"].decode().splitlines()]
    assert facts["SamplingFrequency"] == 5.0
    assert facts["StartTime"] == 0.0
    assert len(rows) == 41
    assert rows[15] == ["3.000000", "n/a", "0.0", "not_worn"]
    assert rows[30] == ["6.000000", "n/a", "n/a", "gap"]
    assert rows[31] == ["6.200000", "7.100000", "7.1", "ok"]
    for number, row in enumerate(rows):  # row number and time agree
        assert float(row[0]) == pytest.approx(number / facts["SamplingFrequency"], abs=1e-6)
    assert facts["Simulated"]


def test_the_gzip_has_no_name_and_no_time(tmp_path: Path) -> None:
    done = export(golden_store(tmp_path), tmp_path / "a.tar", ExportRequest(encrypt=False), "ana")
    top = unpack(done.path, tmp_path / "out")
    packed = next(top.rglob("*.tsv.gz")).read_bytes()
    assert packed[3] == 0  # no name, no comment (RFC 1952)
    assert packed[4:8] == bytes(4)  # no time
    assert gzip.decompress(packed)


def test_the_layout_of_2018(lab: Lab, tmp_path: Path) -> None:
    """Folders by class, `Happy_S3_Face_012.jpg`, and CSV with the columns of the study."""
    request = ExportRequest(encrypt=False, classic=True, participants=("S01", "S02"))
    top = unpack(export(lab.root, tmp_path / "out.tar", request, "ana").path, tmp_path / "out")
    classic = top / "data/sourcedata/classic"
    assert {path.name for path in classic.iterdir()} == {
        *("Happy_S", "Happy_A", "Neutral_S", "Neutral_A", "Stress_S")
    }
    happy = sorted(path.name for path in (classic / "Happy_S").iterdir())
    assert happy == [
        "Happy_S01.csv",
        *(f"Happy_S01_Eyes_{n:03d}.jpg" for n in range(1, 7)),
        *(f"Happy_S01_Face_{n:03d}.jpg" for n in range(1, 7)),
        "Happy_S02.csv",  # who shares no faces
    ]
    with (classic / "Happy_S/Happy_S01.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["Timestamp", "ID", "Emotion", "GSR", "Picture number"]
    assert len(rows) == 30  # 3 s at 10 Hz
    assert {(row["ID"], row["Emotion"]) for row in rows} == {("S01", "Happy")}
    assert [row["Picture number"] for row in rows] == [str(n // 5 + 1) for n in range(30)]
    with (classic / "Happy_S/Happy_S02.csv").open() as file:
        assert {row["Picture number"] for row in csv.DictReader(file)} == {""}
