"""What the participant sees in each kind of step of the study, measured on a real display."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from femo_tui import paths
from femo_tui.devices.base import Page, Question
from femo_tui.model.protocol import ScaleLook
from femo_tui.model.records import PlayerMoment
from femo_tui.store.library import load_protocol
from tests.devices.screen_under_test import Screen
from tests.support import make_pictures
from tests.support.desktop import magenta_desktop, window_manager
from tests.support.screen_pictures import pictures, theatre
from tests.support.xvfb import xvfb_display

QUICK = paths.stimuli_dir() / "quick"
INK, BRIGHT = 40, 200  # grey levels
MARGIN = 0.02  # of the screen, where nothing stands


@pytest.mark.parametrize(
    ("size", "language"), [("1280x720", "en"), ("1920x1080", "es"), ("720x1280", "es")]
)
def test_every_page_of_the_study_is_all_on_the_screen(
    size: str, language: str, tmp_path: Path
) -> None:
    protocol = load_protocol("wile2018", tmp_path)
    seen: dict[str, NDArray[np.uint8]] = {}
    with theatre(size) as opened:
        for name, picture in pictures(opened, protocol, language):
            seen[name] = picture.max(axis=2)
    assert len(seen) > 30
    for name, grey in seen.items():
        height, width = grey.shape
        rows, columns = (grey > INK).nonzero()
        assert len(rows) > 200, f"{name} is empty"
        assert rows.min() >= MARGIN * height, f"{name} is cut at the top"
        assert rows.max() < (1 - MARGIN) * height, f"{name} is cut at the bottom"
        assert columns.min() >= MARGIN * width, f"{name} is cut on the left"
        assert columns.max() < (1 - MARGIN) * width, f"{name} is cut on the right"
    if (size, language) == (make_pictures.PARTICIPANT_SIZE, "en"):
        _is_in_the_readme(seen[make_pictures.PARTICIPANT_PAGE])
    answered = [name for name in seen if name.endswith("-answered")]
    assert len(answered) > 10
    for name in answered:
        filled = (seen[name] > BRIGHT) & (seen[name.removesuffix("-answered")] < INK)
        rows, columns = filled.nonzero()
        box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        assert filled.sum() > 0.7 * box, f"{name} marks no box"


def _is_in_the_readme(grey: NDArray[np.uint8]) -> None:
    """The README's picture is of this page; edges of letters may differ by the font's version."""
    import cv2

    kept = cv2.imread(str(make_pictures.PARTICIPANT), cv2.IMREAD_GRAYSCALE)
    assert kept is not None
    other = np.abs(kept.astype(int) - grey.astype(int)) > 128
    assert other.mean() < 0.002, "run: python -m tests.support.make_pictures"


@pytest.mark.parametrize("managed", [False, True])
def test_nothing_of_the_desktop_is_seen_from_the_first_page_to_the_last(
    tmp_path: Path, managed: bool
) -> None:
    with (
        xvfb_display("1280x720", "-fbdir", str(tmp_path)) as display,
        window_manager(display) if managed else nullcontext(),
        magenta_desktop(display),
    ):
        screen = Screen(display)
        screen.see_black()
        with _watched_for_magenta(tmp_path) as found:
            for _ in range(2):
                _show_everything(screen)
            screen.mpv.kill()
            screen.wait_for(PlayerMoment.DIED)
            screen.player.close()
            screen.player.open()
            screen.player.start(screen.inbox)
            _show_everything(screen)
            screen.player.blank()
            screen.see_black()
        assert found == ["nothing"]
        with _watched_for_magenta(tmp_path) as found:  # and would it have been seen?
            screen.player.close()
            screen.see(lambda _, mean: mean > 50)
        assert found == ["magenta"]


def _show_everything(screen: Screen) -> None:
    player = screen.player
    started = len(screen.all_of(PlayerMoment.STARTED))
    player.play(QUICK / "happy.mp4")
    screen.wait_for(PlayerMoment.STARTED, started + 1)
    player.show(Page(text="Hold.", illustration=QUICK / "face-happy.png", countdown_s=10))
    screen.see(lambda share, _: 0.005 < share < 0.2)
    player.play(QUICK / "neutral.mp4")
    screen.wait_for(PlayerMoment.STARTED, started + 2)
    player.set_paused(True, "One moment, please")
    screen.see(lambda share, _: 0 < share < 0.1)
    player.set_paused(False)
    screen.see(lambda _, mean: mean > 60)
    player.show(Page(question=Question(ScaleLook.SAM_VALENCE, 1, 9, chosen=3)))
    screen.see(lambda share, _: 0.001 < share < 0.1)


@contextmanager
def _watched_for_magenta(framebuffer_dir: Path) -> Iterator[list[str]]:
    """Look at the display all the time; say at the end whether the desktop was seen."""
    found: list[str] = []
    watcher = subprocess.Popen(
        [sys.executable, "-m", "tests.support.desktop", str(framebuffer_dir)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "watching\n"
    try:
        yield found
    finally:
        said, _ = watcher.communicate("")
        found += said.split()
