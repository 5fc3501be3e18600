"""LSL's clock beside boot time, read on a machine that stops us in the middle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from femo_tui.devices.lsl import lsl_offset_s
from femo_tui.model.clock import VirtualClock

SLEPT_S = 3600.0  # by which LSL's clock is behind
READ_S, STOPPED_S = 1e-6, 0.02  # what a reading of a clock takes, and a stop


def test_a_stop_between_the_two_clocks_moves_no_stamp() -> None:
    stops: Iterator[bool] = iter([True, True, False, True, True])
    clock = VirtualClock(7200.0)

    def local_clock() -> float:
        clock.advance_to(clock.now_s() + READ_S + STOPPED_S * next(stops))
        told = clock.now_s() - SLEPT_S
        clock.advance_to(clock.now_s() + READ_S)
        return told

    assert lsl_offset_s(local_clock, clock) == pytest.approx(-SLEPT_S, abs=READ_S)
