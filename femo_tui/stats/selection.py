"""What counts: one accepted window per participant and step, from the run marked primary.

Whatever does not count is named with its reason. Each rule is one entry of a table below; the first
that applies gives the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from femo_tui.model.left_out import LeftOut
from femo_tui.model.participants import Participant, Scope, refused
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.model.study import Study
from femo_tui.stats.figures import RunFigures, WindowFigures

REPEATED = "repeated: "  # begins the reason of a run besides the one that counts
HOW_TO_CHOOSE = "Of somebody's runs another one counts after `femo decide RUN --primary`."


@dataclass(frozen=True, slots=True)
class Counted:
    """One participant who counts: the primary run, and the windows of it that count, by time."""

    participant: str
    run: RunFigures
    windows: tuple[WindowFigures, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What the numbers are made of, and what they are not made of."""

    counted: tuple[Counted, ...]
    left_out: tuple[LeftOut, ...]
    simulated: bool  # simulated runs are among the counted


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the rules need to know beside the run."""

    study: Study
    without_simulated: bool
    people: Mapping[str, Participant]

    def no_consent(self, run: RunFigures) -> str:
        """Return why consent does not cover the run, empty where it does."""
        return refused(self.people.get(run.participant), run.scopes, Scope.GSR)


_RunRule = tuple[Callable[[RunFigures, _Rules], bool], Callable[[RunFigures, _Rules], str]]
_WindowRule = tuple[Callable[[WindowFigures], bool], Callable[[WindowFigures], str]]

RUN_RULES: tuple[_RunRule, ...] = (
    (lambda run, rules: run.participant in rules.study.pilots, lambda run, _: "a pilot"),
    (lambda run, rules: bool(rules.no_consent(run)), lambda run, rules: rules.no_consent(run)),
    (
        lambda run, _: run.data != RunData.KEEP.value,
        lambda run, _: f"its data are {run.data.replace('_', ' ')}, not decided to be kept",
    ),
    (
        lambda run, rules: bool(run.simulated) and rules.without_simulated,
        lambda run, _: "SIMULATED, among runs that are not",
    ),
    (
        lambda run, rules: run.protocol != rules.study.protocol,
        lambda run, rules: f"protocol {run.protocol}; the study's is {rules.study.protocol}",
    ),
    (
        lambda run, rules: rules.study.protocol_sha256 not in ("", run.protocol_sha256),
        lambda run, _: f"another version of protocol {run.protocol} ({run.protocol_sha256[:8]}…)",
    ),
    (
        lambda run, _: run.status != RunStatus.COMPLETE.value and not run.chosen,
        lambda run, _: f"not complete: {run.status}",
    ),
)

WINDOW_RULES: tuple[_WindowRule, ...] = (
    (lambda w: not w.verdict, lambda _: "no verdict"),
    (
        lambda w: not w.accepted,
        lambda w: f"{w.verdict}{w.verdict_reason and f': {w.verdict_reason}'}",
    ),
    (lambda w: not w.primary, lambda _: "the film had been shown before"),
    (lambda w: 2 * w.not_worn > w.samples, lambda _: "the sensor was not worn"),
    (lambda w: w.valid == 0, lambda _: "no valid sample"),
)


def select(
    runs: Iterable[RunFigures],
    people: Mapping[str, Participant],
    study: Study,
    *,
    mix_simulated: bool = False,
) -> Selection:
    """Choose what counts.

    Args:
        runs: all runs of the store, by participant and time.
        people: the catalog's, by code.
        study: pilots, protocol and its hash.
        mix_simulated: simulated runs count beside real ones; otherwise only in a store that
            holds nothing else.
    """
    of: dict[str, list[RunFigures]] = {code: [] for code in people}
    for run in runs:
        of.setdefault(run.participant, []).append(run)
    real = any(not run.simulated for theirs in of.values() for run in theirs)
    rules = _Rules(study, real and not mix_simulated, people)
    counted: list[Counted] = []
    left_out: list[LeftOut] = []
    for participant, theirs in sorted(of.items()):
        primary = _primary(participant, theirs, rules, left_out)
        if primary is not None:
            counted.append(Counted(participant, primary, _windows(primary, left_out)))
    simulated = any(person.run.simulated for person in counted)
    return Selection(tuple(counted), tuple(left_out), simulated)


def _primary(
    participant: str, runs: list[RunFigures], rules: _Rules, left_out: list[LeftOut]
) -> RunFigures | None:
    """Return the run that counts: the one that a person chose, else the latest complete one."""
    if not runs:
        left_out.append(LeftOut(participant, "", "no run recorded"))
        return None
    able: list[RunFigures] = []
    for run in runs:
        reason = next((why(run, rules) for applies, why in RUN_RULES if applies(run, rules)), "")
        if reason:
            left_out.append(LeftOut(participant, run.where, reason))
        else:
            able.append(run)
    if not able:
        return None
    primary = [run for run in able if run.chosen][-1:] or able[-1:]
    left_out += [
        LeftOut(participant, run.where, f"{REPEATED}{primary[0].where} counts")
        for run in able
        if run is not primary[0]
    ]
    return primary[0]


def _windows(run: RunFigures, left_out: list[LeftOut]) -> tuple[WindowFigures, ...]:
    """Return the windows that count: of each step the latest attempt that may."""
    chosen: dict[str, WindowFigures] = {}
    for window in run.windows:
        reason = next((why(window) for applies, why in WINDOW_RULES if applies(window)), "")
        if not reason and window.step in chosen:
            left_out.append(_left_out(run, chosen[window.step], "a later attempt counts"))
        if reason:
            left_out.append(_left_out(run, window, reason))
        else:
            chosen[window.step] = window
    return tuple(sorted(chosen.values(), key=lambda window: window.onset_s))


def _left_out(run: RunFigures, window: WindowFigures, reason: str) -> LeftOut:
    name = window.class_name or window.kind
    return LeftOut(run.participant, f"{name}, step {window.step}, attempt {window.attempt}", reason)
