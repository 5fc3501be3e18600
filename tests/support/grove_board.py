"""A Grove sensor on a pseudo-terminal that sends framed lines of what it is held to."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

from tests.devices.gsr_wire import framed
from tests.support.pty_sensor import PtySensor


class GroveBoard(PtySensor):
    """Seeed's formula solved for the reading, with offsets and noise; not femo's arithmetic.

    `ohm` None is nobody wearing it. `cal` is the true unworn reading, `adc_offset` stands on every
    reading, `noise` is the standard deviation of one ADC read in counts.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cal: float = 512.0,
        adc_offset: float = 0.0,
        noise: float = 2.0,
        reads: int = 10,
        rate_hz: float = 100.0,
    ) -> None:
        super().__init__(folder)
        self.uri = f"serial:{self.link}?rate={rate_hz:g}"
        self.ohm: float | None = None
        self.cal = cal
        self._adc_offset = adc_offset
        self._noise = noise
        self._reads = reads
        self._period_s = 1 / rate_hz
        self._chance = random.Random(2018)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def true_reading(self) -> float:
        # R = ((1024 + 2r)·10 000)/(cal − r), from Seeed's wiki, solved for r
        k = 0.0 if self.ohm is None else 10_000 / self.ohm
        return (self.cal - 1024 * k) / (1 + 2 * k) + self._adc_offset

    def unplug(self) -> None:
        self._ended.set()
        self._thread.join()
        super().unplug()

    def _send(self) -> None:
        seq, due_s = 0, time.monotonic()
        while not self._ended.wait(max(0.0, due_s - time.monotonic())):
            reading, gauss = self.true_reading(), self._chance.gauss
            total = sum(round(reading + gauss(0, self._noise)) for _ in range(self._reads))
            self.write(framed(seq, round(seq * self._period_s * 1e6), total, self._reads))
            seq += 1
            due_s += self._period_s
