"""A run cut off at any byte is read without a fault, and all of it before the cut."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femo_tui.model.events import from_line
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from tests.support.runs import GOLDEN, ORIGIN_S, sample

NAMES = ("run.jsonl", "gsr.csv", "frames.csv")
CONTENT = {name: (GOLDEN / name).read_bytes() for name in NAMES}


def cut(whole: bytes) -> st.SearchStrategy[bytes]:
    return st.integers(0, len(whole)).map(lambda end: whole[:end])


def cuts() -> st.SearchStrategy[dict[str, bytes]]:
    """Return the three golden files, each cut at any byte."""
    return st.fixed_dictionaries({name: cut(whole) for name, whole in CONTENT.items()})


@given(left=cuts())
@settings(max_examples=150, deadline=None)
def test_a_cut_run_reads_up_to_the_cut(left: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder)
        for name, content in left.items():
            (run_dir / name).write_bytes(content)
        snapshot = RunReader(run_dir).poll()
        whole = {name: content.count(b"\n") for name, content in left.items()}
        assert snapshot.gsr.length == max(whole["gsr.csv"] - 1, 0)
        assert snapshot.faces.frames == max(whole["frames.csv"] - 1, 0)
        lines = left["run.jsonl"].decode(errors="ignore").split("\n")[:-1]
        events = [from_line(line) for line in lines]
        assert snapshot.start == (events[0] if events else None)
        assert snapshot.elapsed_s >= max([e.t_s for e in events], default=0.0)
        torn = sorted(name for name, content in left.items() if content and content[-1:] != b"\n")
        assert sorted(problem.split(" ")[0] for problem in snapshot.problems) == torn


@given(left=cuts())
@settings(max_examples=50, deadline=None)
def test_a_cut_run_is_taken_up_and_nothing_torn_is_parsed(left: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder)
        for name, content in left.items():
            (run_dir / name).write_bytes(content)
        before = RunReader(run_dir).poll()
        writer = RunWriter.resume(run_dir, ORIGIN_S)
        writer.sample(sample(99.0))
        assert writer.samples == before.gsr.length + 1
        writer.close()
        after = RunReader(run_dir).poll()
        assert list(after.gsr.t_s) == [*before.gsr.t_s, 99.0]
        assert after.faces.frames == before.faces.frames
        assert (after.start, after.stop) == (before.start, before.stop)
        assert (after.markers, after.ratings) == (before.markers, before.ratings)
        for name, content in left.items():
            assert (run_dir / name).read_bytes().startswith(content)


@pytest.mark.parametrize("name", NAMES)
@given(noise=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_is_never_a_fault_of_the_reader(name: str, noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder)
        (run_dir / name).write_bytes(CONTENT[name] + noise + b"\n")
        snapshot = RunReader(run_dir).poll()
        assert snapshot.gsr.length + snapshot.faces.frames + (snapshot.start is not None) > 0
