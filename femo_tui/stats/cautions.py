"""The warnings that a good statistician would give about a study's results."""

from __future__ import annotations

from collections.abc import Iterator

from femo_tui.model.conditions import NEUTRAL
from femo_tui.stats.comparisons import Comparison
from femo_tui.stats.measures import class_of
from femo_tui.stats.orders import same_order
from femo_tui.stats.reach import reach_sentences
from femo_tui.stats.render.numbers import number, p_text
from femo_tui.stats.results import StudyResults

CLEAN_SHARE = 0.8  # what the gate asks of a window by default
# A response rises for 1–3 s and falls by half in 2–10 s (Dawson, Schell & Filion, Handbook of
# Psychophysiology).
RESPONSE_S = 5.0


def cautions(results: StudyResults) -> tuple[str, ...]:
    """Return one sentence for everything a reader has to know before believing the numbers."""
    return (
        *_about_the_data(results),
        *_about_the_design(results),
        *_about_the_tests(results),
    )


def _about_the_data(results: StudyResults) -> Iterator[str]:
    if results.mixed:
        yield "SIMULATED and real data are mixed here, because that was asked for."
    elif results.simulated:
        yield "All data are SIMULATED: these numbers say nothing about people."
    if results.per_register:
        yield (
            "PSEUDO-REPLICATION: each sample is counted as an observation, as in the study of 2018."
            " Samples of one person depend on each other, so these p-values are far too small; the"
            " participant is the unit that counts."
        )
    nominal = [
        person.participant
        for person in results.participants
        if person.run.calibration_facts is not None  # else its source sends µS, and knows how
        and ((found := person.run.calibration()) is None or found.measured_utc is None)
    ]
    if nominal:
        yield (
            f"The sensor was not calibrated for {_people(nominal)}: conductances may be off by 6 to"
            " 11 %, which percentages of change carry on."
        )
    poor = [
        f"{person.participant} {window.class_name or window.kind}"
        for person in results.participants
        for window in person.windows
        if window.clean_share < CLEAN_SHARE
    ]
    if poor:
        yield (
            f"{len(poor)} accepted windows have less than {100 * CLEAN_SHARE:.0f} % clean signal by"
            f" the rules of Kleckner et al. 2018: {_some(poor)}."
        )
    lengths_s = [
        window.end_s - window.onset_s
        for person in results.participants
        for window in person.windows
        if class_of(window) is not None
    ]
    if lengths_s and min(lengths_s) < RESPONSE_S:
        yield (
            f"Windows of {min(lengths_s):.1f} s are shorter than one skin conductance response: a"
            " single one lifts a window more than it lifts the mean of two neutrals, so that"
            " differences lean without any effect, and a few more false alarms come than p says."
        )
    versions = {person.run.protocol_sha256 for person in results.participants}
    if len(versions) > 1:
        yield (
            f"{len(versions)} versions of the protocol are mixed; name one as protocol_sha256 in"
            " study.toml."
        )


def _about_the_design(results: StudyResults) -> Iterator[str]:
    if results.study.planned_n is None:
        yield "No planned number of participants stands in study.toml: any n was a choice."
    elif results.early:
        yield f"{results.n} of {results.study.planned_n} planned participants: results may turn."
    if not results.p_shown:
        yield (
            "p-values are hidden before the planned n, but intervals and ranks tell nearly as much:"
            " do not let them decide when to stop."
        )
    if results.looks:
        often = "once" if results.looks == 1 else f"{results.looks} times"
        yield f"p-values were looked at {often} before the planned n."
    steps: dict[str, set[str]] = {}
    for person in results.participants:
        for window in person.windows:
            condition = class_of(window)
            if condition is not None and window.kind == "clip" and condition.emotion != NEUTRAL:
                steps.setdefault(condition.class_name, set()).add(window.step)
    if steps and all(len(names) == 1 for names in steps.values()):
        yield (
            "One clip stands for each emotion: what differs may be the film and not the emotion."
        )
    order = same_order(results)
    if order:
        yield (
            f"The order was the same for everybody ({order}): what differs may be an emotion's"
            " place in the session."
        )
    for comparison in results.primary.comparisons:
        if comparison.one_sided and not results.per_register:
            yield (
                f"{comparison.label}: for {comparison.one_sided} of {comparison.test.n_pairs}"
                " participants only one neutral stands beside the emotion, so drift is not"
                " balanced out."
            )


def _about_the_tests(results: StudyResults) -> Iterator[str]:
    yield from reach_sentences(results.families)
    for family in results.families:
        for comparison in family.comparisons:
            if not comparison.test.n_pairs:
                if family.confirmatory:
                    yield f"{comparison.label}: declared as primary, and nobody has both classes."
                continue
            if comparison.disagrees and results.p_shown:
                yield (
                    f"{comparison.label}: the log ratio comes to another answer than the"
                    f" {results.measure.value} measure; trust neither alone."
                )
            if family.confirmatory and not results.per_register:
                yield from _about_shape(comparison, results)
    exploratory = sum(
        bool(one.test.n_pairs)
        for family in results.families
        if not family.confirmatory
        for one in family.comparisons
    )
    if exploratory > 1 and results.p_shown:
        yield (
            f"{exploratory} exploratory comparisons stand uncorrected: one of twenty such comes"
            " below .05 by chance alone. They raise questions for another study, and answer none."
        )


def _about_shape(comparison: Comparison, results: StudyResults) -> Iterator[str]:
    lean = comparison.test.skewness
    if lean is not None and lean.leans:
        side = "upwards" if lean.g1 > 0 else "downwards"
        p = f" (p {p_text(comparison.test.p_sign)})" if results.p_shown else ""
        yield (
            f"{comparison.label}: the differences lean {side} (skewness {number(lean.g1, 2)},"
            f" standard error {number(lean.error, 2)}), which Wilcoxon's test takes for an effect;"
            f" the sign test{p} does not."
        )


def _people(codes: list[str]) -> str:
    return f"{len(codes)} participants" if len(codes) > 6 else ", ".join(codes)


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
