"""A protocol's TOML text becomes a StudyProtocol, or one error with every mistake in it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import fields

from femo_tui.errors import ProtocolError
from femo_tui.model.conditions import STUDY_EMOTIONS, Condition, Elicitation
from femo_tui.model.protocol import Scale, Step, StepKind, StudyProtocol, Thresholds, Window
from femo_tui.model.toml_lines import LineIndex
from femo_tui.model.toml_table import Mistakes, Table, parse_toml

LONGEST_S = 24 * 3600.0
FASTEST_CAMERA_FPS = 120.0
_ROUNDING_S = 1e-9  # 0.1 + 0.2 is more than 0.3
_LONGEST_NAME = 40  # names become folder and file names
_THRESHOLD_TO = {"longest_gap_s": 60, "onset_uncertainty_s": 10, "sharpness": 1e6}  # others: 1
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

_K = StepKind
_NEEDS_DURATION = {_K.SETTLE, _K.BASELINE, _K.ACTED}  # the others wait for a film or for a key
_NEEDS_TEXT = {_K.INSTRUCTION, _K.DEBRIEF}
_ASKS = {_K.RATING, _K.QUESTIONNAIRE}
_HAS_WINDOW = {_K.SETTLE, _K.BASELINE, _K.CLIP, _K.ACTED, _K.REST}


def parse_protocol(text: str, file_name: str) -> StudyProtocol:
    """Read the text of a protocol file; `file_name` stands before each mistake.

    Raises:
        ProtocolError: a line for each mistake: file, line, what is wrong, what would be right.
    """
    try:
        sha256 = hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        raise ProtocolError(f"{file_name}:1: this is no text; save it as UTF-8") from None
    values = parse_toml(text, file_name)
    mistakes = Mistakes(file_name, LineIndex(text))
    protocol = _Reader(Table(values, mistakes)).read(sha256)
    mistakes.raise_if_any()
    return protocol


class _Reader:
    """Reads one protocol; where a key is bad a stand-in goes on, so that all mistakes are found."""

    def __init__(self, top: Table) -> None:
        self._top = top
        self._languages: tuple[str, ...] = ()
        self._emotions: tuple[str, ...] = STUDY_EMOTIONS

    def read(self, sha256: str) -> StudyProtocol:
        top = self._top
        name = _name(top, "name")
        title = top.text("title", required=True)
        self._languages = self._read_languages()
        self._emotions = self._read_emotions()
        camera_fps = top.number("camera_fps", 0, FASTEST_CAMERA_FPS, above=True)
        keep_frames = top.flag("keep_frames")
        thresholds = self._read_thresholds()
        steps = tuple(self._read_step(table) for table in self._step_tables())
        top.end()
        return StudyProtocol(
            name=name,
            title=title or "",
            sha256=sha256,
            languages=self._languages,
            steps=steps,
            camera_fps=10.0 if camera_fps is None else camera_fps,
            keep_frames=keep_frames,
            thresholds=thresholds,
        )

    def _read_languages(self) -> tuple[str, ...]:
        given = self._top.texts("languages", required=True) or []
        for language in given:
            if not _LANGUAGE.fullmatch(language):
                self._top.wrong("languages", f"language {language!r}; write codes such as en or es")
        return tuple(given)

    def _read_emotions(self) -> tuple[str, ...]:
        given = self._top.texts("emotions")
        for emotion in given or ():
            _check_name(self._top, "emotions", "emotion", emotion)
        return STUDY_EMOTIONS if given is None else tuple(given)

    def _read_thresholds(self) -> Thresholds:
        table = self._top.table("thresholds")
        if table is None:
            return Thresholds()
        given = {
            part.name: table.number(part.name, 0, _THRESHOLD_TO.get(part.name, 1))
            for part in fields(Thresholds)
        }
        table.end()
        return Thresholds(**{name: value for name, value in given.items() if value is not None})

    def _step_tables(self) -> list[Table]:
        tables = self._top.tables("step")
        if not tables and not self._top.has("step"):
            self._top.wrong(None, "a protocol without steps; add a [[step]] for each")
        names: set[str] = set()
        for table in tables:
            name = table.text("name")
            if name is None:
                continue
            table.label = f"step {name[:_LONGEST_NAME]!r}: "
            if name in names:
                table.wrong("name", "this name stands twice; give each step its own")
            names.add(name)
        return tables

    def _read_step(self, table: Table) -> Step:
        name = _name(table, "name")
        kind_name = table.choice("kind", [kind.value for kind in StepKind], required=True)
        kind = None if kind_name is None else StepKind(kind_name)
        duration_s = table.number(
            "duration_s", 0, LONGEST_S, above=True, required=kind in _NEEDS_DURATION
        )
        step = Step(
            name=name,
            kind=kind or StepKind.REST,
            duration_s=duration_s,
            condition=self._read_condition(table, kind),
            window=self._read_window(table, kind, duration_s),
            media=_media(table, required=kind is StepKind.CLIP),
            text=self._read_text(table, required=kind in _NEEDS_TEXT),
            scales=self._read_scales(table, kind),
            content_warning=self._read_warning(table),
        )
        if kind is StepKind.ACTED and not table.has("text") and not table.has("media"):
            table.wrong(None, "shows nothing; give it a text, an illustration as media, or both")
        table.end()
        return step

    def _read_condition(self, table: Table, kind: StepKind | None) -> Condition | None:
        emotion = table.choice("emotion", self._emotions, required=kind is StepKind.ACTED)
        elicitation = table.choice("elicitation", [e.value for e in Elicitation])
        if not table.has("emotion"):
            if table.has("elicitation"):
                table.wrong("elicitation", "elicitation without emotion; add emotion = …")
            return None
        if elicitation is None and not table.has("elicitation"):
            usual = {StepKind.ACTED: Elicitation.ACTED, StepKind.CLIP: Elicitation.SPONTANEOUS}
            if kind is not None and kind not in usual:
                table.wrong("emotion", 'emotion without elicitation; add elicitation = "S" or "A"')
            elicitation = usual.get(kind) if kind is not None else None
        if emotion is None or elicitation is None:
            return None
        return Condition(emotion, Elicitation(elicitation))

    def _read_window(
        self, table: Table, kind: StepKind | None, step_duration_s: float | None
    ) -> Window | None:
        given = table.table("window")
        if given is None:
            return None
        window = _window(given)
        given.end()
        if kind is not None and kind not in _HAS_WINDOW:
            table.wrong("window", f"a window in a step of kind {kind.value}; leave it out")
        if window is None:
            return None
        if step_duration_s is not None and window.end_s > step_duration_s + _ROUNDING_S:
            table.wrong(
                "window",
                f"window ends at {window.end_s:g} s but the step lasts {step_duration_s:g} s;"
                " begin it earlier or make it shorter",
            )
        if step_duration_s is None and kind is StepKind.REST:
            table.wrong("window", "a window in a step without length; add duration_s = …")
        return window

    def _read_text(self, table: Table, *, required: bool = False) -> dict[str, str]:
        return self._read_texts(table, "text", required=required)

    def _read_texts(self, table: Table, key: str, *, required: bool = False) -> dict[str, str]:
        if not table.has(key):
            if required:
                table.wrong(None, f"{key} is missing; add {key} = {{ {self._in_each_language()} }}")
            return {}
        given = table.table(key)
        if given is None:
            return {}
        texts: dict[str, str] = {}
        for language in self._languages:
            if not given.has(language):
                given.wrong(None, f'no {language}; add {language} = "…"')
            if (text := given.text(language)) is not None:
                texts[language] = text
        for extra in given.names():
            if extra not in self._languages:
                given.wrong(extra, f"{extra!r} is none of the protocol's languages; add it there")
        return texts

    def _read_warning(self, table: Table) -> dict[str, str]:
        return self._read_texts(table, "content_warning")

    def _in_each_language(self) -> str:
        return ", ".join(f'{language} = "…"' for language in self._languages or ("en",))

    def _read_scales(self, table: Table, kind: StepKind | None) -> tuple[Scale, ...]:
        tables = table.tables("scale")
        if kind in _ASKS and not table.has("scale"):
            table.wrong(None, "asks nothing; add a [[step.scale]] for each question")
        if tables and kind is not None and kind not in _ASKS:
            table.wrong("scale", f"questions in a step of kind {kind.value}; use a rating step")
        scales = tuple(self._read_scale(given) for given in tables)
        names = [scale.name for scale in scales if scale.name]
        for name in sorted({name for name in names if names.count(name) > 1}):
            table.wrong("scale", f"scale {name!r} stands twice; give each its own name")
        return scales

    def _read_scale(self, table: Table) -> Scale:
        name = _name(table, "name")
        low, high = table.whole("low", 0, 9), table.whole("high", 0, 9)  # answered with one key
        if low is not None and high is not None and low >= high:
            table.wrong("low", f"low {low} is not below high {high}; give two different ends")
        text = self._read_text(table, required=True)
        table.end()
        return Scale(name=name, text=text, low=low or 0, high=9 if high is None else high)


def _name(table: Table, key: str) -> str:
    """Return a required name, empty if it is bad."""
    name = table.text(key, required=True)
    if name is not None:
        _check_name(table, key, key, name)
    return name or ""


def _check_name(table: Table, key: str, word: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        table.wrong(key, f"{word} {name[:60]!r}; use lower case letters, digits and dashes")
    elif len(name) > _LONGEST_NAME:
        table.wrong(key, f"{word} of {len(name)} characters; use at most {_LONGEST_NAME}")


def _media(table: Table, *, required: bool) -> str | None:
    """Return a path inside the stimuli folders, with forward slashes."""
    media = table.text("media", required=required)
    if media is None:
        return None
    parts = media.split("/")
    if "\\" in media or "" in parts or ".." in parts or not media.isprintable():
        table.wrong(
            "media", f"media {media[:60]!r}; give a path inside stimuli/, such as films/one.mp4"
        )
    return media


def _window(table: Table) -> Window | None:
    """Return `{start_s, duration_s}`, or `{peak_s, half_s}` as the span around the peak."""
    by_peak = table.has("peak_s") or table.has("half_s")
    if by_peak and (table.has("start_s") or table.has("duration_s")):
        table.wrong(None, "start_s, duration_s and peak_s, half_s together; give one of the pairs")
    if not by_peak:
        start_s = table.number("start_s", 0, LONGEST_S, required=True)
        length_s = table.number("duration_s", 0, LONGEST_S, above=True, required=True)
        if start_s is None or length_s is None:
            return None
        return Window(start_s, length_s)
    table.number("start_s", 0, LONGEST_S)
    table.number("duration_s", 0, LONGEST_S)
    peak_s = table.number("peak_s", 0, LONGEST_S, required=True)
    half_s = table.number("half_s", 0, LONGEST_S, above=True, required=True)
    if peak_s is None or half_s is None:
        return None
    if peak_s < half_s:
        table.wrong("half_s", f"peak_s − half_s is before 0 s; give a half_s of {peak_s:g} or less")
        return None
    return Window(peak_s - half_s, 2 * half_s)
