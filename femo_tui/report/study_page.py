"""The page of a study, from how far it is to its methods paragraph."""

from __future__ import annotations

from femo_tui.report.markup import Markup, el
from femo_tui.report.page import document, section
from femo_tui.report.study_head import head
from femo_tui.report.study_material import StudyMaterial
from femo_tui.report.study_people import people_section
from femo_tui.report.study_quality import quality_section
from femo_tui.report.study_tests import tables_section, tests_section, values_section
from femo_tui.report.study_training import training_section
from femo_tui.stats.render.methods import methods

SUBJECT = "study"


def study_page(material: StudyMaterial) -> str:
    """Return the page."""
    results = material.results
    simulated = " SIMULATED" if results.simulated else ""
    return document(
        f"femo: {results.study.title}{simulated}",
        f"femo study report {results.study.title}{simulated}",
        head(material),
        people_section(material),
        tests_section(material),
        training_section(material),
        quality_section(material),
        _methods(material),
        values_section(material),
        tables_section(material),
        subject=SUBJECT,
    )


def _methods(material: StudyMaterial) -> Markup:
    text = methods(material.results)
    return section(
        "methods",
        "Methods",
        *(el("p", part) for part in text.split("\n\n")),
        lead="Written from what was recorded; what was not says so.",
    )
