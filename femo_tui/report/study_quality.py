"""How good the data are, over the whole study: valid conductance and faces, person by class."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from femo_tui.model.protocol import Thresholds
from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, el
from femo_tui.report.page import Column, section, state, table
from femo_tui.report.study_material import StudyMaterial
from femo_tui.stats.figures import WindowFigures
from femo_tui.stats.results import ParticipantValues

_Counts = Callable[[ParticipantValues, Sequence[WindowFigures]], tuple[int, int]]


def quality_section(material: StudyMaterial) -> Markup | None:
    """Return both tables, None where nobody counts."""
    people = material.results.participants
    if not people:
        return None
    usual = Thresholds()
    gsr, face = usual.gsr_valid_share, usual.face_yield

    def valid(_: ParticipantValues, windows: Sequence[WindowFigures]) -> tuple[int, int]:
        return sum(w.valid for w in windows), sum(w.samples for w in windows)

    def seen(person: ParticipantValues, windows: Sequence[WindowFigures]) -> tuple[int, int]:
        keys = [(person.run.run_dir, w.step, w.attempt) for w in windows]
        counts = [material.faces.get(key, (0, 0)) for key in keys]
        return sum(with_face for _, with_face in counts), sum(frames for frames, _ in counts)

    lost = sum(person.run.lost for person in people)
    return section(
        "quality",
        "Data quality",
        _table(material, "Samples flagged ok, of those in windows that count", valid, gsr),
        _table(material, "Frames with a face, of those in windows that count", seen, face),
        el("p", f"Samples lost on the way, in the runs that count: {words.count(lost)}."),
        lead=f"By participant and class. Marked ! is less than the usual {100 * gsr:.0f} % of"
        f" samples or {100 * face:.0f} % of frames; a person may have accepted it all the same.",
    )


def _table(material: StudyMaterial, caption: str, counts: _Counts, need: float) -> Markup:
    classes = [condition.class_name for condition in material.results.conditions]
    columns = [Column("Participant"), *(Column(name, is_number=True) for name in classes)]
    rows = []
    for person in material.results.participants:
        cells: list[Child] = [person.participant]
        for name in classes:
            windows = [window for window in person.windows if window.class_name == name]
            part, whole = counts(person, windows)
            told = words.share(part, whole)
            low = whole and part < need * whole
            cells.append(state("!", told, "bad") if low else told)
        rows.append(cells)
    return table(caption, columns, rows)
