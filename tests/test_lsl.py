"""LSL in both directions, between processes: a stream as sensor, and a run offered as streams."""

from __future__ import annotations

import csv
import signal
import sys
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from femo_tui import paths
from tests.support.femo import Femo, run_events, wait_until
from tests.support.lsl_sink import Sink
from tests.support.lsl_source import FROM_US, lsl_source, value

PROTOCOL = """
name = "short"
title = "A rest"
languages = ["en"]

[[step]]
name = "rest"
kind = "rest"
duration_s = {seconds}
"""


@pytest.fixture
def name() -> str:
    """Name a stream as no other test does: all of them are on one network."""
    return f"femo-test-{uuid4().hex[:8]}"


@pytest.fixture
def protocol(femo: Femo) -> str:
    femo.ok("participant", "add", "S01", "--consent", "all")
    folder = femo.store / "stimuli"
    folder.mkdir(exist_ok=True)
    (folder / "short.toml").write_text(PROTOCOL.format(seconds=4), "utf-8")
    return "short"


def record(femo: Femo, protocol: str, gsr: str) -> list[str]:
    return [
        *("record", "--participant", "S01", "--protocol", protocol, "--gsr", gsr),
        *("--camera", "none", "--player", "sim", "--auto"),
    ]


def rows_of(femo: Femo) -> list[dict[str, str]]:
    [path] = (femo.store / "sessions").rglob("gsr.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("rate_hz", "count"), [(10.0, 30), (1000.0, 3000)])
def test_a_run_recorded_from_a_stream_equals_its_source(
    femo: Femo, protocol: str, name: str, rate_hz: float, count: int
) -> None:
    with lsl_source(name, rate_hz, count) as source:
        done = femo.run(*record(femo, protocol, f"lsl:{name}"))
        assert done.returncode == 0, done.stderr
        assert source.poll() is None
    rows = rows_of(femo)
    sent = [f"{value(number):.6f}" for number in range(count)]
    # What it sent before the recorder had its devices open belongs to no run.
    first = sent.index(rows[0]["gsr_us"])
    assert [row["gsr_us"] for row in rows] == sent[first:]
    assert first < count / 2
    assert {row["flag"] for row in rows} == {"ok"}
    # The source stamps each value with when it was due: its clock goes on by the rate.
    stamps = [float(row["device_s"]) for row in rows]
    steps = [b - a for a, b in pairwise(stamps)]
    assert all(step == pytest.approx(1 / rate_hz, abs=1e-5) for step in steps)
    said = [line for line in done.stderr.splitlines() if not line.startswith("recording ")]
    assert said == []  # nothing of liblsl's own


def test_a_stream_that_ends_is_named_and_read_again_when_it_is_back(
    femo: Femo, protocol: str, name: str
) -> None:
    with ExitStack() as held:
        source = held.enter_context(lsl_source(name, 50, 10_000))
        recorder = held.enter_context(femo.started(*record(femo, protocol, f"lsl:{name}")))
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        wait_until(lambda: len(rows_of(femo)) > 20, "samples")
        source.kill()

        def noted(name: str) -> bool:
            return any(event["name"] == name for event in run_events(run_dir, "device"))

        wait_until(lambda: noted("unplugged"), "the loss")
        before = len(rows_of(femo))
        held.enter_context(lsl_source(name, 50, 10_000, labels=("resp", "gsr_us")))
        wait_until(lambda: noted("reconnected"), "the stream again")
        wait_until(lambda: len(rows_of(femo)) > before, "samples again")
    assert all(float(row["gsr_us"]) >= FROM_US for row in rows_of(femo))  # of the same channel


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("lsl:{name}-nowhere", "is not there: start the program that sends it"),
        ("lsl:{name}?channel=temperature", "has no channel temperature: known are gsr_us"),
        ("lsl:{name}?source=other", "is not there"),
        ("lsl:", "name the stream, as in lsl:BioSignals"),
    ],
)
def test_a_stream_that_cannot_be_read_is_one_sentence(
    femo: Femo, protocol: str, name: str, uri: str, sentence: str
) -> None:
    with lsl_source(name, 10, 10):
        done = femo.run(*record(femo, protocol, uri.format(name=name)))
    assert done.returncode in (1, 2)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_stream_without_a_known_unit_asks_for_one(femo: Femo, protocol: str, name: str) -> None:
    with lsl_source(name, 10, 10, "furlongs"):
        done = femo.run(*record(femo, protocol, f"lsl:{name}"))
    assert "says furlongs for its unit: name it with ?unit=us, volt or adc" in done.stderr


@pytest.mark.parametrize("rate_hz", [10, 1000])
def test_a_run_is_offered_while_it_is_recorded(femo: Femo, protocol: str, rate_hz: int) -> None:
    with ExitStack() as held:
        offering = held.enter_context(femo.started("lsl", "--once"))
        held.enter_context(femo.started(*record(femo, protocol, f"sim:1?rate={rate_hz}")))
        station = paths.store_hash(femo.store)  # others on the network offer streams of these names
        sinks = {name: Sink(f"{name}-{station}") for name in ("femo-gsr", "femo-markers")}
        for sink in sinks.values():
            held.callback(sink.close)
        said, errors = offering.communicate(timeout=40)
        got = {stream: sink.to_its_end() for stream, sink in sinks.items()}
    assert errors == ""
    assert "S01 run-01 is offered: femo-gsr, femo-markers" in said
    rows = rows_of(femo)
    values = [sample[0] for _, sample in got["femo-gsr"]]
    saved = [float(row["gsr_us"]) for row in rows]
    first = len(saved) - len(values)  # the stream was joined while it ran
    assert values == saved[first:]
    assert len(values) > len(saved) / 3
    # A sample stands on LSL's clock as far from the next one as in the file.
    stamps = [stamp for stamp, _ in got["femo-gsr"]]
    times = [float(row["t_s"]) for row in rows][first:]
    offsets = [stamp - t_s for stamp, t_s in zip(stamps, times, strict=True)]
    assert max(offsets) - min(offsets) < 1e-3
    markers = [text for _, [text] in got["femo-markers"]]
    assert markers[-1] == "run_stop complete"
    assert "step_stop rest 1" in markers


def test_whoever_is_behind_at_the_end_of_a_run_still_gets_all_of_it(
    femo: Femo, protocol: str
) -> None:
    with ExitStack() as held:
        offering = held.enter_context(femo.started("lsl", "--once"))
        recorder = held.enter_context(femo.started(*record(femo, protocol, "sim:1?rate=100")))
        station = paths.store_hash(femo.store)
        sinks = [Sink(f"{name}-{station}") for name in ("femo-gsr", "femo-markers")]
        for sink in sinks:
            held.callback(sink.close)
            assert sink.connected.wait(20)
            sink.process.send_signal(signal.SIGSTOP)
        recorder.wait(40)
        for sink in sinks:
            sink.process.send_signal(signal.SIGCONT)
        offering.communicate(timeout=20)
        values, markers = (sink.to_its_end() for sink in sinks)
    saved = [float(row["gsr_us"]) for row in rows_of(femo)]
    assert [sample[0] for _, sample in values] == saved[-len(values) :]
    assert markers[-1][1] == ["run_stop complete"]


class Patient(Femo):
    """Gives whoever reads five minutes to take the end of a run."""

    def command(self, *args: str) -> list[str]:
        line = "from femo_tui.recorder import lsl_outlets; lsl_outlets._LINGER_S = 300.0\n"
        line += "from femo_tui.cli import main; main()"
        return [sys.executable, "-c", line, *args]


def test_the_next_run_is_offered_though_the_last_one_is_still_read(
    femo: Femo, protocol: str
) -> None:
    with ExitStack() as held:
        offering = held.enter_context(Patient(femo.home, femo.store).started("lsl"))
        assert offering.stdout is not None
        first = held.enter_context(femo.started(*record(femo, protocol, "sim:1")))
        assert offering.stdout.readline().startswith("S01 run-01 is offered")
        sink = Sink(f"femo-markers-{paths.store_hash(femo.store)}")
        held.callback(sink.close)
        assert sink.connected.wait(20)
        assert first.wait(40) == 0
        held.enter_context(femo.started(*record(femo, protocol, "sim:1")))
        assert offering.stdout.readline().startswith("the run has ended")
        assert offering.stdout.readline().startswith("S01 run-02 is offered")


def test_without_the_extra_one_sentence_says_what_to_install(femo: Femo, tmp_path: Path) -> None:
    (tmp_path / "pylsl.py").write_text("raise ImportError('no pylsl here')\n", "utf-8")
    without = Femo(femo.home, femo.store, {"PYTHONPATH": str(tmp_path)})
    done = without.run("lsl", "--once")
    assert done.returncode == 1
    assert done.stderr == (
        "femo: LSL needs the package pylsl: install it with `pip install 'femo[lsl]'`\n"
    )


def test_offering_ends_with_control_c_and_the_recording_goes_on(femo: Femo) -> None:
    with femo.started("lsl") as offering:
        wait_until(lambda: _sleeps(offering.pid), "the offer to wait")
        offering.send_signal(signal.SIGINT)
        said, errors = offering.communicate(timeout=20)
    assert (said, errors) == ("nothing is offered any more; a recording goes on\n", "")


def _sleeps(pid: int) -> bool:
    """Return whether liblsl is loaded, so that what interrupts it is our own wait."""
    assert sys.platform == "linux"
    return "liblsl" in Path(f"/proc/{pid}/maps").read_text("utf-8")
