"""Small films for tests, made by ffmpeg: moving shapes and a tone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.xvfb import need

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


def _ffmpeg(*arguments: str, path: Path) -> Path:
    need("ffmpeg")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(path)], check=True)
    return path
