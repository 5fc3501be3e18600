"""Looking at the camera of a running recording: seen, and nowhere kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.errors import MalformedRecord, RecorderError
from femo_tui.model.records import Box
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.client import RecorderClient, active_run
from femo_tui.recorder.peephole import Peephole
from femo_tui.recorder.wire import PictureReply, picture_asked
from tests.support.femo import Femo, run_events, wait_until

SMALL = Thumbnail(3.25, 4, 2, bytes(range(0, 256, 32)), Box(1, 0, 2, 2))


class Camera:
    """A camera that remembers whether it was told to make pictures."""

    def __init__(self) -> None:
        self.told: list[bool] = []
        self.thumbnail: Thumbnail | None = None

    def set_thumbnail(self, on: bool) -> None:
        self.told.append(on)
        self.thumbnail = SMALL if on else None


def test_it_opens_with_the_first_look_and_closes_when_nobody_looks_any_more() -> None:
    camera = Camera()
    peephole = Peephole(camera, open_for_s=0.2)
    assert peephole.look() == SMALL
    assert peephole.look() == SMALL
    assert camera.told == [True]
    wait_until(lambda: camera.told == [True, False], "the peephole to close")
    assert peephole.look() == SMALL
    peephole.close()
    assert camera.told == [True, False, True, False]
    assert peephole.look() is None


def test_a_picture_goes_over_the_wire_as_it_is() -> None:
    reply = PictureReply(7, SMALL)
    assert PictureReply.from_line(reply.to_line()) == reply
    assert picture_asked(b'{"id": 7, "command": "picture"}\n') == 7
    assert picture_asked(b'{"id": 7, "command": "mark", "operator": "ada"}\n') is None
    with pytest.raises(MalformedRecord):
        Thumbnail.from_json({**SMALL.to_json(), "width": 5})


def test_a_running_recording_shows_its_camera_and_keeps_nothing_of_it(
    femo: Femo, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir, look = _recording(femo, monkeypatch, consent="gsr,face")
    shown: list[Thumbnail] = []

    def seen() -> bool:
        picture = look.picture()
        if picture is not None and picture not in shown:
            shown.append(picture)
        return len(shown) >= 3

    wait_until(seen, "three pictures")
    femo.ok("stop")
    assert (shown[0].width, shown[0].height) == (48, 36)
    assert any(picture.box is not None for picture in shown)
    wait_until(lambda: femo.json("status")["state"] == "idle", "the run to end")
    assert [marker["command"] for marker in run_events(run_dir, "marker")] == ["stop"]
    for file in ("run.jsonl", "recorder.log", "recorder.json"):
        text = (run_dir / file).read_text("utf-8")
        assert all(word not in text for word in ('"picture"', "grey", "thumbnail"))


def test_without_consent_to_face_there_is_no_picture(
    femo: Femo, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, look = _recording(femo, monkeypatch, consent="gsr")
    with pytest.raises(RecorderError, match="S01 did not consent to face"):
        look.picture()
    femo.ok("abort")
    wait_until(lambda: femo.json("status")["state"] == "idle", "the run to end")


def _recording(
    femo: Femo, monkeypatch: pytest.MonkeyPatch, *, consent: str
) -> tuple[Path, RecorderClient]:
    femo.ok("participant", "add", "S01", "--consent", consent)
    devices = ("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim")
    request = ("--participant", "S01", "--protocol", "quick", *devices)
    femo.ok("record", *request, "--auto", "--detach")
    monkeypatch.setenv("FEMO_STATE_DIR", femo.env["FEMO_STATE_DIR"])
    active = active_run(femo.store)
    assert active is not None
    assert active.run_dir is not None
    return active.run_dir, RecorderClient(active.socket_path, "ada")
