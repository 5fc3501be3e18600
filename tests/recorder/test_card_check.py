"""What the set-up says of the participant's screen before anything was shown on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.config import Config
from femo_tui.devices import sound
from femo_tui.devices.base import DeviceInfo, Page
from femo_tui.devices.player import make_player
from femo_tui.doctor.finding import Standing, Subject
from femo_tui.doctor.screen import look_at_sound
from femo_tui.model.records import JsonValue
from femo_tui.recorder.card_check import CardCheck
from femo_tui.recorder.preflight_client import CheckState

# As Linux writes it with one card, and without any.
CARD = " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n"
NO_CARD = "--- no soundcards ---\n"


def verdict(**facts: JsonValue) -> tuple[CheckState, str]:
    player = make_player("sim")
    assert player is not None
    info = DeviceInfo("mpv", "mpv on :0", False, None, facts)
    state, _, remedy = CardCheck(player, Page(text="")).verdict(info)
    return state, remedy


@pytest.mark.parametrize(("cards", "found"), [(CARD, "a sound card"), (NO_CARD, "neither")])
def test_a_screen_without_sound_is_a_look_in_the_words_of_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cards: str, found: str
) -> None:
    (tmp_path / "cards").write_text(cards)
    monkeypatch.setattr(sound, "_SOUND_CARDS", tmp_path / "cards")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    doctor = look_at_sound(Subject(tmp_path, Config(player="mpv")))
    state, remedy = verdict(audio=True, sound_server="")
    assert (doctor.standing, state) == (Standing.LOOK, CheckState.WARNING)
    assert doctor.found.startswith(found)
    assert remedy.startswith(f"{doctor.found}: films may be mute")


def test_a_screen_with_a_sound_server_or_where_none_is_wanted_is_fine() -> None:
    assert verdict(audio=True, sound_server="PipeWire") == (CheckState.OK, "")
    assert verdict(audio=False, sound_server="") == (CheckState.OK, "")
