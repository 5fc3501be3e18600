"""Results of the runs that `gsr_store` writes, and what they say of each participant."""

from __future__ import annotations

from pathlib import Path

from femo_tui.model.study import Study
from femo_tui.stats.results import Asked, StudyResults, study_results
from tests.support.gsr_store import people_of

STUDY = Study(protocol="study", planned_n=3)
HAPPY = {"happy": 6.0, "stress": 7.5, "boredom": 4.5, "acted-happy": 5.5}


def results(
    root: Path,
    asked: Asked | None = None,
    study: Study = STUDY,
    previous: StudyResults | None = None,
    codes: tuple[str, ...] = (),
) -> StudyResults:
    """Return the results of everybody who has a run, and of `codes`, all registered."""
    recorded = (folder.name for folder in (root / "sessions").glob("*"))
    people = people_of(*sorted({*codes, *recorded}))
    return study_results(root, study, people, asked or Asked(), previous)


def values(found: StudyResults, class_name: str = "Happy_S") -> dict[str, float]:
    return {
        person.participant: person.values[class_name].of(found.measure)
        for person in found.participants
        if class_name in person.values
    }


def reasons(found: StudyResults) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for one in found.left_out:
        told.setdefault(one.participant, []).append(f"{one.what}: {one.reason}")
    return told
