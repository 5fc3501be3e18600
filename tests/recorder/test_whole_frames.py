"""Whole frames are kept where the protocol asks for it and the participant agreed to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, parse_scopes
from femo_tui.recorder.process import record
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.catalog import Catalog
from femo_tui.store.verify import verify_run

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


def test_without_consent_to_keep_only_what_windows_need_is_written(
    tmp_path: Path, keeping: Path
) -> None:
    run_dir = recorded(tmp_path / "store", keeping, "face")
    assert not (run_dir / "camera.mjpeg").exists()
    assert list(run_dir.glob("faces/*/*/*.jpg"))


def test_a_protocol_that_does_not_ask_keeps_none(tmp_path: Path, short_protocol: Path) -> None:
    run_dir = recorded(tmp_path / "store", short_protocol, "all")
    assert not (run_dir / "camera.mjpeg").exists()
