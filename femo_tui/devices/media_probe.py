"""What a film is made of, and whether all of it is there: its packets are read, not decoded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import DeviceError
from femo_tui.model.media import MediaFacts

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

CUT_FROM_S = 0.5  # headers round, and sound and picture seldom end together
CUT_FROM_SHARE = 0.02  # of the frames that an index promises
# Matroska keeps times in milliseconds, so frames of a constant rate differ by one.
_RATE_JITTER_S = 0.0021
_AV_TIME_BASE = 1_000_000  # FFmpeg's, of a container's duration and start
# Their length counts from 0, wherever they begin; a stream that is cut out of another does not.
_COUNTED_FROM_ZERO = {"mov", "matroska"}
_NAMES_OTHERS = {"hls", "dash", "concat", "concatf", "sdp", "rtsp", "imf"}


def probe(path: Path) -> MediaFacts:
    """Read a film from its beginning to its end, or a drawing; an unchanged file is read once only.

    A film of an hour is read in about the time that copying it takes.

    Raises:
        DeviceError: it is missing, or is no film; one that is cut off is a film with `truncated`.
    """
    found = _stat(path)
    return _probe(path, found.st_mtime_ns, found.st_size)


def header_duration_s(path: Path) -> float:
    """Return the length that a film's header gives, without reading on where it gives one.

    Raises:
        DeviceError: it is missing, or is no film.
    """
    found = _stat(path)
    return _header_duration_s(path, found.st_mtime_ns, found.st_size)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as problem:
        raise DeviceError(
            f"film {path} cannot be read ({problem.strerror}): look where it is"
        ) from None


@lru_cache(maxsize=64)
def _header_duration_s(path: Path, modified_ns: int, size_bytes: int) -> float:
    with _opened(path) as film:
        if film.duration:
            return film.duration / _AV_TIME_BASE
    return _probe(path, modified_ns, size_bytes).duration_s


@lru_cache(maxsize=64)
def _probe(path: Path, modified_ns: int, size_bytes: int) -> MediaFacts:
    with _opened(path) as film:
        container = film.format.name.partition(",")[0]
        if container in _NAMES_OTHERS:
            raise DeviceError(
                f"film {path} only names other files, which may change: choose the film itself"
            )
        pictures = _pictures(path, film)
        read = _read_packets(film, pictures)
        if not read.decoded:
            raise DeviceError(
                f"film {path} cannot be played ({pictures.codec_context.name} gives no picture):"
                " check the file, or convert it to MP4"
            )
        sound = next(iter(film.streams.audio), None)
        duration_s = film.duration / _AV_TIME_BASE if film.duration else read.end_s
        if len(read.shown_s) == 1 and not pictures.duration:
            duration_s = 0.0  # a drawing
        intervals = [b - a for a, b in zip(read.shown_s, read.shown_s[1:], strict=False)]
        usual_s = sorted(intervals)[len(intervals) // 2] if intervals else 0.0
        longest_s = max(intervals, default=0.0)
        span_s = read.shown_s[-1] - read.shown_s[0] if read.shown_s else 0.0
        return MediaFacts(
            duration_s=round(duration_s, 6),
            picture_s=round(read.picture_end_s, 6),
            width=pictures.width,
            height=pictures.height,
            fps=round(len(intervals) / span_s, 3) if span_s > 0 else 0.0,
            frame_s=round(longest_s, 6),
            variable_rate=longest_s - min(intervals, default=0.0)
            > max(_RATE_JITTER_S, usual_s / 10),
            video_codec=pictures.codec_context.codec.canonical_name,
            audio_codec=None if sound is None else sound.codec_context.codec.canonical_name,
            audio_channels=0 if sound is None else sound.codec_context.layout.nb_channels,
            container=container,
            truncated=_what_is_missing(duration_s, pictures.frames, read),
            damaged_packets=read.damaged,
            begins_s=round(_start_s(film), 6) if container in _COUNTED_FROM_ZERO else 0.0,
            picture_begins_s=round(read.shown_s[0], 6) if read.shown_s else 0.0,
            sound_tracks=tuple(track.language or "und" for track in film.streams.audio),
            subtitle_tracks=tuple(track.language or "und" for track in film.streams.subtitles),
        )


def _opened(path: Path) -> InputContainer:
    import av

    try:
        return av.open(str(path.absolute()))  # a name with a colon is no address
    except av.FFmpegError as problem:
        if isinstance(problem, av.InvalidDataError) and (cut := _mp4_cut(path)):
            raise DeviceError(f"film {path} is cut off: {cut}; copy it again") from None
        raise DeviceError(
            f"film {path} cannot be read ({problem.strerror}): check the file, or convert it to MP4"
        ) from None


def _pictures(path: Path, film: InputContainer) -> VideoStream:
    """Return the stream that is watched; the picture on a record's sleeve is none."""
    from av.stream import Disposition

    for stream in film.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise DeviceError(f"film {path} holds no pictures: choose another file")


@dataclass(frozen=True, slots=True)
class _Packets:
    shown_s: list[float]  # when each picture is shown, in order
    picture_end_s: float
    end_s: float  # of pictures and sound
    damaged: int
    decoded: bool  # there is a decoder, and it makes a picture of what is there


def _read_packets(film: InputContainer, pictures: VideoStream) -> _Packets:
    import av

    start_s = _start_s(film)
    shown_s: list[float] = []
    picture_end_s = end_s = 0.0
    damaged = 0
    decoded = False
    try:
        for packet in film.demux():
            if not decoded and packet.stream_index == pictures.index:
                decoded = bool(_decode(packet))
            if packet.pts is None or packet.is_discard:  # from before the place of a cut
                continue
            damaged += packet.is_corrupt
            at_s = float(packet.pts * packet.time_base) - start_s
            until_s = at_s + float((packet.duration or 0) * packet.time_base)
            end_s = max(end_s, until_s)
            if packet.stream_index == pictures.index:
                shown_s.append(at_s)
                picture_end_s = max(picture_end_s, until_s)
    except av.FFmpegError:
        damaged += 1
    return _Packets(sorted(shown_s), picture_end_s, end_s, damaged, decoded)


def _start_s(film: InputContainer) -> float:
    return (film.start_time or 0) / _AV_TIME_BASE


def _decode(packet: Packet[Stream]) -> Sequence[object]:
    import av

    try:
        return packet.decode()
    except av.FFmpegError:
        return ()


def _what_is_missing(duration_s: float, promised_frames: int, read: _Packets) -> str:
    """Say what a header promises that is not there, by time, or by the index's count of frames."""
    if read.end_s < duration_s - CUT_FROM_S:
        return f"its header promises {duration_s:.1f} s and {read.end_s:.1f} s are there"
    there = len(read.shown_s)
    if read.damaged and there < promised_frames * (1 - CUT_FROM_SHARE):
        return f"its index promises {promised_frames} frames and {there} are there"
    return ""


def _mp4_cut(path: Path) -> str:
    """Say where an MP4 ends too early: its index stands at the end, so nothing opens without it."""
    size_bytes = path.stat().st_size
    with path.open("rb") as film:
        at = 0
        while at + 8 <= size_bytes:
            film.seek(at)
            length, name = int.from_bytes(film.read(4)), film.read(4)
            if at == 0 and name != b"ftyp":
                return ""
            if length == 1:  # the length needs 64 bits, and follows
                length = int.from_bytes(film.read(8))
            if length == 0:  # to the end of the file, which a whole film does not lack its index in
                return "its index is missing"
            if length < 8:
                return ""
            at += length
    if at > size_bytes:
        return f"it should be {at / 1e6:.1f} MB or more and is {size_bytes / 1e6:.1f} MB"
    return "its index is missing" if at else ""
