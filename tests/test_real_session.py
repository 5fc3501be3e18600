"""A whole run on real input: a serial stream, a video with a face, films in a real player."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import CommandName
from femo_tui.recorder.client import RecorderClient, active_run
from tests.support.face_video import make_face_video
from tests.support.femo import Femo, run_events
from tests.support.xvfb import xvfb_display

# The run takes 42 s by its protocol; a machine that is busy besides may take longer to set it up.
pytestmark = [pytest.mark.alone, pytest.mark.timeout(110)]

CLASSES = {
    f"{emotion}_{elicitation}"
    for emotion in ("Neutral", "Happy", "Stress", "Boredom")
    for elicitation in ("S", "A")
}


ANSWERS = {"stress": 2, "boredom": 6, "happy": 4, "valence": 7}


class NumberedArduino:
    """A sensor on a pseudo-terminal: 10 Hz, every value another, the first line cut."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        self.port = os.ttyname(slave)
        self._slave = slave
        self._ended = threading.Event()
        self.sent: list[str] = []
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        os.write(self._master, b"7\n")  # the end of a line that began before anybody listened
        due_s = time.monotonic()
        while not self._ended.is_set():
            value = f"{300 + len(self.sent) / 100:.2f}"
            self.sent.append(value)
            os.write(self._master, f"{value}\r\n".encode())
            due_s += 0.1
            self._ended.wait(max(0.0, due_s - time.monotonic()))

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)


class Operator:
    """Types the participant's answers into the console, by the client that the console uses."""

    def __init__(self, femo: Femo) -> None:
        self._store = femo.store
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        answered: set[tuple[str, str]] = set()
        while not self._ended.wait(0.1):
            active = active_run(self._store)
            if active is None or active.run_dir is None:
                continue
            starts = run_events(active.run_dir, "step_start")
            for scale in starts[-1]["asks"] if starts else ():
                if (starts[-1]["step"], scale) not in answered:
                    args: dict[str, JsonValue] = {"scale": scale, "value": ANSWERS[scale]}
                    client = RecorderClient(active.socket_path, "ada")
                    if client.send(CommandName.RATING, args).ok:
                        answered.add((starts[-1]["step"], scale))

    def close(self) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object], list[str]]:
    """Record `quick` once; return the run folder, what femo said, what the sensor sent."""
    base = tmp_path_factory.mktemp("real")
    femo = Femo(base / "home", base / "store")
    femo.home.mkdir()
    video = make_face_video(base / "face.avi", seconds=8)
    femo.ok("participant", "add", "S01", "--age", "30", "--sex", "F", "--consent", "all")
    arduino = NumberedArduino()
    patch = pytest.MonkeyPatch()
    patch.setenv("FEMO_STATE_DIR", femo.env["FEMO_STATE_DIR"])
    operator = Operator(femo)
    try:
        with xvfb_display() as display:
            said = femo.json(
                *("record", "--participant", "S01", "--protocol", "quick", "--auto"),
                *("--gsr", f"serial:{arduino.port}?unit=adc"),
                *("--camera", f"video:{video}?loop=1"),
                *("--player", f"mpv?display={display}&vo=x11&audio=no"),
            )
    finally:
        operator.close()
        patch.undo()
        arduino.close()
    return Path(said["run_dir"]), said, arduino.sent


def test_the_run_is_complete_and_nothing_is_lost(
    recorded: tuple[Path, dict[str, object], list[str]],
) -> None:
    run_dir, said, _ = recorded
    assert said["status"] == "complete"
    assert (said["gsr_lost"], said["gsr_rejected_lines"], said["frames_dropped"]) == (0, 0, 0)
    assert said["simulated"] is False
    stop = run_events(run_dir, "run_stop")
    assert [event["status"] for event in stop] == ["complete"]


def test_every_value_that_was_sent_is_stored_once_and_in_order(
    recorded: tuple[Path, dict[str, object], list[str]],
) -> None:
    run_dir, _, sent = recorded
    rows = (run_dir / "gsr.csv").read_text("utf-8").splitlines()[1:]
    stored = [float(row.split(",")[3]) for row in rows]
    first = sent.index(f"{stored[0]:.2f}")
    assert first > 0  # the first complete line after the cut one, whenever the port was opened
    assert stored == [float(value) for value in sent[first : first + len(stored)]]
    assert len(stored) > 300  # half a minute at 10 Hz, whatever the length of quick


def test_each_step_has_its_window_and_its_faces_in_the_folder_of_its_class(
    recorded: tuple[Path, dict[str, object], list[str]],
) -> None:
    run_dir, said, _ = recorded
    verdicts = run_events(run_dir, "verdict")
    assert [(v["step"], v["verdict"], v["reason"]) for v in verdicts if v["reason"]] == []
    windows = {event["step"]: event for event in run_events(run_dir, "window_stop")}
    planned = [
        step
        for step in run_events(run_dir, "run_start")[0]["protocol"]["steps"]
        if step["window"] is not None
    ]
    assert [windows[step["name"]]["reason"] for step in planned] == ["complete"] * len(planned)
    assert said["windows_accepted"] == len(planned)
    assert {step["class"] for step in planned if step["class"]} == CLASSES
    for step in (step for step in planned if step["class"]):
        faces = list((run_dir / "faces" / step["class"] / f"{step['name']}-1").glob("*_face.jpg"))
        expected = step["window"]["duration_s"] * 10  # FPS
        assert expected * 0.7 <= len(faces) <= expected + 1


def test_the_answers_that_the_operator_typed_are_in_the_run(
    recorded: tuple[Path, dict[str, object], list[str]],
) -> None:
    run_dir, _, _ = recorded
    ratings = run_events(run_dir, "rating")
    assert {rating["source"] for rating in ratings} == {"operator"}
    assert [(r["about"], r["scale"], r["value"]) for r in ratings] == [
        (emotion, scale, ANSWERS[scale])
        for emotion in ("stress", "boredom", "happy")
        for scale in (emotion, "valence")
    ]


def test_a_stranger_finds_the_samples_of_every_window(
    recorded: tuple[Path, dict[str, object], list[str]],
) -> None:
    """The script of some 20 lines imports nothing of femo."""
    run_dir, _, _ = recorded
    script = Path(__file__).parent / "support" / "windows_by_hand.py"
    by_hand = subprocess.run(
        [sys.executable, "-I", str(script), str(run_dir)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    shown = Femo(run_dir, run_dir.parents[3]).json("show", str(run_dir))["windows"]
    lines = [line.split() for line in by_hand]
    assert [line[:4] for line in lines] == [
        [str(w[key]) for key in ("step", "attempt", "gsr_samples", "gsr_valid")] for w in shown
    ]
    means_us = [w["gsr_mean_us"] for w in shown]
    assert [float(line[4]) for line in lines] == pytest.approx(means_us, abs=1e-6)  # as printed
    assert len(by_hand) == 11


def test_the_seal_holds_for_a_stranger(
    recorded: tuple[Path, dict[str, object], list[str]],
) -> None:
    run_dir, _, _ = recorded
    checked = subprocess.run(
        ["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=run_dir, check=False
    )
    assert checked.returncode == 0
    assert (run_dir / "manifest-sha256.txt").stat().st_mode & 0o777 == 0o400
