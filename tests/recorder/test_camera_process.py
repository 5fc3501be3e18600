"""The camera's process, its end at the recorder, and what neither may do to the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import psutil
import pytest

from femo_tui.devices.base import DeviceInfo, Record
from femo_tui.errors import DeviceError
from femo_tui.model.clock import HostClock
from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.records import DeviceEvent, Frame, Severity
from femo_tui.recorder.camera_link import CameraLink
from femo_tui.recorder.camera_messages import FromCamera, Quit, Start, ToCamera
from femo_tui.recorder.camera_process import CameraService
from tests.support.face_video import face_images, make_face_video, write_video
from tests.support.inbox import CollectingInbox

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.alone  # frames are counted against the clock


def _frames(records: Sequence[Record]) -> list[Frame]:
    return [record for record in records if isinstance(record, Frame)]


def _names(records: Sequence[Record]) -> list[str]:
    return [record.name for record in records if isinstance(record, DeviceEvent)]


@pytest.fixture
def links() -> Iterator[list[CameraLink]]:
    """Return a list of links that are closed at the end."""
    opened: list[CameraLink] = []
    yield opened
    for link in opened:
        link.close()


def _gone(pid: int, timeout_s: float = 10) -> bool:
    """Wait until a process has ended; an orphan may stay as a zombie."""
    give_up_s = time.monotonic() + timeout_s
    while time.monotonic() < give_up_s:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)  # another process' child: nothing to wait on
    return False


def test_frames_with_faces_arrive_stamped_by_this_hosts_clock(links: list[CameraLink]) -> None:
    link, inbox = CameraLink("sim:3", 10), CollectingInbox()
    links.append(link)
    info = link.open()
    begun_s = HostClock().now_s()
    link.start(inbox)
    frames = _frames(inbox.wait_for(lambda records: len(_frames(records)) >= 12))
    ended_s = HostClock().now_s()
    assert (info.simulated, info.rate_hz) == (True, 10)
    assert all(begun_s - 0.2 <= frame.t_s <= ended_s for frame in frames)
    assert sum(frame.faces == 1 and frame.face_jpeg is not None for frame in frames) >= 11
    pid = link.pid
    assert pid is not None
    assert psutil.Process(pid).nice() >= 5
    link.close()
    assert _gone(pid)


def test_a_filmed_face_is_found_at_the_asked_rate(links: list[CameraLink], tmp_path: Path) -> None:
    film = make_face_video(tmp_path / "face.avi", 2, size=(480, 320))
    link, inbox = CameraLink(f"video:{film}?loop=1", 10), CollectingInbox()
    links.append(link)
    info = link.open()
    link.start(inbox)
    frames = _frames(inbox.wait_for(lambda records: len(_frames(records)) >= 30))
    assert (info.simulated, info.rate_hz) == (False, 10)
    assert sum(frame.faces == 1 and frame.eyes == 2 for frame in frames) >= 28
    assert frames[29].t_s - frames[0].t_s == pytest.approx(2.9, abs=0.4)
    assert _names(inbox.records) == []


def test_nothing_arrives_before_the_start(links: list[CameraLink]) -> None:
    link, inbox = CameraLink("sim:3", 10), CollectingInbox()
    links.append(link)
    link.open()
    time.sleep(1)  # the operator reads the pre-flight
    started_s = HostClock().now_s()
    link.start(inbox)
    first = _frames(inbox.wait_for(lambda records: len(_frames(records)) >= 1))[0]
    assert first.t_s >= started_s - 0.2


def test_a_camera_that_cannot_be_opened_is_told_in_its_own_words() -> None:
    for uri, told in (
        ("video:/nowhere/film.avi", "film.avi does not exist"),
        ("camera:97", "camera 97 can't be opened"),
        ("none", "is no camera"),
    ):
        link = CameraLink(uri, 10)
        with pytest.raises(DeviceError, match=told):
            link.open()
        assert link.pid is not None
        assert _gone(link.pid)
        link.close()


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_camera_process_that_dies_is_told_and_started_again(
    links: list[CameraLink], blow: signal.Signals
) -> None:
    link, inbox = CameraLink("sim:3", 10), CollectingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    inbox.wait_for(lambda records: len(_frames(records)) >= 2)
    first_pid = link.pid
    assert first_pid is not None
    os.kill(first_pid, blow)
    records = inbox.wait_for(lambda r: _names(r)[-1:] == ["camera_reopened"] and _frames(r) != [])
    died, reopened = [record for record in records if isinstance(record, DeviceEvent)]
    assert died.name == "camera_process_died"
    assert died.severity is Severity.LOSS
    assert died.detail["exit"] == blow.name
    assert link.pid != first_pid
    before = [frame.t_s for frame in _frames(records) if frame.t_s < died.t_s]
    assert reopened.detail["gap_s"] == pytest.approx(reopened.t_s - before[-1], abs=0.001)
    count = len(_frames(records))
    inbox.wait_for(lambda r: len(_frames(r)) > count + 2)


def test_a_camera_process_that_stands_still_is_ended_and_started_again(
    links: list[CameraLink],
) -> None:
    link, inbox = CameraLink("sim:3", 10, stuck_after_s=2.5), CollectingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    inbox.wait_for(lambda records: len(_frames(records)) >= 2)
    first_pid = link.pid
    assert first_pid is not None
    os.kill(first_pid, signal.SIGSTOP)
    records = inbox.wait_for(lambda r: _names(r)[-1:] == ["camera_reopened"] and _frames(r) != [])
    assert _names(records) == ["camera_stuck", "camera_process_died", "camera_reopened"]
    assert link.pid != first_pid
    assert _gone(first_pid)


def _smiles(frame: Frame) -> bool:
    """Tell an open, laughing mouth by its share of dark pixels: 0.09 so, 0.03 at rest."""
    import cv2

    if frame.face_jpeg is None:
        return False
    face = cv2.imdecode(np.frombuffer(frame.face_jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert face is not None
    mouth = cv2.resize(face, (100, 100))[65:92, 25:75]
    return float(np.mean(mouth < 70)) > 0.07


def test_a_cue_reaches_the_face_also_in_a_process_started_again(links: list[CameraLink]) -> None:
    link, inbox = CameraLink("sim:3", 10), CollectingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    frames = _frames(inbox.wait_for(lambda records: len(_frames(records)) >= 3))
    assert not any(_smiles(frame) for frame in frames)
    link.cue(Condition("happy", Elicitation.ACTED))
    inbox.wait_for(lambda records: any(_smiles(frame) for frame in _frames(records)[-1:]))
    assert link.pid is not None
    os.kill(link.pid, signal.SIGKILL)
    count = len(inbox.wait_for(lambda records: "camera_reopened" in _names(records)))
    inbox.wait_for(lambda records: any(_smiles(frame) for frame in _frames(records[count:])[-1:]))


def test_thumbnails_come_while_asked_for(links: list[CameraLink]) -> None:
    link, inbox = CameraLink("sim:3", 10), CollectingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    link.set_thumbnail(True)
    inbox.wait_for(lambda records: len(records) > 10)
    thumbnail = link.thumbnail
    assert thumbnail is not None
    assert (thumbnail.width, thumbnail.height, len(thumbnail.grey)) == (48, 36, 48 * 36)
    assert len(set(thumbnail.grey)) > 30
    assert thumbnail.box is not None
    assert 10 < thumbnail.box.x < thumbnail.box.x + thumbnail.box.w < 38
    link.set_thumbnail(False)
    count = len(inbox.records)
    inbox.wait_for(lambda records: len(records) > count + 8)
    assert link.thumbnail is None


def test_the_camera_process_ends_when_its_recorder_is_killed() -> None:
    code = (
        "import sys, time; from femo_tui.recorder.camera_link import CameraLink;"
        "link = CameraLink('sim:1', 10); link.open(); print(link.pid, flush=True);"
        "time.sleep(60)"
    )
    recorder = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert recorder.stdout is not None
    pid = int(recorder.stdout.readline())
    assert psutil.pid_exists(pid)
    recorder.kill()
    recorder.wait()
    recorder.stdout.close()
    assert _gone(pid)


def test_an_interrupt_at_the_terminal_does_not_end_it(links: list[CameraLink]) -> None:
    link, inbox = CameraLink("sim:1", 10), CollectingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    assert link.pid is not None
    os.kill(link.pid, signal.SIGINT)
    inbox.wait_for(lambda records: len(_frames(records)) >= 5)
    assert _names(inbox.records) == []


def test_frozen_and_black_spells_of_a_film_are_told_and_then_its_end(
    links: list[CameraLink], tmp_path: Path
) -> None:
    def images() -> Iterator[Image]:
        moving = list(face_images(30, 20))
        dark = np.random.default_rng(1).integers(0, 3, (40, 480, 720, 3), dtype=np.uint8)
        yield from moving
        yield from [moving[-1]] * 34
        yield from moving
        yield from dark[:26]
        yield from moving

    film = write_video(tmp_path / "spells.avi", images(), 20)
    link, inbox = CameraLink(f"video:{film}", 10), CollectingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    records = inbox.wait_for(lambda r: "camera_ended" in _names(r), 30)
    events = [record for record in records if isinstance(record, DeviceEvent)]
    assert [(event.name, event.detail.get("was")) for event in events] == [
        ("camera_frozen", None),
        ("camera_recovered", "camera_frozen"),
        ("camera_black", None),
        ("camera_recovered", "camera_black"),
        ("camera_ended", None),
    ]
    assert events[1].detail["gap_s"] == pytest.approx(1.75, abs=0.4)
    assert events[3].detail["gap_s"] == pytest.approx(1.3, abs=0.4)


class _StallingInbox(CollectingInbox):
    """Takes nothing more from the first frame on, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.stalled = threading.Event()
        self.go_on = threading.Event()

    def put(self, record: Record) -> None:
        super().put(record)
        if isinstance(record, Frame):
            self.stalled.set()
            self.go_on.wait(30)


def test_frames_that_the_recorder_does_not_take_are_dropped_and_counted(
    links: list[CameraLink],
) -> None:
    fps = 60
    link, inbox = CameraLink(f"sim:1?fps={fps}", fps), _StallingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    assert inbox.stalled.wait(10)
    time.sleep(2.5)  # far more than the socket and the outbox hold
    inbox.go_on.set()
    records = inbox.wait_for(lambda r: "frames_dropped" in _names(r))
    inbox.wait_for(lambda r: len(r) > len(records) + 5)
    (dropped,) = inbox.named("frames_dropped")
    assert dropped.severity is Severity.LOSS
    times = [frame.t_s for frame in _frames(inbox.records)]
    assert times == sorted(times)
    before = max(t for t in times if t < dropped.t_s)
    missing = round((dropped.t_s - before) * fps) - 1
    count = dropped.detail["count"]
    assert isinstance(count, int)
    # On a busy machine the simulation itself leaves frames out, which nobody dropped.
    assert 0.5 * missing <= count <= missing


class _BlockingCamera:
    """A camera whose read gives one image and then does not come back, as a driver may."""

    dropped = 0

    def __init__(self) -> None:
        self.back = threading.Event()
        self._given = False

    def open(self) -> DeviceInfo:
        return DeviceInfo("camera:test", "blocking", False, 10)

    def read(self) -> tuple[float, Image] | None:
        if self._given:
            self.back.wait(30)
        self._given = True
        return HostClock().now_s(), np.full((480, 720, 3), 99, dtype=np.uint8)

    def cue(self, condition: Condition | None) -> None: ...

    def close(self) -> None: ...


class _UnpluggedCamera(_BlockingCamera):
    """A camera whose read fails after five images, and works again once it was opened anew."""

    def __init__(self) -> None:
        super().__init__()
        self._images = np.random.default_rng(1)
        self._left = 5

    def open(self) -> DeviceInfo:
        return DeviceInfo("camera:test", "camera test", False, 10)

    def read(self) -> tuple[float, Image] | None:
        HostClock().sleep_until(HostClock().now_s() + 0.1)
        self._left -= 1
        if self._left == 0:
            raise DeviceError("camera test stopped giving images: plug it in again")
        image = self._images.integers(90, 130, (480, 720, 3), dtype=np.uint8)
        return HostClock().now_s(), image


def test_a_camera_that_fails_is_opened_again_and_the_gap_told() -> None:
    ours, theirs = Pipe()
    near = cast("Connection[ToCamera, FromCamera]", ours)
    far = cast("Connection[FromCamera, ToCamera]", theirs)
    service = CameraService(far, _UnpluggedCamera(), HostClock())
    serving = threading.Thread(target=service.serve)
    serving.start()
    near.send(Start())
    heard: list[Frame | DeviceEvent] = []
    while heard[-2:-1] == [] or getattr(heard[-2], "name", "") != "camera_reopened":
        assert near.poll(10)
        message = near.recv()
        if isinstance(message, Frame | DeviceEvent):
            heard.append(message)
    near.send(Quit())
    serving.join(5)
    near.close()
    events = [record for record in heard if isinstance(record, DeviceEvent)]
    assert [event.name for event in events] == ["camera_lost", "camera_silent", "camera_reopened"]
    assert "plug it in again" in events[0].text
    before_s, after_s = [record.t_s for record in heard if isinstance(record, Frame)][-2:]
    assert before_s < events[0].t_s < after_s
    assert events[2].detail["gap_s"] == pytest.approx(after_s - before_s, abs=0.001)


def test_a_film_that_has_ended_is_not_taken_for_stuck(
    links: list[CameraLink], tmp_path: Path
) -> None:
    film = write_video(tmp_path / "short.mp4", face_images(5), 10)
    link, inbox = CameraLink(f"video:{film}", 10, stuck_after_s=2.0), CollectingInbox()
    links.append(link)
    link.open()
    link.start(inbox)
    inbox.wait_for(lambda records: "camera_ended" in _names(records))
    first_pid = link.pid
    HostClock().sleep_until(HostClock().now_s() + 3.5)
    assert (link.pid, _names(inbox.records)[-1]) == (first_pid, "camera_ended")


def test_a_read_that_blocks_hinders_neither_the_alarm_nor_the_end() -> None:
    ours, theirs = Pipe()
    near = cast("Connection[ToCamera, FromCamera]", ours)
    far = cast("Connection[FromCamera, ToCamera]", theirs)
    camera = _BlockingCamera()
    service = CameraService(far, camera, HostClock())
    serving = threading.Thread(target=service.serve)
    serving.start()
    near.send(Start())
    frame_s = silent = None
    while silent is None and near.poll(10):
        message = near.recv()
        if isinstance(message, Frame):
            frame_s = message.t_s
        elif isinstance(message, DeviceEvent):
            silent = message
    assert silent is not None
    assert silent.name == "camera_silent"
    assert frame_s is None or silent.t_s - frame_s < 1.5  # 1 s, and room for a busy machine
    assert not near.poll(1.5)  # no sign of life either: its recorder ends it after a while
    near.send(Quit())
    serving.join(5)
    ended = not serving.is_alive()
    camera.back.set()
    near.close()
    assert ended
