"""Looks for garbage while the operator pauses, never between a key and its answer.

Python looks through everything it holds whenever that has grown by a quarter. With a thousand runs
this held a key up by a tenth of a second, every few keys. So all of it is looked through in pauses,
and what came to stay (modules, styles, screens) is put aside and not looked through each time.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from math import inf

LOOK_EVERY_S = 0.3
PAUSE_S = 0.15  # since a key was answered
LONG_PAUSE_S = 5.0
THOROUGH_EVERY_S = 600.0  # it takes a tenth of a second; what was put aside may be garbage by then
# How often Python looks through what is young until it is time to look through all.
DUE = 10  # in a pause, as in Python itself
WITHOUT_PAUSE = 150  # somebody keeps a key pressed for half a minute: memory has an end, too


class Tidying:
    """Decides what is looked through when; a moment is a time in seconds of any clock."""

    def __init__(self) -> None:
        self._pressed_s = self._thorough_s = -inf
        self._answered = True
        self._seen = 0  # modules imported at the last look
        self._modules = 0  # and when things were last put aside

    def begin(self) -> None:
        """Put aside what the first paint needed, and leave the rest to the pauses."""
        gc.collect(1)
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, WITHOUT_PAUSE)

    def end(self) -> None:
        """Leave it to Python again."""
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, DUE)
        gc.unfreeze()

    def pressed(self, now_s: float) -> None:
        """Take note of a key; no pause begins before something is painted."""
        self._pressed_s, self._answered = now_s, False

    def painted(self, now_s: float) -> None:
        """Take note that something was painted: since a key, its answer."""
        if not self._answered:
            self._pressed_s, self._answered = now_s, True

    def look(self, now_s: float) -> None:
        """Look through what is due, if this is a pause."""
        pause_s = now_s - self._pressed_s
        if pause_s < (PAUSE_S if self._answered else LONG_PAUSE_S):
            return  # not every key has an answer
        if pause_s >= LONG_PAUSE_S and now_s - self._thorough_s >= THOROUGH_EVERY_S:
            self._thorough_s = now_s
            gc.unfreeze()
            self._put_aside()
        elif len(sys.modules) != self._seen:
            self._seen = len(sys.modules)  # more may be on its way
        elif self._seen != self._modules:  # and a screen, or whatever they were needed for
            self._put_aside()
        elif gc.get_count()[2] >= DUE:
            gc.collect()

    def _put_aside(self) -> None:
        self._seen = self._modules = len(sys.modules)
        gc.collect()
        gc.freeze()
        _give_back()


def _give_back() -> None:
    """Give the system what the C library keeps and nothing uses; elsewhere nothing is done."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
