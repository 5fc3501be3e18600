"""The `[[step]]` tables of a protocol file, with their clips and windows."""

from __future__ import annotations

from dataclasses import dataclass, field

from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.protocol import Clip, OnFailure, Scale, Step, StepKind, Window
from femo_tui.model.protocol_scale import ScaleReader
from femo_tui.model.protocol_words import LONGEST_NAME, OF_A_CLIP, Languages, is_name, read_name
from femo_tui.model.toml_table import Table

LONGEST_S = 24 * 3600.0
_ROUNDING_S = 1e-9  # 0.1 + 0.2 is more than 0.3

_K = StepKind
_NEEDS_DURATION = {_K.SETTLE, _K.BASELINE, _K.ACTED}  # the others wait for a film or for a key
_NEEDS_TEXT = {_K.INSTRUCTION, _K.DEBRIEF}
_ASKS = {_K.RATING, _K.QUESTIONNAIRE}
_HAS_WINDOW = {_K.SETTLE, _K.BASELINE, _K.CLIP, _K.ACTED, _K.REST}


def label_steps(tables: list[Table]) -> None:
    """Call each step by its name in what is said of it; a name that stands twice is a mistake."""
    names: set[str] = set()
    for table in tables:
        name = table.text("name")
        if name is None:
            continue
        table.label = f"step {name[:LONGEST_NAME]!r}: "
        if name in names:
            table.wrong("name", "this name stands twice; give each step its own")
        names.add(name)


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads one step after the other; where a key is bad a stand-in goes on."""

    languages: Languages
    emotions: tuple[str, ...]
    scales: ScaleReader
    on_failure: OnFailure

    def read(self, table: Table) -> Step:
        """Return a step; what is wrong with it is noted."""
        name = read_name(table, "name")
        kind_name = table.choice("kind", [kind.value for kind in StepKind], required=True)
        kind = None if kind_name is None else StepKind(kind_name)
        own, alternates = self._read_films(table, kind)
        step = Step(
            name=name,
            kind=kind or StepKind.REST,
            duration_s=own.duration_s,
            condition=self._read_condition(table, kind),
            window=own.window,
            media=own.media,
            alternates=alternates,
            text=self.languages.read(table, "text", required=kind in _NEEDS_TEXT),
            scales=self._read_scales(table, kind),
            content_warning=own.content_warning,
            block=_read_block(table),
            on_failure=read_on_failure(table) or self.on_failure,
        )
        if kind is StepKind.ACTED and not table.has("text") and not table.has("media"):
            table.wrong(None, "shows nothing; give it a text, an illustration as media, or both")
        table.end()
        return step

    def _read_films(self, table: Table, kind: StepKind | None) -> tuple[_Shown, tuple[Clip, ...]]:
        """Return what the step shows itself, and the other clips it has."""
        tables = table.tables("clip")
        if not table.has("clip"):
            return self._read_shown(table, kind, of_step=True), ()
        if kind not in (None, StepKind.CLIP):
            table.wrong("clip", f"clips in a step of kind {kind.value}; only a clip step has some")
        table.pass_over(*OF_A_CLIP)
        for key in OF_A_CLIP:
            if table.has(key):
                table.wrong(key, f"{key} beside [[step.clip]]; write it under each clip")
        shown = [self._read_shown(clip, StepKind.CLIP, of_step=False) for clip in tables]
        for clip in tables:
            clip.end()
        _compare(table, shown)
        if not shown:
            return _Shown(), ()
        others = (
            Clip(one.media, one.duration_s, one.window, one.content_warning)
            for one in shown[1:]
            if one.media is not None and one.duration_s is not None
        )
        return shown[0], tuple(others)

    def _read_shown(self, table: Table, kind: StepKind | None, *, of_step: bool) -> _Shown:
        duration_s = table.number(
            "duration_s",
            0,
            LONGEST_S,
            above=True,
            required=not of_step or kind in _NEEDS_DURATION,
        )
        return _Shown(
            media=_media(table, required=kind is StepKind.CLIP),
            duration_s=duration_s,
            window=_read_window(table, kind, duration_s),
            content_warning=self.languages.read(table, "content_warning"),
        )

    def _read_condition(self, table: Table, kind: StepKind | None) -> Condition | None:
        emotion = table.choice("emotion", self.emotions, required=kind is StepKind.ACTED)
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

    def _read_scales(self, table: Table, kind: StepKind | None) -> tuple[Scale, ...]:
        scales = self.scales.of_step(table)
        given = table.has("scale") or table.has("scales")
        if kind in _ASKS and not given:
            table.wrong(None, 'asks nothing; add scales = ["…"], or a [[step.scale]] for each')
        if given and kind is not None and kind not in _ASKS:
            table.wrong(
                "scale", f"questions in a step of kind {kind.value}; use a rating step", "scales"
            )
        for scale in scales:
            if kind is StepKind.RATING and (scale.stop_at or scale.pause_at):
                table.wrong(
                    "scale",
                    f"scale {scale.name!r} has stop_at or pause_at, and a rating never ends a run;"
                    " ask it in a questionnaire",
                    "scales",
                )
        return scales


@dataclass(frozen=True, slots=True)
class _Shown:
    """What stands in a step, or under one of its clips."""

    media: str | None = None
    duration_s: float | None = None
    window: Window | None = None
    content_warning: dict[str, str] = field(default_factory=dict)


def read_on_failure(table: Table) -> OnFailure | None:
    """Return the policy that is given, None where none is."""
    given = table.choice("on_failure", [policy.value for policy in OnFailure])
    return None if given is None else OnFailure(given)


def _read_block(table: Table) -> str | None:
    name = table.text("block")
    return name if name is not None and is_name(table, "block", "block", name) else None


def _compare(table: Table, shown: list[_Shown]) -> None:
    """Note what the clips of one step may not differ in, or must."""
    media = [one.media for one in shown if one.media is not None]
    for twice in sorted({name for name in media if media.count(name) > 1}):
        table.wrong("clip", f"clip {twice[:60]!r} stands twice; name each film once")
    if len({one.window is None for one in shown}) > 1:
        table.wrong("clip", "some clips have a window and some none; give each one, or none any")


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


def _read_window(
    table: Table, kind: StepKind | None, step_duration_s: float | None
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
            "duration_s",
        )
    if step_duration_s is None and kind is StepKind.REST:
        table.wrong("window", "a window in a step without length; add duration_s = …")
    return window


def _window(table: Table) -> Window | None:
    """Return `{start_s, duration_s}`, or `{peak_s, half_s}` as the span around the peak."""
    by_peak = table.has("peak_s") or table.has("half_s")
    by_both = by_peak and (table.has("start_s") or table.has("duration_s"))
    if by_both:
        table.wrong(None, "start_s, duration_s and peak_s, half_s together; give one of the pairs")
    start_s = table.number("start_s", 0, LONGEST_S, required=not by_peak)
    length_s = table.number("duration_s", 0, LONGEST_S, above=True, required=not by_peak)
    peak_s = table.number("peak_s", 0, LONGEST_S, required=by_peak and not by_both)
    half_s = table.number("half_s", 0, LONGEST_S, above=True, required=by_peak and not by_both)
    if start_s is not None and length_s is not None:
        return Window(start_s, length_s)
    if peak_s is None or half_s is None:
        return None
    if peak_s < half_s:
        table.wrong("half_s", f"peak_s − half_s is before 0 s; give a half_s of {peak_s:g} or less")
        return None
    return Window(peak_s - half_s, 2 * half_s)
