"""Writes the lines of a GSR sensor as its sketch would."""

from __future__ import annotations

import functools
import operator


def framed(seq: int, micros: int, total: int = 40_000, n: int = 100) -> bytes:
    """Return one line of the femo format: XOR of every byte before the `*`."""
    body = b"F,%d,%d,%d,%d" % (seq, micros, total, n)
    return b"%s*%02X\r\n" % (body, functools.reduce(operator.xor, body))


def stream(first: int, count: int, *, period_us: int = 100_000, bits: int = 32) -> list[bytes]:
    """Return `count` lines from sequence number `first` on, as a sensor sends them."""
    return [
        framed(seq % (1 << bits), seq * period_us % (1 << 32))
        for seq in range(first, first + count)
    ]
