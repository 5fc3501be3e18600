"""Writes XDF 1.0: chunks of streams in one file (github.com/sccn/xdf, "Specifications")."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import BinaryIO
from xml.etree.ElementTree import Element, SubElement, tostring

from femo_tui.store.exchange import ExchangeStream, Moment

_MAGIC = b"XDF:"
_FILE_HEADER, _STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _BOUNDARY, _STREAM_FOOTER = range(1, 7)
_BOUNDARY_MARK = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
_BOUNDARY_EVERY = 10 << 20  # bytes, as the specification advises: a damaged file is read from there
_AT_ONCE = 1 << 14  # samples of a chunk


class XdfWriter:
    """Writes one file: `add` streams, `put` samples in any order of streams, then `finish`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ids: dict[str, int] = {}
        self._waiting: dict[str, list[Moment]] = {}
        self.counts: dict[str, int] = {}  # samples written, by stream
        self._first_s: dict[str, float] = {}
        self._last_s: dict[str, float] = {}
        self._since_boundary = 0
        file.write(_MAGIC)
        header = Element("info")
        SubElement(header, "version").text = "1.0"
        self._chunk(_FILE_HEADER, _xml(header))

    def add(self, stream: ExchangeStream, source: str, facts: Mapping[str, str]) -> None:
        """Begin a stream; `source` names what it comes from, `facts` stand in its description."""
        number = len(self._ids) + 1
        self._ids[stream.name], self._waiting[stream.name] = number, []
        self.counts[stream.name] = 0
        info = Element("info")
        head = {
            "name": stream.name,
            "type": stream.kind,
            "channel_count": str(len(stream.channels)),
            "nominal_srate": repr(stream.rate_hz or 0.0),
            "channel_format": "string" if stream.of_text else "double64",
            "source_id": source,
        }
        for key, text in head.items():
            SubElement(info, key).text = text
        desc = SubElement(info, "desc")
        channels = SubElement(desc, "channels")
        for channel in stream.channels:
            one = SubElement(channels, "channel")
            SubElement(one, "label").text = channel.label
            SubElement(one, "unit").text = channel.unit
        own = SubElement(desc, "femo")
        for key, text in facts.items():
            SubElement(own, key).text = text
        self._chunk(_STREAM_HEADER, struct.pack("<I", number) + _xml(info))
        self._one_clock(number, 0.0)

    def put(self, moment: Moment) -> None:
        """Add a sample, which carries its time; those of one stream come in order."""
        waiting = self._waiting[moment.stream]
        waiting.append(moment)
        if len(waiting) == _AT_ONCE:
            self._write(moment.stream)

    def _write(self, name: str) -> None:
        waiting = self._waiting[name]
        if not waiting:
            return
        head = struct.pack("<IBI", self._ids[name], 4, len(waiting))
        self._chunk(_SAMPLES, head + b"".join(map(_sample, waiting)))
        self.counts[name] += len(waiting)
        self._first_s.setdefault(name, waiting[0].t_s)
        self._last_s[name] = waiting[-1].t_s
        waiting.clear()
        if self._since_boundary > _BOUNDARY_EVERY:
            self._chunk(_BOUNDARY, _BOUNDARY_MARK)
            self._since_boundary = 0

    def finish(self) -> None:
        """Write what waits, and the footer of every stream."""
        for name, number in self._ids.items():
            self._write(name)
            self._one_clock(number, self._last_s.get(name, 0.0))
            info = Element("info")
            SubElement(info, "first_timestamp").text = repr(self._first_s.get(name, 0.0))
            SubElement(info, "last_timestamp").text = repr(self._last_s.get(name, 0.0))
            SubElement(info, "sample_count").text = str(self.counts[name])
            self._chunk(_STREAM_FOOTER, struct.pack("<I", number) + _xml(info))

    def _one_clock(self, number: int, at_s: float) -> None:
        """Tell that a stream's times are on the file's own clock."""
        self._chunk(_CLOCK_OFFSET, struct.pack("<Idd", number, at_s, 0.0))

    def _chunk(self, tag: int, content: bytes) -> None:
        length = len(content) + 2
        self._file.write(b"\x08" + struct.pack("<QH", length, tag) + content)
        self._since_boundary += length


def _sample(moment: Moment) -> bytes:
    values = b"".join(
        b"\x04" + struct.pack("<I", len(text := value.encode())) + text
        if isinstance(value, str)
        else struct.pack("<d", value)
        for value in moment.values
    )
    return b"\x08" + struct.pack("<d", moment.t_s) + values


def _xml(info: Element) -> bytes:
    text: bytes = tostring(info, encoding="utf-8", xml_declaration=True)
    return text
