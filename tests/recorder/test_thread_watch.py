"""A thread of the recorder that ends by a defect: the run says so, and its log why."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from femo_tui.model.records import DeviceEvent, PlayerEvent, PlayerMoment, Stream
from femo_tui.recorder.inbox import HostInbox, Item
from femo_tui.recorder.log import log
from femo_tui.recorder.thread_watch import threads_watched
from tests.devices.gsr_wire import stream
from tests.support.femo import Femo, run_events
from tests.support.pty_sensor import PtySensor

# femo with a defect in its reading of the sensor's third line.
_DEFECTIVE = """
import sys
from femo_tui.cli import main
from femo_tui.devices.gsr_lines import LineReader
feed = LineReader.feed
def defective(self, chunk, t_s):
    found = feed(self, chunk, t_s)
    if any(getattr(one, "seq", None) == 2 for one in found):
        raise ZeroDivisionError("made for a test")
    return found
LineReader.feed = defective
sys.argv[0] = "femo"
main()
"""
_REST = """
name = "rest"
title = "A rest"
languages = ["en"]

[[step]]
name = "rest"
kind = "rest"
duration_s = 2
"""


def test_a_sensor_that_is_read_no_more_is_named_in_the_run(femo: Femo, tmp_path: Path) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    protocol = tmp_path / "rest.toml"
    protocol.write_text(_REST, "utf-8")
    with PtySensor(tmp_path) as pty:
        asked = ("record", "--participant", "S01", "--protocol", str(protocol), "--auto")
        devices = ("--gsr", f"serial:{pty.link}", "--camera", "none", "--player", "sim")
        recorder = subprocess.Popen(
            [sys.executable, "-c", _DEFECTIVE, *asked, *devices],
            env=femo.env,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        pty.write(b"".join(stream(0, 2)))
        pty.write(b"".join(stream(2, 2)))
        assert recorder.wait(30) == 0
        recorder.stderr.close()
    [failed] = [e for e in run_events(run_dir, "device") if e["name"] == "reader_failed"]
    assert (failed["stream"], failed["severity"]) == ("gsr", "loss")
    assert "ZeroDivisionError: made for a test" in failed["text"]
    told = (run_dir / "recorder.log").read_text("utf-8")
    assert "Traceback" in told
    assert "in defective" in told


def _failing(name: str, inbox: HostInbox) -> list[Item]:
    """Let a thread of this name fail, and return what the engine is told."""

    def fail() -> None:
        raise ZeroDivisionError("made for a test")

    with threads_watched(inbox):
        thread = threading.Thread(target=fail, name=name)
        thread.start()
        thread.join()
    found: list[Item] = []
    while (item := inbox.take(inbox.clock.now_s() + 0.05)) is not None:
        found.append(item)
    return found


def test_a_screen_that_is_heard_no_more_is_opened_again() -> None:
    note, moment = _failing("femo-player", HostInbox())
    assert isinstance(note, DeviceEvent)
    assert (note.stream, note.name) == (Stream.PLAYER, "player_died")
    assert isinstance(moment, PlayerEvent)
    assert moment.moment is PlayerMoment.DIED


def test_what_reads_no_device_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    before = threading.excepthook
    with caplog.at_level("ERROR", log.name):
        assert _failing("peephole", HostInbox()) == []
    assert "thread peephole ended" in caplog.text
    assert threading.excepthook is before
