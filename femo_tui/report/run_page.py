"""The page of one run, from its head to what it was recorded with."""

from __future__ import annotations

from femo_tui.report.markup import Markup, el
from femo_tui.report.page import document, section
from femo_tui.report.picture import figure
from femo_tui.report.run_events import decisions_section, events_section
from femo_tui.report.run_faces import faces_section
from femo_tui.report.run_facts import facts_section
from femo_tui.report.run_head import head, title_of
from femo_tui.report.run_material import RunMaterial
from femo_tui.report.run_missing import summary
from femo_tui.report.run_trace import draw_trace
from femo_tui.report.run_windows import answers_section, attempts_section, windows_section
from femo_tui.store.pages import subject_of

_HOW_TO_READ = (
    "The line spans the least and the most of all samples in each column of the picture. Shaded:"
    " windows that count (✓); with edges alone: windows that were not accepted (✕, ↻). Ruled: no"
    " conductance there. Nothing is filled in."
)


def run_page(material: RunMaterial) -> str:
    """Return the page."""
    simulated = " SIMULATED" if material.start.simulated else ""
    return document(
        f"femo: {title_of(material)}{simulated}",
        f"femo run report {material.where}{simulated}",
        head(material),
        _trace(material),
        windows_section(material),
        faces_section(material),
        answers_section(material),
        attempts_section(material),
        events_section(material),
        decisions_section(material),
        facts_section(material),
        subject=subject_of(material.where),
    )


def _trace(material: RunMaterial) -> Markup:
    title = "Skin conductance"
    samples = material.samples
    if samples is None:
        why = material.no_samples or "no sample was recorded"
        return section("trace", title, el("p", f"Not shown: {why}."))
    caption = f"{_HOW_TO_READ} {summary(material.missing)}"
    return section(
        "trace",
        title,
        figure("gsr", lambda sheet: draw_trace(material, samples, sheet), caption),
    )
