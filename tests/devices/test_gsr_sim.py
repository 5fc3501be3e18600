"""The simulated sensor: seeded, paced, and moved by what the participant lives through."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean

import pytest

from femo_tui.devices.base import GsrSensor
from femo_tui.devices.gsr import make_gsr
from femo_tui.errors import UsageError
from femo_tui.model.clock import HostClock, VirtualClock
from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.records import GsrSample, SampleFlag
from femo_tui.signals.grove import GroveCalibration
from tests.support.inbox import CollectingInbox


def sensor(uri: str, calibration: GroveCalibration | None = None) -> GsrSensor:
    made = make_gsr(uri, calibration)
    assert made is not None
    return made


def film(uri: str, emotion: str | None, elicitation: str = "S", s: float = 60) -> list[GsrSample]:
    """Return what is read while the participant lives through `emotion` for `s` seconds."""
    inbox = CollectingInbox(VirtualClock(1000.0))
    sim = sensor(uri)
    sim.open()
    sim.start(inbox)
    sim.cue(Condition(emotion, Elicitation(elicitation)) if emotion else None)
    inbox.run_until(1000.0 + s)
    sim.close()
    inbox.run_until(1100.0 + s)
    return inbox.samples


def mean_us(samples: list[GsrSample]) -> float:
    return fmean(s.gsr_us for s in samples if s.gsr_us is not None)


def test_ten_samples_a_second_with_the_sensors_own_count_and_clock() -> None:
    samples = film("sim:7", None)
    assert len(samples) == 600
    assert [s.seq for s in samples] == list(range(600))
    assert [s.t_s for s in samples] == pytest.approx([1000.1 + i / 10 for i in range(600)])
    assert [s.device_s for s in samples] == pytest.approx([0.1 + i / 10 for i in range(600)])
    assert {s.flag for s in samples} == {SampleFlag.OK}


def test_readings_are_sums_of_counts_through_the_calibration() -> None:
    sim_calibration = GroveCalibration(cal=530)
    inbox = CollectingInbox(VirtualClock(0.0))
    sim = sensor("sim:3", sim_calibration)
    info = sim.open()
    sim.start(inbox)
    inbox.run_until(5.0)
    sim.close()
    for sample in inbox.samples:
        assert sample.raw * 100 == pytest.approx(round(sample.raw * 100), abs=1e-6)
        assert sample.gsr_us == pytest.approx(sim_calibration.conductance_us(sample.raw))
    assert info.simulated
    assert info.facts["calibration"] == sim_calibration.facts()


def test_same_seed_and_cues_give_the_same_samples() -> None:
    assert film("sim:7", "stress") == film("sim:7", "stress")
    assert film("sim:7", "stress") != film("sim:8", "stress")
    assert film("sim:", None) == film("sim:0", None)


SEEDS = range(12)


def level(uri_options: str, emotion: str, elicitation: str = "S") -> float:
    return fmean(mean_us(film(f"sim:{i}{uri_options}", emotion, elicitation)) for i in SEEDS)


def test_emotions_are_ordered_and_acted_ones_weaker() -> None:
    stress, happy, neutral, boredom = (
        level("", emotion) for emotion in ("stress", "happy", "neutral", "boredom")
    )
    assert stress > happy > neutral > boredom
    assert stress > level("", "stress", "A") > neutral


def test_without_effect_emotions_change_nothing() -> None:
    assert film("sim:4?effect=0", "stress") == film("sim:4?effect=0", "boredom")


def test_people_differ() -> None:
    levels = [mean_us(film(f"sim:{seed}", None)) for seed in SEEDS]
    assert all(1 < level_us < 20 for level_us in levels)
    assert max(levels) > 1.5 * min(levels)


def test_responses_rise_faster_than_they_fall() -> None:
    trace = [s.gsr_us or 0 for s in film("sim:2", "stress", s=300)]
    rates = [b - a for a, b in pairwise(trace[::5])]
    assert max(rates) > -min(rates)
    assert max(trace) - min(trace) > 0.2


def test_one_kilohertz() -> None:
    samples = film("sim:1?rate=1000", "happy", s=2)
    assert len(samples) == 2000
    assert all(s.raw == round(s.raw) for s in samples)  # one read a sample


def test_on_the_hosts_clock() -> None:
    inbox = CollectingInbox(HostClock())
    sim = sensor("sim:1?rate=200")
    sim.open()
    sim.start(inbox)
    inbox.wait_for(lambda records: len(records) >= 20)
    sim.close()
    sim.close()
    assert [s.seq for s in inbox.samples][:20] == list(range(20))


@pytest.mark.parametrize(
    "uri", ["sim:1?rate=0", "sim:1?rate=5000", "sim:1?rate=x", "sim:1?effekt=1", "tape:1"]
)
def test_a_wrong_uri_is_refused(uri: str) -> None:
    with pytest.raises(UsageError, match=uri.partition("?")[0]):
        make_gsr(uri)


def test_none_is_no_sensor() -> None:
    assert make_gsr("none") is None
