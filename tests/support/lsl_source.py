"""Another lab's program: a sensor as an LSL stream, in a process of its own, each value a number.

Run: python tests/support/lsl_source.py NAME RATE_HZ COUNT UNIT [LABEL…]
Waits for whoever reads it, sends COUNT values 1.0, 1.001, 1.002 … µS at the rate, then says on a
line how many it has sent, and ends when its standard input does.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

FROM_US, STEP_US = 1.0, 0.001


def value(number: int) -> float:
    """Return the value of one sample, in µS, as a row of gsr.csv has it."""
    return round(FROM_US + STEP_US * number, 6)


@contextmanager
def lsl_source(
    name: str,
    rate_hz: float,
    count: int,
    unit: str = "microsiemens",
    labels: Sequence[str] = ("gsr_us",),
) -> Iterator[subprocess.Popen[str]]:
    """Run the source; channels of other labels than gsr_us hold zeros."""
    process = subprocess.Popen(
        [sys.executable, __file__, name, str(rate_hz), str(count), unit, *labels],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def main(name: str, rate_hz: float, count: int, unit: str, labels: Sequence[str]) -> None:
    import pylsl

    pylsl.set_config_content("[log]\nlevel = -3\n")
    info = pylsl.StreamInfo(
        name, "EDA", len(labels), rate_hz, pylsl.cf_double64, f"source-of-{name}"
    )
    info.set_channel_labels(list(labels))
    info.set_channel_units([unit] * len(labels))
    outlet = pylsl.StreamOutlet(info)
    while not outlet.have_consumers():
        time.sleep(0.01)
    begun_s = pylsl.local_clock()
    for number in range(count):
        due_s = begun_s + number / rate_hz
        time.sleep(max(0.0, due_s - pylsl.local_clock()))
        sample = [value(number) if label == "gsr_us" else 0.0 for label in labels]
        outlet.push_sample(sample, due_s)
    print(count, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
