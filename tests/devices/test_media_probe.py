"""What is found out about a film, on films made by ffmpeg; what ffprobe prints is the measure."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from femo_tui import paths
from femo_tui.devices.media_probe import header_duration_s, probe
from femo_tui.errors import DeviceError
from tests.support.films import (
    ENDINGS,
    copy_out,
    copy_with,
    cut,
    make_film,
    make_languages,
    make_variable_film,
)
from tests.support.needed import need

QUICK = paths.stimuli_dir() / "quick"


@pytest.fixture(scope="module", params=ENDINGS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / f"film{request.param}", seconds=2.0)


def ffprobe(path: Path) -> dict[str, str]:
    """Return what ffprobe prints of the picture, the sound and the whole."""
    printed = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(path)],
        check=True,
        capture_output=True,
    ).stdout
    body = json.loads(printed)
    kinds = {stream["codec_type"]: stream for stream in body["streams"]}
    return {
        "video": kinds["video"]["codec_name"],
        "audio": kinds["audio"]["codec_name"],
        "channels": str(kinds["audio"]["channels"]),
        "duration": body["format"]["duration"],
    }


def test_a_film_says_what_ffprobe_says(film: Path) -> None:
    found, expected = probe(film), ffprobe(film)
    assert (found.width, found.height) == (160, 90)
    assert found.fps == pytest.approx(25, rel=0.01)
    assert found.frame_s == pytest.approx(0.04, abs=0.0021)
    assert not found.variable_rate
    assert (found.video_codec, found.audio_codec) == (expected["video"], expected["audio"])
    assert str(found.audio_channels) == expected["channels"]
    assert found.duration_s == pytest.approx(float(expected["duration"]), abs=0.001)
    assert found.picture_s == pytest.approx(2.0, abs=0.1)
    assert (found.truncated, found.damaged_packets) == ("", 0)
    assert header_duration_s(film) == found.duration_s


@pytest.mark.parametrize("ending", [".mkv", ".webm", ".avi", ".flv"])
def test_a_film_that_is_cut_off_says_what_is_missing(tmp_path: Path, ending: str) -> None:
    whole = make_film(tmp_path / f"whole{ending}", seconds=2.0)
    found = probe(cut(whole, tmp_path / f"cut{ending}", share=0.5))
    assert "promises" in found.truncated
    assert found.picture_s < 1.5


def test_a_cut_mp4_is_named_wherever_its_index_stands(tmp_path: Path) -> None:
    in_front = make_film(tmp_path / "front.mp4", seconds=2.0, options=("-movflags", "+faststart"))
    found = probe(cut(in_front, tmp_path / "front-cut.mp4", share=0.5))
    assert found.truncated.startswith("its header promises 2.0 s and ")
    at_the_end = make_film(tmp_path / "end.mp4", seconds=2.0)
    with pytest.raises(DeviceError, match=r"end-cut\.mp4 is cut off: it should be .*; copy it aga"):
        probe(cut(at_the_end, tmp_path / "end-cut.mp4", share=0.5))
    with pytest.raises(DeviceError, match="is cut off"):
        probe(cut(at_the_end, tmp_path / "end-head.mp4", share=0.05))


def test_a_variable_rate_is_seen_and_its_longest_frame(tmp_path: Path) -> None:
    found = probe(make_variable_film(tmp_path / "variable.mp4"))
    assert found.variable_rate
    assert found.frame_s == pytest.approx(0.48, abs=0.001)  # 11 frames of 0.04 s left out


def test_silence_is_no_sound(tmp_path: Path) -> None:
    found = probe(make_film(tmp_path / "silent.mkv", seconds=0.4, sound=False))
    assert (found.audio_codec, found.audio_channels) == (None, 0)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_film_that_was_copied_out_of_another_is_what_is_seen_of_it(
    tmp_path: Path, ending: str
) -> None:
    """An MP4 holds pictures from before the cut; a Matroska file begins with them."""
    whole = make_film(tmp_path / "whole.mp4", 4.0, options=("-g", "250"))
    found = probe(copy_out(whole, tmp_path / f"out{ending}", 1.5))
    lasts_s = 2.5 if ending == ".mp4" else 4.0
    assert found.duration_s == pytest.approx(lasts_s, abs=0.1)
    assert found.picture_s == pytest.approx(lasts_s, abs=0.1)
    assert (found.begins_s, found.variable_rate, found.truncated) == (0.0, False, "")
    assert found.picture_begins_s < 0.1


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_film_that_counts_from_elsewhere_says_from_where(tmp_path: Path, ending: str) -> None:
    whole = make_film(tmp_path / f"whole{ending}", 1.0, sound=False)
    late = copy_with(whole, tmp_path / f"late{ending}", "-output_ts_offset", "3")
    assert probe(late).begins_s == pytest.approx(3.0, abs=0.1)
    assert probe(copy_with(late, tmp_path / f"mended{ending}")).begins_s == 0.0


def test_a_film_whose_sound_comes_first_says_when_its_first_picture_is(tmp_path: Path) -> None:
    whole = make_film(tmp_path / "whole.mp4", 4.0, options=("-g", "50"))
    found = probe(copy_with(whole, tmp_path / "late.mp4", "-ss", "1.5"))  # the next key frame: 2 s
    assert found.picture_begins_s == pytest.approx(0.5, abs=0.1)


def test_sound_tracks_and_subtitles_are_listed(tmp_path: Path) -> None:
    found = probe(make_languages(tmp_path / "languages.mkv", 0.4))
    assert (found.sound_tracks, found.subtitle_tracks) == (("eng", "spa"), ("spa",))


def playlist(path: Path) -> Path:
    film = make_film(path.with_suffix(".ts"), seconds=0.4)
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:0.4,", film.name, "#EXT-X-ENDLIST")
    path.write_text("\n".join(lines))
    return path


def test_a_drawing_has_no_length() -> None:
    found = probe(QUICK / "face-happy.png")
    assert (found.duration_s, found.width, found.height, found.video_codec) == (0, 600, 600, "png")


def text(path: Path) -> Path:
    path.write_text("no film\n" * 100)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def sound_alone(path: Path) -> Path:
    need("ffmpeg")
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:d=0.3", str(path)]
    subprocess.run(command, check=True)
    return path


def garbled(path: Path) -> Path:
    """A film whose pictures are noise: its index is whole, no decoder makes anything of it."""
    film = make_film(path, seconds=0.4, sound=False, options=("-movflags", "+faststart"))
    content = bytearray(film.read_bytes())
    start = content.index(b"mdat") + 4
    content[start:] = b"\xff" * (len(content) - start)
    film.write_bytes(content)
    return film


@pytest.mark.parametrize(
    ("make", "name", "says"),
    [
        (text, "text.mp4", "cannot be read"),
        (empty, "empty.mp4", "cannot be read"),
        (sound_alone, "sound.mkv", "holds no pictures"),
        (garbled, "garbled.mp4", "cannot be played"),
        (playlist, "list.m3u8", "only names other files"),
        (lambda path: path, "nowhere.mp4", r"cannot be read \(No such file"),
        (lambda path: path, "", "cannot be read"),
    ],
)
def test_what_is_no_film_is_refused_in_a_sentence(
    tmp_path: Path, make: Callable[[Path], Path], name: str, says: str
) -> None:
    with pytest.raises(DeviceError, match=says) as refused:
        probe(make(tmp_path / name))
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unchanged_file_is_read_once(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", seconds=0.4)
    assert probe(path) is probe(path)
    before = probe(path)
    make_film(path, seconds=0.8)
    assert probe(path).duration_s > before.duration_s
