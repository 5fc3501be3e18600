"""A window's onset against what the display showed: every frame of the film carries its number.

The display is read by a process that knows nothing of femo nor of mpv, from the X server's memory.
"""

from __future__ import annotations

import queue
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from femo_tui.devices.base import Paced, Player, Record
from femo_tui.devices.player import make_player
from femo_tui.devices.player_none import NoPlayer
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.events import RunEvent, WindowStart
from femo_tui.model.protocol import Step, StepKind, Window
from femo_tui.model.records import PlayerEvent
from femo_tui.recorder.film_step import FilmStep
from femo_tui.recorder.stage import Stage
from tests.devices.film_with_numbers import Sightings, make_numbered_film, watching
from tests.support.films import copy_out
from tests.support.xvfb import xvfb_display

FILM_S = 3.6
STARTS_S = tuple(0.1 + 0.4 * number for number in range(8))
PAUSED_AT_S, PAUSED_FOR_S = 1.15, 0.5  # between two windows


class Inbox:
    """A queue on the host's clock."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Record] = queue.Queue()
        self._clock = HostClock()

    @property
    def clock(self) -> Clock:
        return self._clock

    def put(self, record: Record) -> None:
        self._queue.put(record)

    def attach(self, source: Paced) -> None:
        raise AssertionError("mpv is not paced")

    detach = rouse = attach

    def take(self, until_s: float) -> Record | None:
        try:
            return self._queue.get(timeout=min(max(until_s - self._clock.now_s(), 0), 1))
        except queue.Empty:
            return None


class SameScreen(NoPlayer):
    """What the first step's player shows is what the others see."""

    def play(self, clip: Path) -> None:
        pass


@dataclass
class Log:
    windows: list[WindowStart] = field(default_factory=list)

    def event(self, event: RunEvent) -> None:
        if isinstance(event, WindowStart):
            self.windows.append(event)


@dataclass
class Cinema:
    """A display whose memory can be read, and a player on it."""

    player: Player
    inbox: Inbox
    memory: Path

    def show(
        self, film: Path, fps: float, *, pause: bool = False, begins_at_s: float = 0.0
    ) -> list[tuple[float, float]]:
        """Play a film for eight steps at once, a window each; return errors and uncertainties.

        `begins_at_s` is where in the film that was numbered this one begins.
        """
        log = Log()
        frames = {"film": 1 / fps}
        steps = []
        for number, start_s in enumerate(STARTS_S):
            screen = self.player if number == 0 else SameScreen()
            stage = Stage(
                *(self.inbox.clock, 0.0, log, screen, "en", {"film": film}), film_frame_s=frames
            )
            window = Window(start_s, 0.2)
            step = Step(f"film-{number}", StepKind.CLIP, FILM_S, window=window, media="film")
            steps.append(FilmStep(stage, step, 1))
        with watching(self.memory) as sightings:
            for step_run in steps:
                step_run.begin()
            self._run(steps, pause_for_s=PAUSED_FOR_S if pause else 0.0)
        seen = Sightings(sightings, fps)
        found = []
        for onset in log.windows:
            assert onset.media_s is not None
            error_s = seen.error_s(onset.t_s, onset.media_s + begins_at_s)
            found.append((error_s, onset.uncertainty_s))
        assert len(found) == len(STARTS_S)
        return found

    def _run(self, steps: list[FilmStep], pause_for_s: float) -> None:
        """Do what the engine does, for all steps, until the film has ended."""
        clock = self.inbox.clock
        while not all(step.ended for step in steps):
            record = self.inbox.take(min(step.deadline_s() for step in steps))
            now_s = clock.now_s()
            for step in steps:
                if isinstance(record, PlayerEvent):
                    step.hear(record)
                elif now_s >= step.deadline_s():
                    step.reach(now_s)
            played_s = steps[0].media_played_s or 0.0
            if pause_for_s and played_s > PAUSED_AT_S:
                for step in steps:
                    step.pause(clock.now_s())
                clock.sleep_until(clock.now_s() + pause_for_s)
                for step in steps:
                    step.resume(clock.now_s())
                pause_for_s = 0.0


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cinema]:
    memory = tmp_path_factory.mktemp("display")
    with xvfb_display("1280x720", "-fbdir", str(memory)) as display:
        player = make_player(f"mpv?display={display}&vo=x11&audio=no")
        assert player is not None
        player.open()
        inbox = Inbox()
        player.start(inbox)
        yield Cinema(player, inbox, memory)
        player.close()


@pytest.mark.alone
def test_the_onset_of_a_window_is_what_the_display_shows(cinema: Cinema, tmp_path: Path) -> None:
    """40 windows: right to a frame and 20 ms at p95, and the recorded uncertainty covers it.

    A machine too busy to show the film is known by the larger uncertainty that it records.
    """
    errors_s: list[float] = []
    too_far_off: list[tuple[float, float, float]] = []
    not_covered: list[tuple[float, float, float]] = []
    for fps, pause in ((24, False), (25, False), (25, True), (30, False), (60, False)):
        film = make_numbered_film(tmp_path / f"{fps}.mp4", FILM_S, fps)
        for error_s, uncertainty_s in cinema.show(film, fps, pause=pause):
            errors_s.append(abs(error_s))
            if abs(error_s) > max(1 / fps + 0.02, uncertainty_s):
                too_far_off.append((fps, error_s, uncertainty_s))
            if abs(error_s) > uncertainty_s:
                not_covered.append((fps, error_s, uncertainty_s))
    assert len(errors_s) == 40
    assert statistics.median(errors_s) < 0.02
    assert len(too_far_off) <= 2, too_far_off
    assert len(not_covered) <= 2, not_covered


def test_a_film_that_was_cut_out_of_another_begins_where_it_was_cut(
    cinema: Cinema, tmp_path: Path
) -> None:
    """Cut by copying, an MP4 holds pictures from before the cut, which are not to be seen."""
    whole = make_numbered_film(tmp_path / "whole.mp4", FILM_S + 1.1)  # one key frame, the first
    film = copy_out(whole, tmp_path / "cut.mp4", 1.1)
    found = cinema.show(film, 25, begins_at_s=1.1)
    assert statistics.median(abs(error_s) for error_s, _ in found) < 0.02
    too_far_off = [pair for pair in found if abs(pair[0]) > max(1 / 25 + 0.02, pair[1])]
    assert len(too_far_off) <= 1, too_far_off  # of a machine that is busy besides
