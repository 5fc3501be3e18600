"""Every fault that can be rehearsed, at virtual time: named, counted, and nothing filled."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from femo_tui.errors import UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.faults import FaultName, parse_fault
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.recorder.process import RunResult, record
from femo_tui.recorder.request import RecordRequest, lost_request
from femo_tui.store.catalog import Catalog
from tests.support.femo import run_events
from tests.support.short_protocol import acted, film, protocol, rest

# Two windows so far apart that an invalid reading in the first is not within 5 s of the second.
PROTOCOL = protocol(
    "two-windows",
    "Two windows, a rest between",
    acted("first", "happy", 9.0, (0.5, 8.0)),
    rest(6.0),
    acted("second", "neutral", 6.0, (0.5, 5.0)),
)
AT_S = 2.0  # when each fault begins, within the first window
SMALL_CAMERA = "sim:1?size=360x240"  # a third of the time


@dataclass(frozen=True)
class Recorded:
    """What stands in a run folder, read without femo."""

    run_dir: Path
    result: RunResult

    def rows(self, file: str) -> list[dict[str, str]]:
        with (self.run_dir / file).open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    def device_events(self, *streams: str) -> list[dict[str, Any]]:
        """Return what went otherwise than planned; a film that begins did not."""
        notes = [e for e in run_events(self.run_dir, "device") if e["name"] != "film_started"]
        return [e for e in notes if e["stream"] in streams]

    def verdicts(self) -> dict[str, dict[str, Any]]:
        return {v["step"]: v for v in run_events(self.run_dir, "verdict")}


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., Recorded]:
    """Record the protocol, or another, with faults; as fast as the machine goes."""

    def run(*faults: str, camera: str = "none", protocol: str = PROTOCOL) -> Recorded:
        root = tmp_path / "store"
        (tmp_path / "protocol.toml").write_text(protocol, "utf-8")
        with Catalog.open(root) as catalog:
            if not catalog.participants():
                utc = "2026-11-22T10:00:00Z"
                consent = Consent(frozenset(Scope), "1", utc)
                catalog.add_participant(Participant("S01", None, None, "", consent, utc), "ana")
        request = RecordRequest(
            store_root=root,
            participant="S01",
            protocol=str(tmp_path / "protocol.toml"),
            gsr="sim:1",
            camera=camera,
            player="sim",
            operator="ana",
            auto=True,
            faults=faults,
        )
        result = record(request, clock=VirtualClock())
        return Recorded(result.run_dir, result)

    return run


@dataclass(frozen=True)
class GsrRow:
    """What one GSR fault leaves behind."""

    fault: str
    events: list[str]  # in order
    missed: str  # the criterion that the first window misses; empty: it is accepted
    missing: int  # rows that the same run without the fault has
    lost: int = 0
    rejected: int = 0
    changed: int = 0  # rows that are there with another reading
    flag: str = "ok"  # of the changed rows
    note: str = ""  # stands beside the valid share


GSR_ROWS = [
    GsrRow(
        "gsr-silent@2+3",
        ["silent", "samples_lost", "speaking_again"],
        "gsr_valid_share",
        30,
        lost=30,
        note="gaps: 1, the longest 3.10 s",
    ),
    GsrRow(
        "gsr-unplugged@2+3",
        ["unplugged", "reconnected", "sensor_restarted", "speaking_again"],
        "gsr_valid_share",
        30,
        note="gaps: 1, the longest 3.10 s",
    ),
    GsrRow("gsr-gap@2", ["gap"], "", 3, note="gaps: 1, the longest 0.40 s"),
    GsrRow("gsr-garbage@2", [*["line_rejected"] * 4, "samples_lost"], "", 4, lost=4, rejected=4),
    GsrRow("gsr-lost@2", ["samples_lost"], "", 3, lost=3, note="gaps: 1, the longest 0.40 s"),
    GsrRow(
        "gsr-not-worn@2+3",
        ["not_worn", "gsr_ok"],
        "gsr_valid_share",
        0,
        changed=30,
        flag="not_worn",
        note="not worn in 37.5 % of the samples",
    ),
    GsrRow(
        "gsr-clipped@2+3",
        ["clipped", "gsr_ok"],
        "gsr_valid_share",
        0,
        changed=30,
        flag="clipped",
        note="clipped at the sensor's end in 37.5 % of the samples",
    ),
    GsrRow("gsr-flat@2+6", ["flat", "gsr_ok"], "", 0, changed=59, note="flat line for 5.9 s"),
    GsrRow(
        "gsr-restart@2",
        ["silent", "sensor_restarted", "speaking_again"],
        "gsr_rate_share",
        15,
        note="gaps: 1, the longest 1.60 s",
    ),
]


@pytest.mark.parametrize("row", GSR_ROWS, ids=lambda row: row.fault)
def test_a_gsr_fault(recorded: Callable[..., Recorded], row: GsrRow) -> None:
    whole, run = recorded(), recorded(row.fault)
    events = run.device_events("gsr")
    assert [event["name"] for event in events] == row.events
    begins_s, lasts_s = AT_S, parse_fault(row.fault).lasts_s
    tells_after_s = 5.1 if "flat" in row.fault else 1.0  # skin may stand still for a while
    assert begins_s <= events[0]["t_s"] <= begins_s + tells_after_s + 1e-6

    counts = run.result.stop.counts
    assert counts["gsr_lost"] == row.lost
    assert counts["gsr_rejected_lines"] == row.rejected
    assert sum(event["detail"].get("count", 0) for event in events) == row.lost
    # the same person at the same virtual times: what the fault did not touch is the same to the bit
    before = {r["t_s"]: (r["raw"], r["gsr_us"], r["flag"]) for r in whole.rows("gsr.csv")}
    after = {r["t_s"]: (r["raw"], r["gsr_us"], r["flag"]) for r in run.rows("gsr.csv")}
    hit = {t_s for t_s in before.keys() | after.keys() if before.get(t_s) != after.get(t_s)}
    assert all(begins_s <= float(t_s) <= begins_s + lasts_s + 0.1 for t_s in hit)
    assert len(before) - len(after) == row.missing
    assert counts["gsr_samples"] == len(before) - row.missing
    changed = {after[t_s] for t_s in hit if t_s in before and t_s in after}
    assert len([t_s for t_s in hit if t_s in before and t_s in after]) == row.changed
    assert {flag for _, _, flag in changed} <= {row.flag}

    first, second = run.verdicts()["first"], run.verdicts()["second"]
    assert first["verdict"] == ("failed" if row.missed else "accepted")
    assert row.missed in first["reason"]
    assert row.note in first["criteria"]["gsr_valid_share"].get("note", "")
    assert second["verdict"] == "accepted"


def test_the_hole_of_2018_is_as_long_as_it_was_and_no_sample_fills_it(
    recorded: Callable[..., Recorded],
) -> None:
    run = recorded("gsr-gap@2")
    times_s = [float(row["t_s"]) for row in run.rows("gsr.csv")]
    longest_s = max(b - a for a, b in itertools.pairwise(times_s))
    assert longest_s == pytest.approx(0.401)
    numbers = [int(row["seq"]) for row in run.rows("gsr.csv")]
    assert numbers == list(range(len(numbers)))  # the sensor counted on: it had not lost a line
    (gap,) = run.device_events("gsr")
    assert gap["detail"]["gap_s"] == pytest.approx(0.401)


@dataclass(frozen=True)
class CameraRow:
    """What one camera fault leaves behind."""

    fault: str
    events: list[str]
    missed: str
    missing: int  # frames
    faceless: int  # further frames without a face
    tells_after_s: float = 1.0


CAMERA_ROWS = [
    CameraRow("camera-frozen@2+4", ["camera_frozen", "camera_recovered"], "face_yield", 0, 0),
    CameraRow("camera-black@2+4", ["camera_black", "camera_recovered"], "face_yield", 0, 40),
    CameraRow("camera-silent@2+4", ["camera_silent", "camera_recovered"], "face_yield", 40, 0),
    CameraRow(
        "camera-unplugged@2+4",
        ["camera_lost", "camera_silent", "camera_reopened"],
        "face_yield",
        40,
        0,
    ),
    CameraRow("no-face@2+4", [], "face_yield", 0, 40),
]


@pytest.mark.parametrize("row", CAMERA_ROWS, ids=lambda row: row.fault)
def test_a_camera_fault(recorded: Callable[..., Recorded], row: CameraRow) -> None:
    run = recorded(row.fault, camera=SMALL_CAMERA)
    events = run.device_events("camera")
    assert [event["name"] for event in events] == row.events
    if events:
        assert AT_S <= events[0]["t_s"] <= AT_S + row.tells_after_s + 1e-6
        assert AT_S + 4 <= events[-1]["t_s"] <= AT_S + 5.1
    frames = run.rows("frames.csv")
    held = [f for f in frames if AT_S <= float(f["t_s"]) < AT_S + 4]
    assert len(held) == 40 - row.missing
    assert sum(f["faces"] == "0" for f in held) == row.faceless
    assert len(frames) == run.result.stop.counts["frames"]
    # 21 s at 10 frames a second, the first and the last among them; a camera is opened anew once a
    # second, so one that is plugged in again may be missing for a moment more
    outside = [f for f in frames if f not in held]
    assert 162 <= len(outside) <= 174
    assert all(f["faces"] == "1" for f in outside)
    first, second = run.verdicts()["first"], run.verdicts()["second"]
    assert (first["verdict"], second["verdict"]) == ("failed", "accepted")
    assert row.missed in first["reason"]
    assert "gsr" not in first["reason"]
    why = first["criteria"]["face_yield"].get("note", "")
    assert all(event["text"] in why for event in events if event["severity"] == "loss")
    assert bool(why) is bool(events)
    assert "note" not in second["criteria"]["face_yield"]


FILM = protocol("film", "A film and an expression", film(), acted("second", "neutral"))


def test_a_player_that_is_killed(recorded: Callable[..., Recorded]) -> None:
    run = recorded("player-killed@1.5", protocol=FILM)
    (died,) = run.device_events("player")
    assert (died["name"], died["severity"]) == ("player_died", "loss")
    assert died["t_s"] == pytest.approx(1.5, abs=0.1)
    (stop, _) = run_events(run.run_dir, "window_stop")
    assert stop["reason"] == "player_died"
    first, second = run.verdicts()["stress"], run.verdicts()["second"]
    assert (first["verdict"], second["verdict"]) == ("failed", "accepted")
    assert "window player_died" in first["reason"]
    assert len(run.rows("gsr.csv")) == run.result.stop.counts["gsr_samples"]


def test_a_player_that_stands_still(recorded: Callable[..., Recorded]) -> None:
    run, whole = recorded("player-stalled@1.5+2", protocol=FILM), recorded(protocol=FILM)
    assert [e["name"] for e in run.device_events("player")] == [
        "film_stalled",
        "player_silent",
        "player_answers",
    ]
    assert "stress.mp4 stands still at" in run.device_events("player")[0]["text"]
    first, second = run.verdicts()["stress"], run.verdicts()["second"]
    assert (first["verdict"], second["verdict"]) == ("failed", "accepted")
    assert "film_stalls 1" in first["reason"]
    # the film goes on where it stood, and sensors did not stop for it
    assert run.result.stop.t_s == pytest.approx(whole.result.stop.t_s + 2, abs=0.15)
    assert len(run.rows("gsr.csv")) == len(whole.rows("gsr.csv")) + 20


def test_a_step_of_the_wall_clock(recorded: Callable[..., Recorded]) -> None:
    run, whole = recorded("clock-step@2"), recorded()
    (stepped,) = run.device_events("clock")
    assert stepped["name"] == "wall_clock_stepped"
    assert stepped["detail"]["step_s"] == 3600
    assert AT_S <= stepped["t_s"] <= AT_S + 1
    assert (run.run_dir / "gsr.csv").read_bytes() == (whole.run_dir / "gsr.csv").read_bytes()
    assert all(v["verdict"] == "accepted" for v in run.verdicts().values())


def test_a_full_disk_ends_the_run_in_order_and_it_goes_on(
    recorded: Callable[..., Recorded],
) -> None:
    run = recorded("disk-full@2")
    assert run.result.stop.status.value == "failed"
    assert "the disk is full" in run.result.stop.reason
    (full,) = run.device_events("disk")
    assert (full["name"], full["severity"]) == ("disk_full", "loss")
    assert AT_S <= full["t_s"] <= AT_S + 1
    assert len(run.rows("gsr.csv")) == 19  # what was before: 0.1, 0.2 … 1.9 s
    assert run.verdicts()["first"]["verdict"] == "failed"

    again = lost_request(run.run_dir, "ana")
    assert again.faults == ()
    assert record(again, clock=VirtualClock(1100.0)).stop.status.value == "complete"
    verdicts = [(v["step"], v["verdict"]) for v in run_events(run.run_dir, "verdict")]
    assert verdicts == [("first", "failed"), ("first", "accepted"), ("second", "accepted")]


def test_a_lost_run_goes_on_where_its_store_is_now(
    recorded: Callable[..., Recorded], tmp_path: Path
) -> None:
    """The disk was full, so the store was brought to another one."""
    run = recorded("disk-full@2")
    before, now = tmp_path / "store", tmp_path / "larger disk"
    moved = now / run.run_dir.relative_to(before)
    before.rename(now)
    done = record(lost_request(moved, "ana"), clock=VirtualClock(1100.0))
    assert (done.stop.status.value, done.run_dir) == ("complete", moved)
    assert not before.exists()
    with Catalog.open(now) as catalog:
        assert [entry.status for entry in catalog.runs()] == ["complete"]


def test_several_faults_at_once_and_what_the_run_says_of_them(
    recorded: Callable[..., Recorded],
) -> None:
    faults = ("gsr-silent@2+3", "camera-black@2+3", "clock-step@3")
    run = recorded(*faults, camera=SMALL_CAMERA)
    start = run_events(run.run_dir, "run_start")[0]
    assert start["environment"]["rehearsed_faults"] == list(faults)
    assert start["simulated"] == ["gsr", "camera", "player"]
    names = {e["name"] for e in run_events(run.run_dir, "device")}
    assert {"silent", "camera_black", "wall_clock_stepped"} <= names
    again = RecordRequest.from_json(
        RecordRequest(Path("store"), "S01", "quick", faults=faults).to_json()
    )
    assert again.faults == faults
    assert again.arguments().count("--fault") == 3


def test_a_run_without_faults_says_nothing_of_them(recorded: Callable[..., Recorded]) -> None:
    assert run_events(recorded().run_dir, "run_start")[0]["environment"] == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gsr-silnt@3", "gsr-silent"),
        ("gsr-silent", "NAME@SECONDS"),
        ("gsr-silent@-3", "NAME@SECONDS"),
        ("gsr-silent@soon", "NAME@SECONDS"),
        ("gsr-silent@3+0", "longer than 0 s"),
        ("recorder-killed@3+2", "takes no duration"),
    ],
)
def test_a_fault_that_is_written_wrong_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError, match="fault") as refused:
        parse_fault(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", FaultName)
def test_every_fault_can_be_written_as_its_name_and_a_time(name: FaultName) -> None:
    assert parse_fault(f"{name}@12.5").at_s == 12.5


@pytest.mark.parametrize("device", ["gsr", "camera", "player"])
def test_faults_are_refused_on_devices_that_are_not_simulated(
    recorded: Callable[..., Recorded], tmp_path: Path, device: str
) -> None:
    recorded()
    real = {"gsr": "serial:auto", "camera": "camera:0", "player": "mpv"}
    uris = {"gsr": "sim:1", "camera": "sim:1", "player": "sim", device: real[device]}
    request = RecordRequest(
        store_root=tmp_path / "store",
        participant="S01",
        protocol=str(tmp_path / "protocol.toml"),
        faults=("clock-step@1",),
        gsr=uris["gsr"],
        camera=uris["camera"],
        player=uris["player"],
    )
    with pytest.raises(UsageError, match=f"use {device} sim, not {real[device]}"):
        record(request)


def test_a_fault_of_a_device_that_is_not_used_is_refused(recorded: Callable[..., Recorded]) -> None:
    with pytest.raises(UsageError, match="no camera to fail"):
        recorded("camera-black@2")
