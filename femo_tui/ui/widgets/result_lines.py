"""What the Results screen says around its comparisons: of what, whether p is shown, who is out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from femo_tui.model.study import Baseline, Measure
from femo_tui.ui import words
from femo_tui.ui.keys import KeyOf

if TYPE_CHECKING:
    from femo_tui.model.left_out import LeftOut
    from femo_tui.stats.results import StudyResults

MEASURES = {
    Measure.PERCENT: ("percentage of change", "(emotion − baseline) / baseline × 100"),
    Measure.LOG_RATIO: ("log ratio", "ln(emotion / baseline)"),
    Measure.US: ("µS", "the conductance itself"),
}
BASELINES = {
    Baseline.NEUTRALS_AROUND: ("neutrals around", "mean of the one before and after"),
    Baseline.NEUTRAL_BEFORE: ("neutral before", "the neutral before the emotion"),
    Baseline.NEUTRAL_AFTER: ("neutral after", "the neutral after the emotion"),
    Baseline.FIRST_NEUTRAL: ("first neutral", "the first neutral of the run"),
    Baseline.BASELINE_STEP: ("resting baseline", "the rest before the first film"),
}


def head(results: StudyResults, key: KeyOf) -> tuple[Content, Content]:
    """Return both ends of the first line: what is measured against what, and of how many."""
    planned = results.study.planned_n
    left = Content.assemble(
        (f"{key('results.measure')} ", "$accent bold"),
        (MEASURES[results.measure][0], "bold"),
        (" · ", "$quiet"),
        (f"{key('results.baseline')} ", "$accent bold"),
        (f"against {BASELINES[results.baseline][0]}", "bold"),
        (" · ", "$quiet"),
        f"n {results.n}{'' if planned is None else f' of {planned}'}",
    )
    return left, Content.styled("SIMULATED" if results.simulated else "", "$warning bold")


def state(results: StudyResults, key: KeyOf, *, is_busy: bool) -> tuple[Content, Content]:
    """Return both ends of the second line: whether p is shown, and what to read first."""
    from femo_tui.stats.cautions import cautions

    n = len(cautions(results))
    right = Content("")
    if is_busy:
        right = Content.styled("computing again …", "$accent")
    elif n:
        text = f"{words.plural(n, 'caution')}: "
        right = Content.assemble((text, "$warning"), (key("results.notes"), "$accent bold"))
    return _about_p(results, key), right


def _about_p(results: StudyResults, key: KeyOf) -> Content:
    study = results.study
    if results.n < 2:
        who = "One participant" if results.n else "Nobody in the primary family"
        on = (f"▸ {key('screen.setup')}", "$accent bold")
        return Content.assemble(f"{who}: nothing can be tested. ", on, " goes on")
    if (results.measure, results.baseline) != (study.measure, study.baseline):
        hidden = "" if results.p_shown else f"; {key('results.show-p')} shows p"
        return Content.styled(f"! not what study.toml declares{hidden}", "$warning")
    if not results.p_shown:
        return Content.assemble(
            (f"p is hidden until n = {study.planned_n}: ", "$quiet"),
            (key("results.show-p"), "$accent bold"),
            (" shows it, the look is logged", "$quiet"),
        )
    looks = words.plural(results.looks, "look")
    if study.planned_n is None:
        return Content.styled(f"! no planned n in study.toml: {looks} at p logged", "$warning")
    if results.early:
        return Content.styled(f"! p before n = {study.planned_n}: {looks} logged", "$warning")
    before = f", after {looks} at p" if results.looks else ""
    return Content.styled(f"the planned n is reached{before}", "$quiet")


def left_out(results: StudyResults, width: int, most: int, key: KeyOf) -> list[Content]:
    """Return who and what is left out in at most `most` lines, and how much more there is."""
    pieces = list(dict.fromkeys(_brief(one) for one in results.left_out))
    if not pieces:
        return [Content.styled("Nothing is left out.", "$quiet")]
    end = f" · {key('results.notes')} reads all"
    for shown in range(len(pieces), -1, -1):
        rest = len(pieces) - shown
        said = [*pieces[:shown], *([f"{rest} more" if shown else f"{rest} things"] if rest else [])]
        lines = _flowed(said, width, " " * len(_OUT), end)
        if len(lines) <= most or not shown:
            break
    head_of = [_OUT, *[" " * len(_OUT)] * (len(lines) - 1)]
    return [
        Content.assemble((begin, "$quiet bold"), line)
        for begin, line in zip(head_of, lines, strict=True)
    ]


_OUT = "Left out: "


def _flowed(pieces: Sequence[str], width: int, margin: str, end: str) -> list[str]:
    """Return pieces in lines, parted by dots; the last line has room for `end`."""
    lines = [""]
    for number, piece in enumerate(pieces):
        room = width - len(margin) - (len(end) if number == len(pieces) - 1 else 2)
        longer = f"{lines[-1]} · {piece}" if lines[-1] else piece
        if len(longer) > room and lines[-1]:
            lines[-1] += " ·"
            lines.append(piece)
        else:
            lines[-1] = longer
    lines[-1] += end
    return lines


def _brief(one: LeftOut) -> str:
    what = "" if "/" in one.what else one.what.partition(",")[0]
    return f"{' '.join(filter(None, (one.participant, what)))} ({one.reason})"


def nothing(results: StudyResults | None, participants: int, key: KeyOf) -> list[Content]:
    """Return why there is nothing to test, and what to do next; empty where there is something."""
    if results is None:
        return [Content.styled("Computing the results …", "$quiet")]
    if not participants:
        no_study = "There is no study here yet: femo study init writes one."
        first = (key("participant.register"), "register the first")
        title = "Nobody takes part yet." if results.study.sha256 else no_study
        return [_bold(title), _next((key("screen.people"), "people"), first)]
    set_up = _next((key("screen.setup"), "set up a session"))
    if not results.participants:
        return [_bold("Nobody is in the numbers yet."), set_up, Content("")]
    if not any(family.comparisons for family in results.families):
        return [_bold("No two classes have been recorded yet."), set_up, Content("")]
    return []


def _bold(text: str) -> Content:
    return Content.styled(text, "bold")


def _next(*steps: tuple[str, str]) -> Content:
    keys = [Content.assemble((pressed, "$accent bold"), f" {does}") for pressed, does in steps]
    return Content.assemble(("▸ ", "$accent bold"), Content("   ").join(keys))
