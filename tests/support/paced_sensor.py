"""A sensor in a process of its own: lines at a steady rate on a pseudo-terminal, each noted.

Run: python tests/support/paced_sensor.py RATE_HZ framed|plain LOG
Prints the port, sends until it is terminated, then writes LOG: for each line, by its number, the
boot time just before it was sent (8-byte floats; nan where the port took no more). A framed line
carries its number as the sequence, a plain one as 300 + number / 1000.
"""

from __future__ import annotations

import functools
import math
import operator
import os
import signal
import subprocess
import sys
import time
import tty
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PLAIN_FROM = 300.0  # ADC counts
PLAIN_STEP = 0.001


@contextmanager
def paced_sensor(rate_hz: float, line_format: str, log: Path) -> Iterator[str]:
    """Run the sensor; yield its port; its log is there afterwards."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(rate_hz), line_format, str(log)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        with process.stdout as said:
            yield said.readline().strip()
    finally:
        process.terminate()
        process.wait()


def read_log(log: Path) -> array[float]:
    """Return when each line was sent, in boot time."""
    return array("d", log.read_bytes())


def framed(number: int, t_s: float) -> bytes:
    """Return one line as the shipped sketch sends it: the XOR of every byte before the `*`."""
    total = 40_000 + number % 200  # of 100 readings: calm skin
    body = b"F,%d,%d,%d,100" % (number, round(t_s * 1e6) % (1 << 32), total)
    return b"%s*%02X\r\n" % (body, functools.reduce(operator.xor, body))


def plain(number: int, _t_s: float) -> bytes:
    """Return one line as a sketch without framing sends it."""
    return b"%.3f\r\n" % (PLAIN_FROM + number * PLAIN_STEP)


def _send(
    rate_hz: float,
    line: Callable[[int, float], bytes],
    controller: int,
    sent_s: array[float],
) -> None:
    """Send for ever; a line that is late is sent at once, as a busy board does."""
    begun_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    while True:
        number = len(sent_s)
        due_s = number / rate_hz
        sent = line(number, due_s)
        wait_s = begun_s + due_s - time.clock_gettime(time.CLOCK_BOOTTIME)
        if wait_s > 0:
            time.sleep(wait_s)
        sent_s.append(time.clock_gettime(time.CLOCK_BOOTTIME))
        try:
            whole = os.write(controller, sent) == len(sent)
        except BlockingIOError:
            whole = False
        if not whole:
            sent_s[number] = math.nan


def _main(rate_hz: float, line_format: str, log: Path) -> None:
    controller, port = os.openpty()
    tty.setraw(port)
    os.set_blocking(controller, False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(os.ttyname(port), flush=True)
    sent_s = array("d")
    try:
        _send(rate_hz, {"framed": framed, "plain": plain}[line_format], controller, sent_s)
    finally:
        log.write_bytes(sent_s.tobytes())


if __name__ == "__main__":
    _main(float(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
