"""How the page of a study begins: what it is, how far it is, what to know before believing it."""

from __future__ import annotations

from collections.abc import Iterator

from femo_tui.model.study import Baseline, Measure
from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, joined
from femo_tui.report.page import bullets, figures, masthead, notice
from femo_tui.report.study_material import StudyMaterial
from femo_tui.stats.cautions import cautions

MEASURES = {
    Measure.PERCENT: "percentage of change",
    Measure.LOG_RATIO: "log ratio",
    Measure.US: "conductance in µS",
}
_BASELINES = {
    Baseline.NEUTRALS_AROUND: "the neutrals before and after",
    Baseline.NEUTRAL_BEFORE: "the neutral before",
    Baseline.NEUTRAL_AFTER: "the neutral after",
    Baseline.FIRST_NEUTRAL: "the first neutral",
    Baseline.BASELINE_STEP: "the resting baseline",
}


def head(material: StudyMaterial) -> Markup:
    """Return the head of the page with everything that must be seen first."""
    results = material.results
    study = results.study
    version = f", SHA-256 {study.protocol_sha256[:16]}…" if study.protocol_sha256 else ""
    newest = max((person.run.utc for person in results.participants), default="")
    as_of = [] if material.rules.leaves or not newest else [f"up to {words.moment(newest)}"]
    against = f"{MEASURES[results.measure]} against {_BASELINES[results.baseline]}"
    return joined(
        masthead(
            "Study report",
            study.title,
            (
                " · ".join([f"Protocol {study.protocol}{version}", *as_of]),
                f"{against[:1].upper()}{against[1:]}; the unit is the participant",
            ),
        ),
        *_loud(material),
        _key_figures(material),
        _not_here(material),
    )


def _loud(material: StudyMaterial) -> Iterator[Markup]:
    results = material.results
    if results.simulated:
        yield notice(
            "simulated",
            "SIMULATED",
            "SIMULATED and real data are mixed here, because that was asked for."
            if results.mixed
            else "All data are simulated: these numbers say nothing about people.",
        )
    told = [text for text in cautions(results) if "SIMULATED" not in text]
    if told:
        yield notice("warning", "Read this first", bullets(told))
    if not results.p_shown and results.participants:
        yield notice(
            "plain",
            "p-values are hidden",
            f"Before the planned n is reached they wander. --show-p shows them, and each look is"
            f" logged; there {_were(results.looks)}.",
        )


def _were(looks: int) -> str:
    return "was one look" if looks == 1 else f"were {looks or 'no'} looks"


def _key_figures(material: StudyMaterial) -> Markup:
    results = material.results
    planned = results.study.planned_n
    out = {one.who for one in material.absent if one.what == "all" and one.who}
    return figures(
        (
            (
                "In the primary analysis",
                f"{results.n}" if planned is None else f"{results.n} of {planned}",
                "no planned number" if planned is None else "planned participants",
            ),
            ("Registered", words.count(material.registered), "participants"),
            ("Recorded", words.count(material.recorded), "participants with a run"),
            (
                "Left out",
                words.count(len(material.absent)),
                f"items; {words.plural(len(out), 'person', 'people')} as a whole"
                if material.absent
                else "nobody, and no window",
            ),
            ("Early looks", words.count(results.looks), "at p-values before the planned n"),
        )
    )


def _not_here(material: StudyMaterial) -> Markup | None:
    items: list[Child] = []
    if not material.rules.texts.told("a text"):
        items.append(
            "What somebody typed (notes, reasons): --texts-looked-at adds the reasons, once"
            " somebody looked at them."
        )
    items.append("Names of operators, computers and ports; faces; answers about the person.")
    if material.rules.leaves:
        items.append(
            "Participants who do not share conductance: this page was written outside the store,"
            " so its numbers are of those who do, as in a bundle; the others are counted below."
        )
    if material.no_model:
        items.append(f"The model: {material.no_model}.")
    return notice("plain", "Not on this page", bullets(items))
