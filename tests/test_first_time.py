"""Somebody who has never seen femo: from an empty store to a reviewed run, by keys alone."""

from __future__ import annotations

import time

import pytest

from tests.support.femo import Femo, wait_until
from tests.support.terminal import Terminal, terminal

# The run takes 42 s by its protocol, and nothing of it is left out.
pytestmark = pytest.mark.timeout(110)

# What stands on the screen, and what somebody who reads it presses. No device is at this station.
TO_THE_RUN = (
    ("▸ Register the first participant", ["Enter"]),
    ("Code     S01               proposed", ["Enter"]),
    ("whole years, or empty", ["3", "0", "Enter"]),
    ("F, M or X as stated, or empty", ["f", "Enter"]),
    ("space ticks what was agreed to", ["Space", "Down", "Space", "Down", "Space"]),
    ("^s keep", ["C-s"]),
    ("S01 is registered: enter sets up a session", ["Enter"]),
    ("the study's", ["Up"]),
    ("Quick run through the study's shape", ["Enter"]),
    ("or d: simulated ones", ["d"]),
    ("or sim:1 (simulated), or none", ["C-u", *"sim:1", "Enter"]),
    ("▸ enter  Next field", ["C-u", *"sim:1", "Enter"]),
    ("or sim (simulated), or none", ["C-u", *"sim", "Enter"]),
    ("▸ enter  Continue", ["Enter"]),
    ("what is empty stands as not recorded", ["l", "e", "f", "t", "C-s"]),
)
# What may come up in the run, and the answer; the simulated participant rates by itself.
IN_THE_RUN = {
    "Accept the window, because": [*"simulated", "Enter"],
    "▸ a accept": ["a"],
    "▸ w accept with a reason": ["w"],
}
AFTER_IT = (
    ("▸ 5  Look through what was recorded", ["5"]),
    ("enter look", ["Enter"]),
)


def test_from_an_empty_store_to_a_reviewed_run(femo: Femo) -> None:
    with terminal(femo.command(), femo.env, 80, 24) as console:
        follow(console, TO_THE_RUN)
        console.wait_for("● REC SIMULATED S01 run-01")
        answer(console, until="▸ 5  Look through")
        follow(console, AFTER_IT)
        console.wait_for("complete: the protocol is complete")
        review = console.wait_for("enter faces")  # the last line that is painted
        assert "✓ DONE SIMULATED S01 run-01" in review
    (run,) = femo.json("sessions")
    assert (run["participant"], run["status"]) == ("S01", "complete")
    shown = femo.json("show", "S01", "--verify")
    assert len(shown["windows"]) == 11
    assert shown["environment"] == {"electrode_site": "left"}


def follow(console: Terminal, path: tuple[tuple[str, list[str]], ...]) -> None:
    for said, keys in path:
        console.wait_for(said)
        console.press(*keys)


def changed(console: Terminal, shown: str) -> None:
    wait_until(lambda: console.screen() != shown, "an answer")


def answer(console: Terminal, until: str) -> None:
    """Press what the screen asks for until it says that the run is over."""
    deadline_s = time.monotonic() + 90.0
    while until not in (screen := console.screen()):
        assert time.monotonic() < deadline_s, screen
        for said, keys in IN_THE_RUN.items():
            if said in screen:
                console.press(*keys)
                changed(console, screen)
                break
        else:
            time.sleep(0.05)
