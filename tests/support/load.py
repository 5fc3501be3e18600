"""One real recording under full load: a fast sensor, a fast camera, a film and a console."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import pty
import statistics
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from tests.support.face_video import make_face_video
from tests.support.femo import Femo, run_events, wait_until
from tests.support.needed import need
from tests.support.paced_sensor import paced_sensor, read_log
from tests.support.processes import Cost, cost_of
from tests.support.stamps import (
    FrameFigures,
    SampleFigures,
    frame_figures,
    lateness_p99_ms,
    number_of_framed,
    sample_figures,
)
from tests.support.xvfb import xvfb_display

CORES = 2
SENSOR_HZ = 1000
CAMERA_FPS = 30
FILM_FPS = 25
SETTLE_S = 1.0
WINDOW_S = 30.0  # the study's
FACES_S = 8  # length of the camera's film, which is looped
LOOK_EVERY_S = 0.5

_PROTOCOL = """
name = "load"
title = "Films and nothing else"
languages = ["en"]
camera_fps = {fps}

[[step]]
name = "settle"
kind = "settle"
duration_s = {settle_s}
"""
_CLIP = """
[[step]]
name = "film-{number}"
kind = "clip"
duration_s = {film_s}
emotion = "neutral"
elicitation = "S"
media = "film.mp4"
window = {{ start_s = {onset_s}, duration_s = {window_s} }}
"""


@dataclass(frozen=True, slots=True)
class Span:
    """What the processes cost from the first window to the end of the run."""

    seconds: float
    recorder: list[Cost]  # each half second; its child is the camera's process
    console: list[Cost]
    console_painted_bytes: int

    @property
    def recorder_cores(self) -> float:
        return (self.recorder[-1].cpu_s - self.recorder[0].cpu_s) / self.seconds

    @property
    def console_cores(self) -> float:
        return (self.console[-1].cpu_s - self.console[0].cpu_s) / self.seconds

    @property
    def console_bytes_per_s(self) -> float:
        return self.console_painted_bytes / self.seconds


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was sent, what is stored, and what it cost."""

    said: dict[str, Any]  # what `femo record --json` ends with
    samples: SampleFigures
    sensor_late_p99_ms: float  # the stand-in's own lateness: what the machine does to anybody
    frames: FrameFigures
    span: Span
    film_played_s: float
    film_declared_s: float
    windows: int
    warnings: list[str]  # of the devices


def record_under_load(base: Path, film_s: float, films: int = 1) -> LoadReport:
    """Record `films` times a film of `film_s` seconds, on two cores, in a folder that is empty."""
    femo = Femo(base / "home", base / "store")
    femo.home.mkdir()
    protocol = _write_protocol(base, film_s, films)
    faces = make_face_video(base / "faces.avi", FACES_S, CAMERA_FPS)
    femo.ok("participant", "add", "S01", "--consent", "all")
    log = base / "sent.bin"
    with ExitStack() as at_end:
        at_end.enter_context(_on_two_cores())
        display = at_end.enter_context(xvfb_display())
        port = at_end.enter_context(paced_sensor(SENSOR_HZ, "framed", log))
        recorder = at_end.enter_context(
            femo.started(
                *("record", "--participant", "S01", "--protocol", str(protocol), "--auto"),
                *("--gsr", f"serial:{port}?baud=500000&format=femo"),
                *("--camera", f"video:{faces}?loop=1", "--json"),
                *("--player", f"mpv?display={display}&vo=x11&audio=no"),
            )
        )
        run_dir = _run_dir(femo.store, recorder)
        console = at_end.enter_context(_Console(femo))
        span = _watch(recorder.pid, run_dir, console)
        said = json.loads(recorder.communicate(timeout=120)[0].splitlines()[-1])
    events = run_events(run_dir)
    sent_s = read_log(log)
    return LoadReport(
        said=said,
        samples=sample_figures(run_dir, sent_s, number_of_framed),
        sensor_late_p99_ms=lateness_p99_ms(sent_s, SENSOR_HZ),
        frames=frame_figures(run_dir, CAMERA_FPS),
        span=span,
        film_played_s=sum(e.get("media_played_s") or 0.0 for e in events),
        film_declared_s=film_s * films,
        windows=films,
        warnings=[e["text"] for e in events if e["event"] == "device" and e["severity"] != "info"],
    )


Figure: TypeAlias = float | str | list[float]


def figures(report: LoadReport) -> dict[str, Figure]:
    """Return all that a bench prints, names with units."""
    said, span = report.said, report.span
    recorder, console = span.recorder, span.console
    return {
        "status": said["status"],
        "recorded_s": said["duration_s"],
        "samples_sent": report.samples.sent,
        "samples_stored": report.samples.stored,
        "samples_missing": report.samples.missing,
        "samples_twice": report.samples.twice,
        "gsr_lost": said["gsr_lost"],
        "gsr_rejected_lines": said["gsr_rejected_lines"],
        "stamp_error_median_ms": round(report.samples.stamp_error_median_ms, 3),
        "stamp_error_p99_ms": round(report.samples.stamp_error_p99_ms, 3),
        "stamp_error_max_ms": round(report.samples.stamp_error_max_ms, 3),
        "sensor_late_p99_ms": round(report.sensor_late_p99_ms, 3),
        "frames": report.frames.stored,
        "frames_missing": report.frames.missing,
        "frames_dropped": said["frames_dropped"],
        "frames_with_face": report.frames.with_face,
        "windows_accepted": said["windows_accepted"],
        "windows": report.windows,
        "film_played_s": round(report.film_played_s, 3),
        "film_declared_s": report.film_declared_s,
        "recorder_cores": round(span.recorder_cores, 3),
        "console_cores": round(span.console_cores, 3),
        "console_bytes_per_s": round(span.console_bytes_per_s),
        **_memory("recorder", [cost.rss_mb for cost in recorder]),
        **_memory("camera", [cost.children_rss_mb for cost in recorder]),
        **_memory("console", [cost.rss_mb for cost in console]),
        "device_warnings": "; ".join(report.warnings),
    }


def _memory(of: str, rss_mb: list[float]) -> dict[str, Figure]:
    """Return memory at the begin, at the end, and its median in each tenth of the time between."""
    edges = [len(rss_mb) * tenth // 10 for tenth in range(11)]
    tenths = [rss_mb[a:b] for a, b in itertools.pairwise(edges) if a < b]
    return {
        f"{of}_rss_begin_mb": round(rss_mb[0], 1),
        f"{of}_rss_end_mb": round(rss_mb[-1], 1),
        f"{of}_rss_tenths_mb": [round(statistics.median(tenth), 1) for tenth in tenths],
    }


def _write_protocol(base: Path, film_s: float, films: int) -> Path:
    """Write a protocol and its film, in which every frame is another."""
    need("ffmpeg")
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi"),
            *("-i", f"testsrc=size=640x360:rate={FILM_FPS}:duration={film_s}"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
            str(base / "film.mp4"),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    window_s = min(WINDOW_S, film_s - 2)
    onset_s = (film_s - window_s) / 2
    text = _PROTOCOL.format(fps=CAMERA_FPS, settle_s=SETTLE_S)
    for number in range(1, films + 1):
        text += _CLIP.format(number=number, film_s=film_s, onset_s=onset_s, window_s=window_s)
    path = base / "load.toml"
    path.write_text(text, "utf-8")
    return path


def _run_dir(store: Path, recorder: subprocess.Popen[str]) -> Path:
    """Wait for the run's folder and its first step; say what the recorder said if there is none."""
    found: list[Path] = []

    def begun() -> bool:
        if recorder.poll() is not None:
            raise AssertionError(f"the recorder ended at once: {recorder.communicate()}")
        found[:] = store.glob("sessions/*/*/run-*/gsr.csv")
        return bool(found) and _has(found[0].parent, "step_start")

    wait_until(begun, "the run's first step")
    return found[0].parent


def _has(run_dir: Path, event: str) -> bool:
    return f'"event":"{event}"' in (run_dir / "run.jsonl").read_text("utf-8").replace(" ", "")


def _watch(recorder_pid: int, run_dir: Path, console: _Console) -> Span:
    """Look at what the processes cost until the run has ended."""
    wait_until(lambda: _has(run_dir, "window_start"), "the first window")
    wait_until(lambda: console.painted > 0, "the console's first paint")
    begun_s, painted = time.monotonic(), console.painted
    recorder, console_costs = [], []
    last_s = begun_s
    while not _has(run_dir, "run_stop"):
        now = cost_of(recorder_pid), cost_of(console.pid)
        if now[0] is not None and now[1] is not None:
            recorder.append(now[0])
            console_costs.append(now[1])
            last_s = time.monotonic()
        time.sleep(LOOK_EVERY_S)
    return Span(last_s - begun_s, recorder, console_costs, console.painted - painted)


class _Console:
    """`femo` on a terminal of 120×40 that is read as fast as it paints."""

    def __init__(self, femo: Femo) -> None:
        self.painted = 0  # bytes
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execve(femo.command()[0], femo.command(), {**femo.env, "TERM": "xterm-256color"})
        rows_and_columns = struct.pack("HHHH", 40, 120, 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, rows_and_columns)
        self._reading = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> _Console:
        self._reading.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        self._reading.join()
        os.close(self._terminal)

    def _read(self) -> None:
        try:
            while chunk := os.read(self._terminal, 65536):
                self.painted += len(chunk)
        except OSError:
            pass  # the console has ended


@contextmanager
def _on_two_cores() -> Iterator[None]:
    """Keep this process, and all it starts, on two cores."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(all_cores)[:CORES]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
