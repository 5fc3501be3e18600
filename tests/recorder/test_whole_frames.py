"""Whole frames are kept where the protocol asks for it and the participant agreed to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, parse_scopes
from femo_tui.model.records import Frame
from femo_tui.recorder.process import record
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.catalog import Catalog
from femo_tui.store.run_writer import RunWriter
from femo_tui.store.verify import verify_run
from tests.support.runs import ORIGIN_S, run_start

JPEG_BEGINS = b"\xff\xd8\xff"


def recorded(root: Path, protocol: Path, consent: str) -> Path:
    given = Consent(parse_scopes(consent), "1", "2026-11-22")
    with Catalog.open(root) as catalog:
        catalog.add_participant(Participant("S01", 30, None, "", given, "2026-11-22"), "ada")
    request = RecordRequest(
        root, "S01", str(protocol), "none", "sim:1", "sim", operator="ada", auto=True
    )
    return record(request, clock=VirtualClock()).run_dir


@pytest.fixture
def keeping(short_protocol: Path) -> Path:
    text = short_protocol.read_text("utf-8")
    short_protocol.write_text(text.replace("title =", "keep_frames = true\ntitle =", 1), "utf-8")
    return short_protocol


def test_every_frame_looked_at_is_in_the_file_in_order(tmp_path: Path, keeping: Path) -> None:
    import cv2

    run_dir = recorded(tmp_path / "store", keeping, "face,keep")
    rows = (run_dir / "frames.csv").read_text("utf-8").splitlines()[1:]
    assert (run_dir / "camera.mjpeg").read_bytes().count(JPEG_BEGINS) == len(rows) > 50
    film = cv2.VideoCapture(str(run_dir / "camera.mjpeg"))
    shown = 0
    while film.read()[0]:
        shown += 1
    assert shown == len(rows)
    assert "camera.mjpeg" in (run_dir / "manifest-sha256.txt").read_text("utf-8")
    assert (run_dir / "camera.mjpeg").stat().st_mode & 0o777 == 0o400
    assert verify_run(run_dir) == []


def grey_frame(t_s: float, level: int) -> Frame:
    import cv2
    import numpy as np

    _, jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), level, np.uint8))
    return Frame(ORIGIN_S + t_s, 0, None, 0, None, float(level), whole_jpeg=jpeg.tobytes())


@pytest.mark.parametrize("came", ["all of an image", "half of an image", "an image and a half row"])
def test_a_run_that_goes_on_after_a_crash_keeps_each_image_beside_its_row(
    tmp_path: Path, came: str
) -> None:
    """An image is written before its row, and the recorder was killed between the two."""
    import cv2

    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    for number, level in enumerate((20, 60, 100)):
        writer.frame(grey_frame(number, level), "", 0, None, save=False)
    writer.close()
    orphan = grey_frame(3.0, 250).whole_jpeg or b""
    with (tmp_path / "camera.mjpeg").open("ab") as film:
        film.write(orphan[: len(orphan) // 2] if came == "half of an image" else orphan)
    if came == "an image and a half row":
        with (tmp_path / "frames.csv").open("ab") as file:
            file.write(b"3.000000,3,,")
    again = RunWriter.resume(tmp_path, ORIGIN_S)
    again.frame(grey_frame(4.0, 140), "", 0, None, save=False)
    again.close()
    rows = [row for row in read_rows(tmp_path / "frames.csv") if len(row) == 15]
    video = cv2.VideoCapture(str(tmp_path / "camera.mjpeg"))
    shown = []
    while (read := video.read())[0]:
        shown.append(round(float(read[1].mean())))
    assert shown == [pytest.approx(float(row[12]), abs=1) for row in rows[1:]]
    assert [float(row[12]) for row in rows[1:]] == [20, 60, 100, 140]


def read_rows(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text("utf-8").splitlines()]


def test_without_consent_to_keep_only_what_windows_need_is_written(
    tmp_path: Path, keeping: Path
) -> None:
    run_dir = recorded(tmp_path / "store", keeping, "face")
    assert not (run_dir / "camera.mjpeg").exists()
    assert list(run_dir.glob("faces/*/*/*.jpg"))


def test_a_protocol_that_does_not_ask_keeps_none(tmp_path: Path, short_protocol: Path) -> None:
    run_dir = recorded(tmp_path / "store", short_protocol, "all")
    assert not (run_dir / "camera.mjpeg").exists()
