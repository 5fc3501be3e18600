"""The pre-flight process, as the console runs it: live readings, red where a run cannot start."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from femo_tui.model.participants import Consent, Participant, parse_scopes
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.preflight_client import Check, CheckState, PreflightClient, Wish
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.catalog import Catalog
from tests.devices.gsr_wire import stream
from tests.support.femo import wait_until
from tests.support.pty_sensor import PtySensor
from tests.support.xvfb import xvfb_display


class Watched:
    """The newest check of each name and all pictures, while a pre-flight runs."""

    def __init__(self, client: PreflightClient) -> None:
        self.wish = client.wish
        self._client = client
        self.newest: dict[str, Check] = {}
        self.pictures: list[Thumbnail] = []
        self.checks = 0

    def becomes(self, name: str, state: CheckState) -> Check:
        wait_until(
            lambda: name in self.newest and self.newest[name].state is state,
            f"{name} to be {state.value}",
        )
        return self.newest[name]

    def sleeps(self, seconds: float) -> None:
        """Let the pre-flight take nothing for a while, as on a machine that is too busy."""
        process = self._client._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    def grows(self) -> bool:
        """Return whether a picture comes within the next three checks."""
        checks, pictures = self.checks, len(self.pictures)
        wait_until(lambda: self.checks >= checks + 3, "three more checks")
        return len(self.pictures) > pictures


@contextmanager
def preflight(request: RecordRequest) -> Iterator[Watched]:
    client = PreflightClient(request)
    watched = Watched(client)

    def read() -> None:
        for said in client.said():
            if isinstance(said, Thumbnail):
                watched.pictures.append(said)
            else:
                watched.newest[said.name] = said
                watched.checks += 1

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield watched
    finally:
        client.close()
        reader.join(10)
    assert not reader.is_alive()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    given = Consent(parse_scopes("gsr,face"), "1", "2026-11-22")
    with Catalog.open(tmp_path / "store") as catalog:
        catalog.add_participant(Participant("S01", 30, None, "", given, "2026-11-22"), "ada")
        none = Consent(frozenset(), "1", "2026-11-22")
        catalog.add_participant(Participant("S02", 30, None, "", none, "2026-11-22"), "ada")
    return tmp_path / "store"


def test_everything_simulated_is_ready_and_says_that_it_is_simulated(root: Path) -> None:
    request = RecordRequest(root, "S01", "quick", "sim:1", "sim:1", "sim", operator="ada")
    with preflight(request) as watched:
        gsr = watched.becomes("gsr", CheckState.OK)
        camera = watched.becomes("camera", CheckState.OK)
        for name in ("consent", "films", "disk", "player"):
            watched.becomes(name, CheckState.OK)
    assert "µS" in gsr.reading
    assert gsr.gsr_us is not None
    assert "face in" in camera.reading
    assert "SIMULATED" in gsr.text
    assert "SIMULATED" in camera.text


def test_a_sensor_that_is_unplugged_is_red_until_it_is_back(root: Path, tmp_path: Path) -> None:
    with PtySensor(tmp_path) as sensor:
        request = RecordRequest(
            root, "S01", "quick", f"serial:{sensor.link}", "none", "sim", operator="ada"
        )
        lines = iter(stream(0, 10_000))
        with preflight(request) as watched:

            def reads(*states: CheckState) -> bool:
                sensor.write(next(lines))
                return "gsr" in watched.newest and watched.newest["gsr"].state in states

            ready = (CheckState.OK, CheckState.WARNING)  # it is not calibrated
            wait_until(lambda: reads(*ready), "a reading")
            sensor.unplug()
            gone = watched.becomes("gsr", CheckState.MISSING)
            sensor.plug()
            wait_until(lambda: reads(*ready), "a reading again")
    assert "plug it in again" in gone.remedy


def test_what_is_absent_is_red_with_what_to_do_and_the_rest_is_still_tried(root: Path) -> None:
    request = RecordRequest(
        root, "S01", "quick", "serial:/dev/ttyNOWHERE", "sim:1", "sim", operator="ada"
    )
    with preflight(request) as watched:
        gsr = watched.becomes("gsr", CheckState.MISSING)
        watched.becomes("camera", CheckState.OK)
    assert "/dev/ttyNOWHERE" in gsr.text + gsr.remedy


def test_the_test_card_is_played_when_it_is_wished_for(root: Path) -> None:
    with xvfb_display() as display:
        player = f"mpv?display={display}&vo=x11&audio=no"
        request = RecordRequest(root, "S01", "quick", "none", "none", player, operator="ada")
        with preflight(request) as watched:
            watched.becomes("player", CheckState.OK)
            watched.wish(Wish.TEST_CARD)
            card = watched.becomes("player", CheckState.WARNING)
    assert f"on {display} · window 1280×720 of 1280×720 · starts in " in card.text
    assert "no sound" in card.text  # audio=no
    assert "loudspeaker" in card.remedy


def test_a_screen_without_sound_is_said_before_any_film(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # no sound server is there
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    with xvfb_display() as display:
        player = f"mpv?display={display}&vo=x11"
        request = RecordRequest(root, "S01", "quick", "none", "none", player, operator="ada")
        with preflight(request) as watched:
            check = watched.becomes("player", CheckState.WARNING)
    assert "sound server" in check.remedy
    assert "films may be mute" in check.remedy


def test_films_that_are_missing_are_red(root: Path) -> None:
    request = RecordRequest(root, "S01", "wile2018", "none", "none", "sim", operator="ada")
    with preflight(request) as watched:
        films = watched.becomes("films", CheckState.MISSING)
    assert "films/" in films.text + films.remedy


def test_without_consent_to_anything_nothing_is_opened(root: Path) -> None:
    request = RecordRequest(root, "S02", "quick", "sim:1", "sim:1", "sim", operator="ada")
    with preflight(request) as watched:
        watched.becomes("consent", CheckState.MISSING)
        watched.becomes("disk", CheckState.OK)
    assert not {"gsr", "camera", "player"} & watched.newest.keys()


def test_the_camera_is_shown_while_it_is_wished_for(root: Path) -> None:
    request = RecordRequest(root, "S01", "quick", "none", "sim:1", "sim", operator="ada")
    with preflight(request) as watched:
        watched.becomes("camera", CheckState.OK)
        assert watched.pictures == []
        watched.wish(Wish.PICTURE)
        wait_until(lambda: len(watched.pictures) >= 2, "two pictures")
        watched.wish(Wish.NO_PICTURE)
        wait_until(lambda: not watched.grows(), "the pictures to end")
    assert watched.pictures[0].box is not None
    assert watched.pictures[0].t_s < watched.pictures[1].t_s


def test_frames_that_were_dropped_block_nothing_and_are_forgotten(root: Path) -> None:
    request = RecordRequest(root, "S01", "quick", "none", "sim:1?fps=60", "sim", operator="ada")
    with preflight(request) as watched:
        watched.becomes("camera", CheckState.OK)
        watched.sleeps(3.0)  # far more than the socket and the camera process hold
        late = watched.becomes("camera", CheckState.WARNING)
        watched.becomes("camera", CheckState.OK)
    assert re.search(r"\d+ frames? dropped", late.remedy)
