"""Small films for tests, made by ffmpeg: moving shapes and a tone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.needed import need

_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_CODECS = {
    ".mp4": (*_X264, "-c:a", "aac"),
    ".mkv": (*_X264, "-c:a", "aac"),
    ".avi": (*_X264, "-c:a", "mp3"),
    ".flv": (*_X264, "-c:a", "aac"),
    ".ts": (*_X264, "-c:a", "aac"),
    ".mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    ".webm": ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "300k", "-c:a", "libvorbis"),
    ".wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
}
ENDINGS = tuple(_CODECS)


def make_film(
    path: Path, seconds: float, *, fps: int = 25, sound: bool = True, options: tuple[str, ...] = ()
) -> Path:
    """Write a film of 160×90 in the container that the name asks for."""
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r={fps}:d={seconds}")
    tone = ("-f", "lavfi", "-i", f"sine=440:d={seconds}") if sound else ()
    return _ffmpeg(*picture, *tone, *_CODECS[path.suffix], *options, path=path)


def make_variable_film(path: Path) -> Path:
    """Write two seconds at 25 frames a second with eleven frames left out, one after another."""
    source = "testsrc2=s=160x90:r=25:d=2,select='not(between(n,10,20))'"
    return _ffmpeg("-f", "lavfi", "-i", source, "-fps_mode", "vfr", *_X264, path=path)


def cut(whole: Path, path: Path, share: float) -> Path:
    """Write the first part of a film, as a copy that was broken off."""
    content = whole.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    return path


def copy_out(whole: Path, path: Path, start_s: float, seconds: float | None = None) -> Path:
    """Cut a film out of another as people do: copied, not encoded anew."""
    length = () if seconds is None else ("-t", str(seconds))
    return _ffmpeg("-ss", str(start_s), "-i", str(whole), *length, "-c", "copy", path=path)


def copy_with(whole: Path, path: Path, *options: str) -> Path:
    """Copy what a film holds into a new one, with options of ffmpeg's."""
    return _ffmpeg("-i", str(whole), *options, "-c", "copy", path=path)


def make_languages(path: Path, seconds: float) -> Path:
    """Write a film with sound in English and Spanish, and Spanish subtitles that ask to be seen."""
    captions = path.with_suffix(".srt")
    captions.write_text(f"1\n00:00:00,000 --> 00:00:{seconds:06.3f}\nSUBTITLES\n".replace(".", ","))
    tones = (part for hz in (440, 880) for part in ("-f", "lavfi", "-i", f"sine={hz}:d={seconds}"))
    return _ffmpeg(
        *("-f", "lavfi", "-i", f"color=black:s=160x90:r=25:d={seconds}", *tones),
        *("-i", str(captions), "-map", "0", "-map", "1", "-map", "2", "-map", "3"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=spa"),
        *("-metadata:s:s:0", "language=spa", "-disposition:s:0", "default+forced"),
        *(*_CODECS[path.suffix], "-c:s", "srt", "-t", str(seconds)),
        path=path,
    )


def _ffmpeg(*arguments: str, path: Path) -> Path:
    need("ffmpeg")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(path)], check=True)
    return path
