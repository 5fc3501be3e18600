"""The test card on a real screen: what is said of it is what was there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from femo_tui import paths
from femo_tui.devices.media_probe import probe
from femo_tui.devices.test_card import CARD
from femo_tui.recorder.card_check import show_card
from tests.support.femo import wait_until
from tests.support.needed import need
from tests.support.xvfb import xvfb_display

RATE_HZ = 8000


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb_display("800x600") as name:
        yield name


@pytest.fixture
def seat(display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime directory without a sound server; no sound card of this machine is used."""
    for name in ("PULSE_SERVER", "PIPEWIRE_REMOTE", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("ALSA_CONFIG_PATH", "/dev/null")
    tmp_path.chmod(0o700)
    return tmp_path


@contextmanager
def pulseaudio(runtime: Path) -> Iterator[Path]:
    """Run a sound server with one loudspeaker; yield a file that what it plays is written to."""
    need("pulseaudio", "parec")
    native, heard = runtime / "pulse/native", runtime / "heard.raw"
    native.parent.mkdir(mode=0o700)
    server = subprocess.Popen(
        [
            *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
            *("-L", f"module-native-protocol-unix socket={native} auth-anonymous=1"),
            *("-L", "module-null-sink sink_name=speaker"),
        ],
        stderr=subprocess.DEVNULL,
    )
    wait_until(native.exists, "a sound server")
    with heard.open("wb") as file:
        recorder = subprocess.Popen(
            [
                *("parec", "--device=speaker.monitor", "--latency-msec=20", "--raw"),
                *("--format=s16le", f"--rate={RATE_HZ}", "--channels=1"),
            ],
            stdout=file,
        )
        wait_until(lambda: heard.stat().st_size > 0, "silence to be heard")
        try:
            yield heard
        finally:
            recorder.terminate()
            recorder.wait()
            server.terminate()
            server.wait()


def test_without_sound_the_card_says_so_and_what_to_look_at(seat: Path, display: str) -> None:
    result = show_card(f"mpv?display={display}&vo=x11", "ada")
    assert not result.ok
    assert result.text.startswith("window 800×600 of 800×600 · starts in ")
    assert "no sound" in result.text
    assert "XDG_RUNTIME_DIR" in result.remedy
    assert result.facts["sound_output"] is None


def test_the_tone_comes_out_of_the_loudspeaker_that_is_named(seat: Path, display: str) -> None:
    with pulseaudio(seat) as heard:
        result = show_card(f"mpv?display={display}&vo=x11", "ada")
        assert "tone sent to pulse (Null Output)" in result.text
        assert result.facts["sound_devices"] == ["Null Output"]
    samples = np.frombuffer(heard.read_bytes(), "<i2").astype(float)
    loud = samples[np.abs(samples) > 0]
    assert len(loud) > RATE_HZ  # more than one of its two seconds
    spectrum = np.abs(np.fft.rfft(loud))
    peak_hz = np.fft.rfftfreq(len(loud), 1 / RATE_HZ)[spectrum.argmax()]
    assert peak_hz == pytest.approx(440, abs=5)  # as stimuli/README.md says


def test_a_simulated_screen_proves_nothing_and_says_so() -> None:
    result = show_card("sim", "ada")
    assert (result.ok, result.facts) == (True, {"simulated": True})
    assert "nobody sees" in result.text


def test_the_card_is_small_and_has_a_tone() -> None:
    card = paths.stimuli_dir() / CARD
    assert card.stat().st_size < 60_000
    facts = probe(card)
    assert (facts.duration_s, facts.width, facts.height) == (2.0, 1280, 720)
    assert facts.audio_codec == "aac"
