"""Who is in the numbers, how far the study is, and who and what was left out, and why."""

from __future__ import annotations

from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, el
from femo_tui.report.page import Column, section, table
from femo_tui.report.picture import LETTER_PX, Scale, Sheet, box, drawn, figure, line, text
from femo_tui.report.study_material import StudyMaterial
from femo_tui.stats.results import ParticipantValues

_ROW_PX, _NAME_PX = 26.0, 150.0


def people_section(material: StudyMaterial) -> Markup:
    """Return how far the study is, and who counts."""
    return section(
        "people",
        "Participants",
        figure("progress", lambda sheet: _draw_progress(material, sheet)),
        _in(material),
        _out(material),
    )


def _draw_progress(material: StudyMaterial, sheet: Sheet) -> Markup:
    results = material.results
    planned = results.study.planned_n
    rows = [
        ("registered", material.registered),
        ("recorded", material.recorded),
        ("in the primary analysis", results.n),
    ]
    most = max([planned or 0, *(count for _, count in rows), 1])
    left = 8.0 if sheet.is_narrow else _NAME_PX + 16
    across = Scale(0.0, float(most), left, sheet.width - 34)
    high = _ROW_PX * (1.7 if sheet.is_narrow else 1.0)
    parts: list[Child] = []
    for number, (name, count) in enumerate(rows):
        y = 22 + number * high
        bar_y = y + (18 if sheet.is_narrow else 4)
        where = (left, y + 13, "") if sheet.is_narrow else (_NAME_PX, y + 17, "end")
        parts += [
            text(where[0], where[1], name, where[2]),
            box(left, bar_y, max(across(count) - left, 1.0), 16, "bar"),
            text(across(count) + 6, bar_y + 13, words.count(count), "number"),
        ]
    bottom = 22 + len(rows) * high + 4
    if planned is not None:
        x = across(planned)
        words_px = LETTER_PX * len(f"planned {planned}")
        at = min(max(x, left + words_px / 2), sheet.width - words_px / 2)
        parts += [
            line(x, 18, x, bottom, "planned"),
            text(at, 12, f"planned {planned}", "middle number"),
        ]
    counted = ", ".join(f"{name} {count}" for name, count in rows)
    told = f"{counted}; planned {'no number' if planned is None else planned}."
    return drawn(sheet, bottom + 4, "How far the study is", told, *parts)


def _in(material: StudyMaterial) -> Markup:
    people = material.results.participants
    if not people:
        return el("p", "Nobody is in the analysis yet.")
    columns = (
        *(Column("Participant"), Column("Age", is_number=True), Column("Sex"), Column("Run")),
        *(Column("Windows", is_number=True), Column("Rate", is_number=True, unit="Hz")),
        *(Column("Responses", is_number=True), Column("Data")),
    )
    silent = set(material.results.non_responders)
    rows = [
        (
            person.participant,
            words.NONE if person.run.age is None else str(person.run.age),
            person.run.sex or words.NONE,
            person.run.where,
            str(len(person.windows)),
            words.decimal(person.run.rate_hz, 2),
            _responses(person, is_silent=person.participant in silent),
            "SIMULATED" if person.run.simulated else "recorded",
        )
        for person in people
    ]
    return table("Who is in the numbers, and with which run", columns, rows)


def _responses(person: ParticipantValues, *, is_silent: bool) -> str:
    count = person.run.responses
    if count is None:
        return words.NONE
    return f"{count}, non-responder" if is_silent else str(count)


def _out(material: StudyMaterial) -> Markup:
    if not material.absent:
        return el("p", "Nothing was left out.")
    columns = Column("Participant"), Column("What"), Column("Why")
    rows = [(one.who or "not named", one.what, one.reason) for one in material.absent]
    return table("What was left out, and why", columns, rows, stacks=False)
