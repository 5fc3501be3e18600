"""A protocol's TOML text becomes a StudyProtocol, or one error with every mistake in it.

The format stands in the README under "Protocols". The parts of a file have readers of their own:
`protocol_step`, `protocol_scale`, `protocol_order`; `protocol_variant` merges what is extended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from femo_tui.errors import ProtocolError, UnknownName
from femo_tui.model.conditions import STUDY_EMOTIONS
from femo_tui.model.protocol import OnFailure, StudyProtocol
from femo_tui.model.protocol_order import (
    check_order,
    read_film_length,
    read_order,
    read_thresholds,
)
from femo_tui.model.protocol_scale import ScaleReader
from femo_tui.model.protocol_step import StepReader, label_steps, read_on_failure
from femo_tui.model.protocol_variant import FindBase, with_bases
from femo_tui.model.protocol_words import Languages, read_facts, read_name, read_names
from femo_tui.model.toml_table import Table
from femo_tui.model.toml_tree import Mistakes, Source

USUAL_CAMERA_FPS = 10.0  # the study's
FASTEST_CAMERA_FPS = 120.0


def no_bases(name: str, file_name: str) -> Source:
    """Find no protocol to extend."""
    raise UnknownName(f"protocol {name[:60]!r} is unknown")


def parse_protocol(text: str, file_name: str, find_base: FindBase = no_bases) -> StudyProtocol:
    """Read the text of a protocol file; `file_name` stands before each mistake.

    `find_base` is asked for the protocols that it extends.

    Raises:
        ProtocolError: a line for each mistake: file, line, what is wrong, what would be right.
    """
    source = Source(file_name, text)
    mistakes = Mistakes(source)
    whole = with_bases(source, find_base, mistakes)
    protocol = _read(Table(whole.tree, mistakes), hash_of(whole.sources))
    mistakes.raise_if_any()
    return protocol


def hash_of(sources: Sequence[Source]) -> str:
    """Return the SHA-256 of a file; a variant's is that of its base's hash, a line end, its text.

    So a change in any of the files changes it, and `sha256sum` can tell it.
    """
    sha256 = ""
    for source in reversed(sources):
        head = f"{sha256}\n" if sha256 else ""
        try:
            sha256 = hashlib.sha256(f"{head}{source.text}".encode()).hexdigest()
        except UnicodeEncodeError:
            raise ProtocolError(
                f"{source.file_name}:1: this is no text; save it as UTF-8"
            ) from None
    return sha256


def _read(top: Table, sha256: str) -> StudyProtocol:
    """Return the protocol; where a key is bad a stand-in goes on, so that none hides another."""
    top.pass_over("extends", "without")  # merged already
    if top.has("without") and not top.has("extends"):
        top.wrong("without", 'without leaves out steps of a base; add extends = "…"')
    name = read_name(top, "name")
    title = top.text("title", required=True)
    languages = Languages(top)
    emotions = read_names(top, "emotions", "emotion")
    camera_fps = top.number("camera_fps", 0, FASTEST_CAMERA_FPS, above=True)
    step_reader = StepReader(
        languages,
        STUDY_EMOTIONS if emotions is None else emotions,
        ScaleReader(top, languages),
        read_on_failure(top) or OnFailure.PAUSE,
    )
    tables = top.tables("step")
    if not tables and not top.has("step"):
        top.wrong(None, "a protocol without steps; add a [[step]] for each")
    label_steps(tables)
    steps = tuple(step_reader.read(table) for table in tables)
    order = read_order(top)
    check_order(top, order, tables, steps)
    protocol = StudyProtocol(
        name=name,
        title=title or "",
        sha256=sha256,
        languages=languages.codes,
        steps=steps,
        camera_fps=USUAL_CAMERA_FPS if camera_fps is None else camera_fps,
        keep_frames=top.flag("keep_frames"),
        thresholds=read_thresholds(top),
        order=order,
        film_length=read_film_length(top),
        asks_environment=read_facts(top, "environment"),
    )
    top.end()
    return protocol
