"""A run that was lost to a reboot goes on as a new segment of the same time axis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.recorder.process import record
from femo_tui.recorder.request import RecordRequest, lost_request
from femo_tui.store.catalog import Catalog
from tests.support.femo import run_events
from tests.support.runs import lose

BEGAN = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def lost(tmp_path: Path, short_protocol: Path) -> Path:
    """A run whose recorder went down with the machine, 3 s into it, in the film's window."""
    root = tmp_path / "store"
    with Catalog.open(root) as catalog:
        consent = Consent(frozenset(Scope), "1", "2026-11-22")
        catalog.add_participant(Participant("S01", 30, None, "", consent, "2026-11-22"), "ada")
    request = RecordRequest(
        root, "S01", str(short_protocol), "sim:1", "sim:1", "sim", operator="ada", auto=True
    )
    run_dir = record(request, clock=VirtualClock(t_s=5000.0, utc=BEGAN)).run_dir
    lose(run_dir, 3.0, boot_id="the boot before")
    return run_dir


@pytest.mark.parametrize(
    ("after_s", "gap_s"),
    [(600.0, 597.0), (-60.0, 0.0)],  # the second: the wall clock was set back meanwhile
)
def test_a_reboot_is_a_new_segment_placed_by_wall_clock(
    lost: Path, after_s: float, gap_s: float
) -> None:
    clock = VirtualClock(t_s=40.0, utc=BEGAN + timedelta(seconds=after_s))  # 40 s after boot
    result = record(lost_request(lost, "bob"), clock=clock)
    assert result.stop.status.value == "complete"
    resumed = run_events(lost, "run_resume")[0]
    assert resumed["gap_s"] == pytest.approx(gap_s, abs=0.2)
    assert resumed["uncertainty_s"] >= 1.0
    assert (resumed["operator"], resumed["step"]) == ("bob", "stress")
    times = [float(row.split(",")[0]) for row in (lost / "gsr.csv").open().readlines()[1:]]
    assert times == sorted(times)
    assert not [t_s for t_s in times if 3.0 <= t_s < resumed["t_s"] - 1e-6]


def test_a_protocol_that_was_changed_since_is_not_gone_on_with(
    lost: Path, short_protocol: Path
) -> None:
    from femo_tui.errors import UsageError

    short_protocol.write_text(short_protocol.read_text("utf-8") + "\n# changed\n", "utf-8")
    before = (lost / "run.jsonl").read_bytes()
    with pytest.raises(UsageError, match="was changed since"):
        record(lost_request(lost, "bob"), clock=VirtualClock())
    assert (lost / "run.jsonl").read_bytes() == before
