"""What stands at the root of a bundle's data set: what it is, who is in it, how to read it."""

from __future__ import annotations

from collections.abc import Mapping

from femo_tui import __version__
from femo_tui.bundle.layout import (
    BIDS_VERSION,
    CLASSIC,
    COMPARISONS,
    DERIVED,
    FACES,
    FEMO,
    FRAMES_TABLE,
    LEFT_OUT,
    WINDOWS,
    Level,
)
from femo_tui.bundle.outgoing.selection import Selection
from femo_tui.bundle.outgoing.shares import OLDEST
from femo_tui.bundle.outgoing.tables import Column, Value, sidecar, table, to_json
from femo_tui.model.records import JsonValue

SIMULATED = "SIMULATED"
_SOFTWARE: Mapping[str, JsonValue] = {
    "Name": "femo",
    "Version": __version__,
    "Description": "Terminal session console for studies of emotion through the face and galvanic"
    " skin response",
}
PARTICIPANT_COLUMNS = (
    Column("participant_id", "A code that the lab gave; it says nothing about the person."),
    Column("age", f"Age in years; {OLDEST} stands for {OLDEST} and above.", "year"),
    Column(
        "sex",
        "As the participant states it.",
        levels={"F": "female", "M": "male", "O": "neither, or not told in these words"},
    ),
    Column("gsr", "Whether skin conductance is shared."),
    Column("faces", "Whether crops of the face are shared."),
    Column("simulated", "yes: no person, the data were made by a computer."),
    Column("notes", "What was noted about the participant; n/a where free text is not shared."),
)
_OF_STATISTICS = ("participant_id", "gsr", "simulated")  # age and sex stand in the methods, summed


def is_simulated(selection: Selection) -> str:
    """Return how the bundle is marked: SIMULATED, partly SIMULATED, or not at all."""
    if not selection.simulated:
        return ""
    every = all(share.start.simulated for share in selection.shares)
    return SIMULATED if every else f"partly {SIMULATED}"


def _marked(title: str, selection: Selection) -> str:
    """Return a title with the mark of simulated data before it, if it does not begin so."""
    mark = is_simulated(selection)
    return f"{mark}: {title}" if mark and not title.startswith(SIMULATED) else title


def description(selection: Selection) -> bytes:
    """Return `dataset_description.json`."""
    facts: dict[str, JsonValue] = {
        "Name": _marked(selection.study.title, selection),
        "BIDSVersion": BIDS_VERSION,
        "HEDVersion": "8.4.0",
        "DatasetType": "raw",
        "License": "Not stated: ask the lab that sent this before you pass it on",
        "Authors": ["Not named in a bundle", "Ask the lab that sent this"],
        "Keywords": ["emotion", "galvanic skin response", "facial expression"],
        "GeneratedBy": [_SOFTWARE],
        "SourceDatasets": [{"Version": "the lab's own store"}],
    }
    return to_json(facts)


def derived_description(selection: Selection) -> bytes:
    """Return `dataset_description.json` of what was computed."""
    title = f"Results of {selection.study.title}"
    facts: dict[str, JsonValue] = {
        "Name": _marked(title, selection),
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [_SOFTWARE],
        "SourceDatasets": [{"URL": "../.."}],
    }
    return to_json(facts)


def participants_table(selection: Selection) -> bytes:
    """Return `participants.tsv`."""
    rows: list[dict[str, Value]] = []
    for person in selection.people:
        theirs = [share for share in selection.shares if share.person.code == person.code]
        rows.append(
            {
                "participant_id": f"sub-{person.code}",
                "age": theirs[0].age,
                "sex": _sex(theirs[0].sex),
                "gsr": any(share.gsr for share in theirs),
                "faces": any(share.faces for share in theirs),
                "simulated": any(share.start.simulated for share in theirs),
                "notes": selection.rule.told(person.notes),
            }
        )
    return table(_participant_columns(selection), rows)


def participants_json(selection: Selection) -> bytes:
    """Return `participants.json`."""
    return sidecar(_participant_columns(selection))


def _participant_columns(selection: Selection) -> tuple[Column, ...]:
    if selection.level is not Level.STATISTICS:
        return PARTICIPANT_COLUMNS
    return tuple(column for column in PARTICIPANT_COLUMNS if column.name in _OF_STATISTICS)


def _sex(sex: str | None) -> str | None:
    return "O" if sex == "X" else sex


def changes() -> bytes:
    """Return `CHANGES`; without a date, which would tell when the lab worked."""
    return f"1.0.0\n  - Exported with femo {__version__}.\n".encode()


def readme(selection: Selection) -> bytes:
    """Return `README.md`."""
    return "\n\n".join(_paragraphs(selection)).encode() + b"\n"


def _paragraphs(selection: Selection) -> list[str]:
    mark = is_simulated(selection)
    level = selection.level
    people = len(selection.people)
    holds = [
        f"* `{DERIVED}/`: results, what every window came to (`{WINDOWS}`), what stayed in the lab"
        f" and why (`{LEFT_OUT}`). `{WINDOWS}` alone gives `{COMPARISONS}` again.",
    ]
    if level is Level.STATISTICS:
        holds += ["* `sub-*/ses-*/beh/*_beh.tsv`: the figures of each run's windows. No signals."]
    else:
        holds += [
            "* `sub-*/ses-*/beh/*_physio.tsv.gz`: skin conductance in µS and as the sensor sent it,"
            " with calibration and resolution in the JSON; `*_events.tsv`: steps, accepted windows,"
            " ratings.",
            f"* `{FEMO}/`: the runs in femo's own formats, for `femo import`.",
        ]
    if level is Level.FULL:
        holds += [f"* `{FACES}/`: crops of the face; `{FRAMES_TABLE}` tells what is known of each."]
    if selection.classic:
        holds += [f"* `{CLASSIC}/`: the layout of the study of 2018."]
    return [
        f"# {selection.study.title}{f' – {mark}' if mark else ''}",
        *([f"{mark}: data of simulated participants tell nothing about people."] if mark else []),
        "Emotion through the face and galvanic skin response, recorded with femo. This is a BIDS"
        f" {BIDS_VERSION} data set in a BagIt bag, level `{level.value}`, {people} participants.",
        "\n".join(holds),
        "Only what participants consented to share is here, and only attempts that were accepted:"
        " the time of others is cut out of every stream. Answers about the person, such as"
        " screening questions, stayed in the lab. Films are under copyright and are named by"
        " `stim_id` and `stim_sha256` only.",
        "Dates are shifted for each participant, so that the first session begins at"
        " 1900-01-01T00:00:00Z; time between a participant's sessions is kept, times of different"
        " participants cannot be compared. `ses-01` is a participant's first session. All times in"
        " tables are seconds since the start of the run.",
        "Check it with `sha256sum -c manifest-sha256.txt` in the folder above, or with any BagIt"
        " tool. Tables are separated by tabs, and `n/a` means that there is nothing.",
    ]
