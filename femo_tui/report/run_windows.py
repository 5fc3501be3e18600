"""The windows of a run: their figures, what they missed, what was answered about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from femo_tui.model.events import Facts
from femo_tui.model.run_state import AUTO
from femo_tui.model.snapshot import WindowSummary
from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, el
from femo_tui.report.page import Column, bullets, lines, section, state, table
from femo_tui.report.run_material import RunMaterial
from femo_tui.report.run_trace import SIGNS

_COLUMNS = (
    Column("Window"),
    Column("Begins", is_number=True),
    Column("Length", is_number=True, unit="s"),
    Column("Onset known to", is_number=True, unit="ms"),
    Column("Valid", is_number=True),
    Column("Longest gap", is_number=True, unit="s"),
    Column("Rate", is_number=True, unit="Hz"),
    Column("Mean", is_number=True, unit="µS"),
    Column("Faces", is_number=True),
    Column("Sharpness", is_number=True),
    Column("Verdict"),
)
_UNKNOWN = "none yet"
_SHARE, _SECONDS, _NUMBER = "share", "s", ""
_CRITERIA = {  # what the gate calls it: in words, what it is counted in, at most or at least
    "onset_uncertainty_s": ("onset known to", _SECONDS, "at most"),
    "film_stalls": ("stalls of the film", _NUMBER, "at most"),
    "media_played_s": ("film played", _SECONDS, ""),
    "gsr_valid_share": ("valid conductance", _SHARE, ""),
    "longest_gap_s": ("longest gap", _SECONDS, "at most"),
    "gsr_rate_share": ("of the promised rate", _SHARE, ""),
    "frames": ("frames", _NUMBER, ""),
    "face_yield": ("frames with a face", _SHARE, ""),
    "sharpness": ("sharpness", _NUMBER, ""),
}


def windows_section(material: RunMaterial) -> Markup:
    """Return every window with its quality."""
    if not material.windows:
        return section("windows", "Windows", el("p", "No window was opened."))
    criteria = material.criteria
    rows = [_row(material, window, criteria) for window in material.windows]
    return section(
        "windows",
        "Windows",
        table("Quality of each window, and its verdict", _COLUMNS, rows),
        lead="A window is the part of a step that counts as data. Valid is the share of its time"
        " that the gate found clean, by the rules of Kleckner et al. 2018; its mean is that of the"
        " samples flagged ok.",
    )


def _row(
    material: RunMaterial, window: WindowSummary, criteria: Mapping[tuple[str, int], Facts]
) -> tuple[Child, ...]:
    looked_at = criteria.get((window.step, window.attempt), {})
    length_s = None if window.end_s is None else window.end_s - window.onset_s
    shown = not material.no_samples
    cut = f"cut: {words.named(window.reason)}" if window.reason not in ("", "complete") else ""
    step = window.step if window.attempt == 1 else f"{window.step}, attempt {window.attempt}"
    return (
        lines(window.class_name or step, el("small", step) if window.class_name else None),
        words.clock(window.onset_s),
        lines(words.decimal(length_s, 1), el("small", cut) if cut else None),
        f"±{window.uncertainty_s * 1000:.0f}",
        lines(_percent(_value(looked_at, "gsr_valid_share")), _ok(window)),
        words.decimal(_value(looked_at, "longest_gap_s"), 2),
        words.decimal(window.gsr_rate_hz, 1),
        words.decimal(window.gsr_mean_us if shown else None, 2),
        words.share(window.frames_with_face, window.frames),
        words.decimal(window.sharpness, 0),
        _verdict(material, window, looked_at),
    )


def _ok(window: WindowSummary) -> Child:
    if not window.gsr_samples:
        return None
    return el("small", f"{words.count(window.gsr_valid)} of {words.count(window.gsr_samples)} ok")


def _percent(share: float | None) -> str:
    return words.NONE if share is None else f"{100 * share:.0f}{words.THIN}%"


def _verdict(material: RunMaterial, window: WindowSummary, looked_at: Facts) -> Markup:
    verdict = window.verdict
    kind = "good" if window.accepted else "bad"
    by = "afterwards" if window.amended else "by the rules" if window.verdict_by == AUTO else ""
    told = words.named(verdict) or _UNKNOWN
    missed = missed_in(looked_at)
    reason = window.verdict_reason
    if reason and not (window.verdict_by == AUTO and missed):
        told_reason = material.rules.reason(reason)
    else:
        told_reason = ""
    return lines(
        state(SIGNS.get(verdict, "?"), told, kind),
        el("small", by) if by else None,
        el("small", told_reason) if told_reason else None,
        *(el("small", what) for what in missed),
    )


def missed_in(criteria: Facts) -> list[str]:
    """Return what a window missed, in words."""
    return [
        _missed(name, one)
        for name, one in criteria.items()
        if isinstance(one, dict) and one.get("ok") is False
    ]


def _missed(name: str, criterion: Mapping[str, object]) -> str:
    value, need = criterion.get("value"), criterion.get("need")
    if name not in _CRITERIA:
        return f"{words.named(name)} {value}, not {need}"
    what, unit, bound = _CRITERIA[name]
    needed = f"{bound} {_number(need, unit)}".strip()
    return f"{what} {_number(value, unit)}, need {needed}"


def _number(value: object, unit: str) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if unit == _SHARE:
        return f"{100 * value:.0f}{words.THIN}%"
    told = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f"{told}{words.THIN}s" if unit == _SECONDS else told


def _value(criteria: Facts, name: str) -> float | None:
    criterion = criteria.get(name)
    value = criterion.get("value") if isinstance(criterion, dict) else None
    return float(value) if isinstance(value, int | float) else None


def answers_section(material: RunMaterial) -> Markup | None:
    """Return what was answered about what was shown; about the person nothing stands here."""
    shown = material.answers
    if not shown:
        return None
    columns = (
        *(Column("About"), Column("Question"), Column("Answer", is_number=True)),
        *(Column("Answered by"), Column("At", is_number=True)),
    )
    rows = [
        (
            rating.about,
            words.named(rating.scale),
            "no answer" if rating.value is None else str(rating.value),
            words.named(rating.source),
            words.clock(rating.t_s),
        )
        for rating in shown
    ]
    return section(
        "answers",
        "Answers",
        table("What was answered about what was shown", columns, rows),
        lead="An answer labels what was recorded. It never decided whether a window was accepted.",
    )


def attempts_section(material: RunMaterial) -> Markup | None:
    """Return how each step went: attempts, films, exposures."""
    rows = list(_attempt_rows(material))
    if not rows:
        return None
    columns = (
        *(Column("Step"), Column("Attempt", is_number=True), Column("Begins", is_number=True)),
        *(Column("Shown"), Column("Exposure", is_number=True)),
        *(Column("Played of declared", is_number=True, unit="s"), Column("Ended")),
    )
    return section(
        "steps",
        "Steps, films and exposures",
        table("Each attempt at each step", columns, rows),
        bullets(_again(material)),
    )


def _attempt_rows(material: RunMaterial) -> Iterator[tuple[Child, ...]]:
    for (step, attempt), (start, stop) in material.attempts.items():
        played = words.NONE
        if stop is not None and stop.media_played_s is not None:
            declared = words.decimal(stop.media_declared_s, 1)
            played = f"{stop.media_played_s:.1f} of {declared}"
        yield (
            lines(step, el("small", start.kind)),
            str(attempt),
            words.clock(start.t_s),
            start.media or words.NONE,
            words.NONE if start.exposure is None else str(start.exposure),
            played,
            "not ended" if stop is None else words.named(stop.reason),
        )


def _again(material: RunMaterial) -> list[str]:
    return [
        f"{window.class_name or window.step}: the film had been shown before (exposure"
        f" {window.exposure}), so this window is no primary data."
        for window in material.windows
        if not window.primary
    ]
