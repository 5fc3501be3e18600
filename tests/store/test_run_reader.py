"""A run folder seen while it grows: state, steps, windows, and what cannot be read."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from femo_tui.model.events import (
    DeviceNote,
    Marker,
    Rating,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
)
from femo_tui.model.records import Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.store.lock import HeldLock
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from tests.support.runs import GOLDEN, ORIGIN_S, frame, run_start, sample


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    writer = RunWriter(tmp_path, ORIGIN_S)
    yield writer
    writer.close()


def start_step(t_s: float, step: str = "happy", attempt: int = 1) -> StepStart:
    return StepStart(t_s, step, attempt, "acted", "Happy_A", None, "a drawing")


def open_window(t_s: float, attempt: int = 1) -> WindowStart:
    return WindowStart(t_s, "happy", attempt, "Happy_A", None, 0.0)


def close_window(t_s: float, attempt: int = 1) -> WindowStop:
    return WindowStop(t_s, "happy", attempt, "Happy_A", "complete")


def lost(t_s: float, name: str, count: int, stream: Stream = Stream.GSR) -> DeviceNote:
    return DeviceNote(t_s, stream, name, Severity.LOSS, "gone", {"count": count})


def stop(t_s: float, status: RunStatus = RunStatus.COMPLETE) -> RunStop:
    return RunStop(t_s, status, "because", "u", {})


# --- state -----------------------------------------------------------------------------------


def test_a_folder_without_a_run_is_idle(tmp_path: Path) -> None:
    snapshot = RunReader(tmp_path).poll()
    assert (snapshot.state, snapshot.start, snapshot.problems) == (RunState.IDLE, None, ())
    assert RunReader(tmp_path / "gone").poll().state is RunState.IDLE


def test_a_run_without_its_first_line_is_arming(tmp_path: Path, writer: RunWriter) -> None:
    assert RunReader(tmp_path).poll().state is RunState.ARMING


def test_the_state_is_the_last_one_written(tmp_path: Path, writer: RunWriter) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    assert reader.poll().state is RunState.ARMING
    writer.event(StateChange(1.0, RunState.RUNNING))
    writer.event(StateChange(2.0, RunState.PAUSED, "a phone rang"))
    snapshot = reader.poll()
    assert (snapshot.state, snapshot.state_reason) == (RunState.PAUSED, "a phone rang")


def test_time_in_pause_is_counted_while_it_lasts(tmp_path: Path, writer: RunWriter) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    writer.event(StateChange(2.0, RunState.PAUSED))
    writer.sample(sample(5.0))
    assert reader.poll().paused_s == pytest.approx(3.0)
    writer.event(StateChange(6.0, RunState.RUNNING))
    writer.sample(sample(9.0))
    assert reader.poll().paused_s == pytest.approx(4.0)


def test_a_run_that_nobody_writes_and_that_has_no_end_is_lost(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    writer.event(StateChange(0.0, RunState.RUNNING))
    assert reader.poll().state is RunState.RUNNING
    writer.close()
    assert reader.poll().state is RunState.LOST
    again = RunWriter.resume(tmp_path, ORIGIN_S)
    assert reader.poll().state is RunState.RUNNING
    again.close()


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        (RunState.STOPPING, RunState.DONE),
        (RunState.DONE, RunState.DONE),
        (RunState.FAILED, RunState.FAILED),
    ],
)
def test_a_run_that_ended_is_never_lost(
    tmp_path: Path, writer: RunWriter, last: RunState, shown: RunState
) -> None:
    writer.event(run_start())
    writer.event(StateChange(1.0, last))
    writer.event(stop(1.0))
    writer.close()
    snapshot = RunReader(tmp_path).poll()
    assert (snapshot.state, snapshot.sealed) == (shown, False)
    assert snapshot.stop is not None


def test_who_holds_the_controls_is_read_by_the_recorders_rule(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    told: list[tuple[str, str, str, bool, str | None]] = [
        ("mark", "ada", "one", True, None),  # a note holds nothing
        ("pause", "ada", "", True, None),  # nor does a shell
        ("resume", "ada", "one", True, "one"),
        ("pause", "bea", "two", False, "one"),  # refused
        ("take_over", "bea", "two", True, "two"),
        ("abort", "ada", "one", True, "two"),
        ("take_over", "cyd", "", True, None),
        ("pause", "ada", "one", True, "one"),
    ]
    for t_s, (command, operator, console, ok, _) in enumerate(told):
        writer.event(Marker(float(t_s), command, operator, command, {}, None, ok, None, console))
        held = reader.poll().controls
        assert (held and held.console) == told[t_s][4], told[t_s]
    held = reader.poll().controls
    assert held is not None
    assert (held.operator, held.since_s) == ("ada", 7.0)


# --- steps -----------------------------------------------------------------------------------


def test_steps_go_from_planned_to_running_to_how_they_ended(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    assert [(s.name, s.state, s.attempt) for s in reader.poll().steps] == [
        ("welcome", "planned", 0),
        ("happy", "planned", 0),
    ]
    writer.event(start_step(1.0))
    writer.event(open_window(1.0))
    snapshot = reader.poll()
    assert snapshot.current == 1
    assert snapshot.steps[1].state == "running"
    assert snapshot.steps[1].sees == "a drawing"
    writer.event(close_window(2.0))
    writer.event(StepStop(2.0, "happy", 1, "redo"))
    assert reader.poll().steps[1].state == "redo"
    writer.event(start_step(3.0, attempt=2))
    snapshot = reader.poll()
    assert (snapshot.steps[1].attempt, snapshot.steps[1].window) == (2, None)
    writer.event(open_window(3.0, attempt=2))
    writer.event(Verdict(4.0, "happy", 1, "Happy_A", "redo", "ana", "talked", {}))
    snapshot = reader.poll()
    assert [w.verdict for w in snapshot.windows] == ["redo", ""]
    assert snapshot.steps[1].window == snapshot.windows[1]


def test_a_step_that_was_not_planned_is_shown_after_the_others(
    tmp_path: Path, writer: RunWriter
) -> None:
    writer.event(run_start())
    writer.event(start_step(1.0, step="happy-again"))
    snapshot = RunReader(tmp_path).poll()
    assert [s.name for s in snapshot.steps] == ["welcome", "happy", "happy-again"]
    assert snapshot.current == 2


# --- windows ---------------------------------------------------------------------------------


def test_a_window_is_from_its_onset_up_to_but_without_its_end(
    tmp_path: Path, writer: RunWriter
) -> None:
    writer.event(run_start())
    for t_s in (0.999999, 1.0, 1.999999, 2.0):
        writer.sample(sample(t_s))
        writer.frame(frame(t_s), "happy", 1, "Happy_A", save=False)
    writer.event(open_window(1.0))
    writer.event(close_window(2.0))
    (window,) = RunReader(tmp_path).poll().windows
    assert (window.gsr_samples, window.frames) == (2, 2)


def test_what_was_counted_past_the_end_is_taken_back_once_the_end_is_known(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    writer.event(open_window(1.0))
    for t_s in (1.0, 1.5, 2.0, 2.5):
        writer.sample(sample(t_s, gsr_us=t_s))
    assert reader.poll().windows[0].gsr_samples == 4
    writer.event(close_window(2.0))
    (window,) = reader.poll().windows
    assert (window.gsr_samples, window.gsr_mean_us) == (2, 1.25)
    assert window.gsr_rate_hz == 2.0


def test_a_row_that_arrives_late_still_belongs_to_its_window(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    writer.event(open_window(1.0))
    writer.sample(sample(1.5))
    writer.event(close_window(2.0))
    assert reader.poll().windows[0].gsr_samples == 1
    writer.sample(sample(1.9))  # stamped before the end, taken from the inbox after it
    writer.sample(sample(2.1))
    assert reader.poll().windows[0].gsr_samples == 2
    writer.sample(sample(1.2))  # out of order, as after a resume on another clock
    writer.frame(frame(3.0), "", 0, None, save=False)
    writer.frame(frame(1.0), "", 0, None, save=False)
    (window,) = reader.poll().windows
    assert (window.gsr_samples, window.frames) == (3, 1)


def test_reading_in_pieces_gives_what_reading_at_once_gives(tmp_path: Path) -> None:
    names = ("run.jsonl", "gsr.csv", "frames.csv")
    content = {name: (GOLDEN / name).read_bytes() for name in names}
    (tmp_path / "faces").symlink_to(GOLDEN / "faces")
    held = HeldLock.acquire(tmp_path / "lock", {})
    reader = RunReader(tmp_path)
    for size in range(0, max(map(len, content.values())) + 97, 97):
        for name, whole in content.items():
            (tmp_path / name).write_bytes(whole[:size])
        assert reader.poll().problems == ()
    held.release()
    pieces, whole_run = reader.poll(), RunReader(GOLDEN).poll()
    for name in ("windows", "steps", "markers", "ratings", "device_notes", "faces", "stop"):
        assert getattr(pieces, name) == getattr(whole_run, name)
    assert pieces.gsr.t_s == whole_run.gsr.t_s
    assert pieces.bytes_on_disk == whole_run.bytes_on_disk


def test_of_an_answer_that_was_changed_the_last_one_stands(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    for t_s, attempt, scale, value in (
        (1.0, 1, "valence", 3),
        (2.0, 1, "arousal", 5),
        (3.0, 1, "valence", 4),
        (4.0, 2, "valence", 9),
    ):
        writer.event(Rating(t_s, "how", attempt, "happy", scale, value, "participant"))
    told = [(r.attempt, r.scale, r.value) for r in reader.poll().ratings]
    assert told == [(1, "valence", 4), (1, "arousal", 5), (2, "valence", 9)]


# --- counters and the trace ------------------------------------------------------------------


def test_counters_and_rates(tmp_path: Path, writer: RunWriter) -> None:
    reader = RunReader(tmp_path)
    writer.event(run_start())
    for i in range(100):
        writer.sample(sample(i * 0.1))
    for i in range(20):
        writer.frame(frame(i * 0.5), "happy", 1, "Happy_A", save=i % 2 == 0)
    writer.event(lost(5.0, "samples_lost", 3))
    writer.event(lost(5.0, "samples_lost", 2))
    writer.event(lost(6.0, "line_rejected", 1))
    writer.event(lost(6.0, "frames_dropped", 7, Stream.CAMERA))
    writer.event(lost(6.0, "frames_dropped", 90, Stream.PLAYER))  # of the film
    snapshot = reader.poll()
    assert snapshot.gsr_rate_hz == pytest.approx(10.0)
    assert snapshot.faces.rate_hz == pytest.approx(2.0)
    assert (snapshot.gsr_lost, snapshot.gsr_rejected_lines) == (5, 1)
    assert (snapshot.faces.dropped, snapshot.faces.saved) == (7, 10)
    assert snapshot.faces.sharpness == 50.0
    assert snapshot.elapsed_s == pytest.approx(9.9)
    assert snapshot.gsr_us == 5.0
    assert snapshot.bytes_on_disk == writer.bytes_written


def test_a_stream_that_falls_silent_slows_down_to_nothing(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    for i in range(101):
        writer.sample(sample(i * 0.1))
    writer.event(lost(12.0, "silent", 1))
    halfway = reader.poll().gsr_rate_hz
    assert halfway is not None
    assert 4.0 < halfway < 9.0
    writer.event(lost(30.0, "silent", 1))
    assert reader.poll().gsr_rate_hz == 0.0


def test_polling_appends_to_the_trace_and_never_copies_it(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.sample(sample(1.0))
    first = reader.poll()
    writer.sample(sample(2.0))
    second = reader.poll()
    assert first.gsr.t_s is second.gsr.t_s
    assert (first.gsr.length, second.gsr.length) == (1, 2)


def test_a_reader_that_holds_the_buffer_stops_no_poll(tmp_path: Path, writer: RunWriter) -> None:
    reader = RunReader(tmp_path)
    writer.sample(sample(1.0))
    first = reader.poll()
    held = memoryview(first.gsr.t_s)
    writer.sample(sample(2.0))
    second = reader.poll()
    assert second.gsr.t_s == array("d", [1.0, 2.0])
    assert list(held) == [1.0]


# --- what cannot be read ---------------------------------------------------------------------


def test_lines_that_are_no_rows_are_named_and_skipped(tmp_path: Path, writer: RunWriter) -> None:
    writer.event(run_start())
    writer.sample(sample(1.0))
    writer.frame(frame(1.0), "happy", 1, "Happy_A", save=False)
    writer.close()
    bad = {
        "run.jsonl": [
            "no json",
            "[]",
            '{"t_s":1.0,"event":"party"}',
            '{"t_s":NaN,"event":"clock","utc":"x"}',
            '{"t_s":true,"event":"clock","utc":"x"}',
            '{"t_s":1e999,"event":"clock","utc":"x"}',
            '{"t_s":' + "9" * 400 + ',"event":"clock","utc":"x"}',
            "[" * 100_000,
            '{"t_s":1.0,"event":"marker","text":7,"operator":"ana"}',
            '{"t_s":1.0,"event":"device","stream":"gsr","name":"x","severity":"loss","text":"",'
            '"detail":[]}',
            '{"t_s":1.0,"event":"step_stop","step":"nowhere","attempt":1,"reason":"complete"}',
            '{"t_s":1.0,"event":"window_stop","step":"happy","attempt":1,"class":null,"reason":""}',
        ],
        "gsr.csv": [
            "",
            "1,2,3",
            "x,,,1,1,ok",
            "1.0,,,1,1,fine",
            "inf,,,1,1,ok",
            "1.0,,,1,,ok",
            "1.0,,x,1,1,ok",
        ],
        "frames.csv": [
            "1.0,1,happy",
            "1.0,-4,happy,1,Happy_A,1,,,,,2,50.0,100.0,,",
            "1.0,1,happy,1,Happy_A,1,,,,,2,50.0,100.0,faces/../../x_face.jpg,",
            "1.0,1,happy,1,Happy_A,1,,,,,2,50.0,100.0,,faces/Happy_A/happy-1/000001_ey",
        ],
    }
    for name, lines in bad.items():
        with (tmp_path / name).open("a") as file:
            file.writelines(line + "\n" for line in lines)
    with (tmp_path / "gsr.csv").open("ab") as raw:
        raw.write(b"\xff\xfe\x00,,,\n")
        raw.write(b"2.000000,,,5.0,5.000000,ok\n")
    snapshot = RunReader(tmp_path).poll()
    named = [problem.split(":")[0] for problem in snapshot.problems]
    assert named == [
        *(f"run.jsonl line {n}" for n in range(2, 14)),
        *(f"gsr.csv line {n}" for n in range(3, 11)),
        *(f"frames.csv line {n}" for n in range(3, 7)),
    ]
    assert all(problem.endswith("skipped") and "\n" not in problem for problem in snapshot.problems)
    assert list(snapshot.gsr.t_s) == [1.0, 2.0]
    assert snapshot.faces.frames == 1
    assert snapshot.start == run_start()


def test_an_event_of_a_later_version_with_more_keys_is_read(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text(
        '{"t_s":1,"event":"marker","text":"x","operator":"ana","mood":"good"}\n'
    )
    snapshot = RunReader(tmp_path).poll()
    assert snapshot.problems == ()
    assert [marker.text for marker in snapshot.markers] == ["x"]


def test_a_torn_last_line_is_no_problem_while_it_may_still_be_written(
    tmp_path: Path, writer: RunWriter
) -> None:
    reader = RunReader(tmp_path)
    writer.sample(sample(1.0))
    with (tmp_path / "gsr.csv").open("ab") as file:
        file.write(b"2.0,,,5")
    assert reader.poll().problems == ()
    writer.close()
    (problem,) = reader.poll().problems
    assert problem == "gsr.csv line 3: torn after 7 bytes, skipped"
    with (tmp_path / "gsr.csv").open("ab") as file:
        file.write(b".0,5.000000,ok\n")
    snapshot = reader.poll()
    assert (snapshot.problems, snapshot.gsr.length) == ((), 2)


def test_a_foreign_header_is_named(tmp_path: Path) -> None:
    (tmp_path / "gsr.csv").write_text("Timestamp,ID,Emotion,GSR,Picture number\n")
    (problem,) = RunReader(tmp_path).poll().problems
    assert problem.startswith("gsr.csv line 1: the header is not t_s,device_s,")
