"""The simulated screen on a virtual clock: films take their time, questions are answered."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from femo_tui import paths
from femo_tui.devices.base import Page, Question
from femo_tui.devices.media_probe import probe
from femo_tui.devices.player import make_player
from femo_tui.devices.player_sim import SimPlayer
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.protocol import ScaleLook
from femo_tui.model.records import PlayerEvent, PlayerMoment
from tests.support.inbox import CollectingInbox

QUICK = paths.stimuli_dir() / "quick"
SEEN = Question(ScaleLook.YES_NO, 0, 1)
FEEL = Question(ScaleLook.SAM_VALENCE, 1, 9)


class Simulation:
    """A simulated player that started at boot time 1000 s."""

    def __init__(self, seed: int = 0) -> None:
        self.inbox = CollectingInbox(VirtualClock(1000.0))
        self.player = SimPlayer(f"sim:{seed}", seed)
        self.player.open()
        self.player.start(self.inbox)

    def events(self) -> list[PlayerEvent]:
        return [r for r in self.inbox.records if isinstance(r, PlayerEvent)]

    def keys(self) -> list[str | None]:
        return [e.key for e in self.events() if e.moment is PlayerMoment.KEY]


def test_a_film_takes_its_length() -> None:
    simulation = Simulation()
    simulation.player.play(QUICK / "happy.mp4")  # 3.2 s
    simulation.inbox.run_until(1010.0)
    events = simulation.events()
    assert (events[0].moment, events[0].t_s, events[0].media_s) == (
        PlayerMoment.STARTED,
        1000.04,
        0.0,
    )
    assert events[-1].moment is PlayerMoment.ENDED
    assert (events[-1].t_s, events[-1].media_s) == pytest.approx((1003.24, 3.2))
    assert [e.moment for e in events[1:-1]] == [PlayerMoment.POSITION] * 31
    assert all(e.t_s - (e.media_s or 0) == pytest.approx(1000.04) for e in events)


def test_a_paused_film_goes_on_where_it_stood() -> None:
    simulation = Simulation()
    simulation.player.play(QUICK / "happy.mp4")
    simulation.inbox.run_until(1001.0)
    simulation.player.set_paused(True)
    simulation.inbox.run_until(1008.0)
    assert simulation.events()[-1].t_s <= 1001.0
    simulation.player.set_paused(False)
    simulation.inbox.run_until(1020.0)
    assert simulation.events()[-1].t_s == pytest.approx(1010.24)
    assert len(simulation.events()) == 33


def test_nothing_comes_after_black() -> None:
    simulation = Simulation()
    simulation.player.play(QUICK / "happy.mp4")
    simulation.inbox.run_until(1001.0)
    simulation.player.blank()
    simulation.inbox.run_until(1020.0)
    assert simulation.events()[-1].t_s <= 1001.0


def test_a_question_is_answered_with_a_key_that_it_takes() -> None:
    for seed in range(30):
        simulation = Simulation(seed)
        simulation.player.show(Page(text="Seen before?", question=SEEN))
        simulation.inbox.run_until(1001.0)
        assert simulation.keys() in (["0"], ["1"])


def test_an_answer_that_is_shown_is_not_given_again() -> None:
    simulation = Simulation()
    simulation.player.show(Page(question=dataclasses.replace(FEEL, chosen=3)))
    simulation.inbox.run_until(1020.0)
    assert simulation.keys() == []


def test_a_page_without_a_question_is_left_with_the_space_bar() -> None:
    simulation = Simulation()
    simulation.player.show(Page(text="Press the space bar to go on."))
    simulation.inbox.run_until(1004.0)
    assert simulation.keys() == ["SPACE"]


def answers(seed: int) -> list[str | None]:
    simulation = Simulation(seed)
    for question in range(8):
        simulation.player.show(Page(text="How do you feel?", question=FEEL))
        simulation.inbox.run_until(1001.0 + question)
    return simulation.keys()


def test_the_same_seed_answers_the_same() -> None:
    assert answers(3) == answers(3)
    assert answers(3) != answers(4)


def test_a_film_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    simulation = Simulation()
    simulation.player.play(tmp_path / "nowhere.mp4")
    assert [e.moment for e in simulation.events()] == [PlayerMoment.FAILED]
    assert "nowhere.mp4" in simulation.inbox.named("clip_failed")[0].text


def test_a_closed_player_says_nothing_more() -> None:
    simulation = Simulation()
    simulation.player.play(QUICK / "happy.mp4")
    simulation.player.close()
    simulation.player.close()
    simulation.inbox.run_until(1010.0)
    assert simulation.events() == []


def test_a_film_is_probed_for_length_and_size(tmp_path: Path) -> None:
    # what ffprobe prints for the file: 80 frames at 25/1, 640×360
    found = probe(QUICK / "stress.mp4")
    assert (found.duration_s, found.width, found.height, found.fps) == (3.2, 640, 360, 25.0)
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    with pytest.raises(DeviceError, match=r"text\.mp4 cannot be read"):
        probe(text)


def test_players_are_made_from_their_uris() -> None:
    assert make_player("none") is None
    simulated = make_player("sim:7")
    assert simulated is not None
    assert simulated.open().simulated
    refused = ("sim:x", "sim?seed=1", "mpv:film", "sim:²", "mpv?speed=0", "mpv?screen=left", "vlc")
    for uri in (*refused, "mpv?audio=maybe", "mpv?speed=nan", "mpv?volume=3"):
        with pytest.raises(UsageError):
            make_player(uri)
