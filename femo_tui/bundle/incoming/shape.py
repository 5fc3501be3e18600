"""Whether what a bundle holds has the shape of one: BagIt, BIDS, what its level allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from femo_tui.bundle import layout
from femo_tui.bundle.incoming.contents import Contents
from femo_tui.bundle.layout import (
    BAG_INFO,
    BAGIT,
    BAGIT_VERSION,
    BIDS_VERSION,
    BUNDLE_FORMAT,
    DESCRIPTION,
    INFO_FORMAT,
    INFO_LEVEL,
    INFO_SIGNER,
    INFO_SIMULATED,
    PARTICIPANTS,
    PAYLOAD,
    RUN_FOLDER,
    Level,
)
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, RUN_FILE

_DECLARATION = f"BagIt-Version: {BAGIT_VERSION}\nTag-File-Character-Encoding: UTF-8\n"
_OXUM = "Payload-Oxum"
_FIELD = re.compile(r"([A-Za-z-]{1,60}): (.*)")
_RUN_FILES = frozenset({RUN_FILE, GSR_FILE, FRAMES_FILE})
_PERSON = re.compile(r"sub-([A-Z][A-Z0-9]{0,11})")
_REQUIRED = (layout.DESCRIPTION, layout.README, PARTICIPANTS, layout.PARTICIPANTS_COLUMNS)


@dataclass(frozen=True, slots=True)
class BagFacts:
    """What a bag says of itself in `bag-info.txt`."""

    format: int | None  # None: it does not say
    level: Level | None
    simulated: bool
    signer: str | None
    oxum: str  # bytes.files of the payload


def bag_facts(contents: Contents) -> BagFacts:
    """Read `bag-info.txt`; what it does not say is empty."""
    text = contents.texts.get(BAG_INFO, b"").decode(errors="replace")
    matches = (_FIELD.fullmatch(line) for line in text.splitlines())
    info = {match[1]: match[2] for match in matches if match}
    number, level = info.get(INFO_FORMAT, ""), info.get(INFO_LEVEL, "")
    return BagFacts(
        format=int(number) if re.fullmatch(r"\d{1,9}", number) else None,
        level=Level(level) if level in set(Level) else None,
        simulated=info.get(INFO_SIMULATED) == "yes",
        signer=info.get(INFO_SIGNER),
        oxum=info.get(_OXUM, ""),
    )


def newer_format(facts: BagFacts) -> str:
    """Return what to do about a bundle of a later femo, empty where this one can read it."""
    if facts.format is None or facts.format <= BUNDLE_FORMAT:
        return ""
    return (
        f"{BAG_INFO}: written by a newer femo (format {facts.format}, this one knows"
        f" {BUNDLE_FORMAT}); update femo, or ask for a bundle of the older format"
    )


def study_title(contents: Contents) -> str:
    """Return the data set's name, empty where it has none."""
    name = _description(contents).get("Name")
    return name if isinstance(name, str) else ""


def people_of(contents: Contents) -> tuple[str, ...]:
    """Return the codes in `participants.tsv`, in its order."""
    rows = table_rows(contents, PARTICIPANTS)
    matches = (_PERSON.fullmatch(row.get("participant_id", "")) for row in rows)
    return tuple(match[1] for match in matches if match)


def table_rows(contents: Contents, name: str) -> list[dict[str, str]]:
    """Return the rows of a small table of the payload, none if it is not there."""
    text = contents.texts.get(f"{PAYLOAD}/{name}", b"").decode(errors="replace")
    if not text:
        return []
    header, *lines = text.splitlines()
    columns = header.split("\t")
    return [dict(zip(columns, line.split("\t"), strict=False)) for line in lines]


def shape_faults(contents: Contents) -> Iterator[str]:
    """Yield one sentence for whatever is not as a bundle has it."""
    facts = bag_facts(contents)
    yield from _bag_faults(contents, facts)
    yield from _data_set_faults(contents)
    yield from _people_faults(contents)
    yield from _level_faults(contents, facts)
    yield from _recording_faults(contents)


def _bag_faults(contents: Contents, facts: BagFacts) -> Iterator[str]:
    for name in (BAG_INFO, BAGIT, layout.MANIFEST, layout.TAG_MANIFEST):
        if name not in contents.texts:
            yield f"{name}: missing"
    if contents.texts.get(BAGIT, _DECLARATION.encode()) != _DECLARATION.encode():
        yield f"{BAGIT}: does not declare BagIt {BAGIT_VERSION} in UTF-8"
    if BAG_INFO not in contents.texts:
        return
    expected = f"{contents.payload_bytes}.{contents.payload_files}"
    if facts.oxum != expected:
        yield f"{BAG_INFO}: {_OXUM} is not {expected}, which is what is there"
    if facts.format is None:
        yield f"{BAG_INFO}: says no {INFO_FORMAT}; this is no bundle of femo's"
    if facts.level is None:
        yield f"{BAG_INFO}: says no {INFO_LEVEL} that there is"


def _data_set_faults(contents: Contents) -> Iterator[str]:
    there = {name for name in _REQUIRED if f"{PAYLOAD}/{name}" in contents.payload_names}
    yield from (f"{PAYLOAD}/{name}: missing" for name in _REQUIRED if name not in there)
    if DESCRIPTION not in there:
        return
    body, where = _description(contents), f"{PAYLOAD}/{DESCRIPTION}"
    if not isinstance(body.get("Name"), str):
        yield f"{where}: says no Name"
    if body.get("DatasetType") != "raw":
        yield f"{where}: its DatasetType is not raw"
    version = body.get("BIDSVersion")
    known = tuple(map(int, BIDS_VERSION.split(".")))
    if not isinstance(version, str) or not re.fullmatch(r"\d{1,3}\.\d{1,3}\.\d{1,3}", version):
        yield f"{where}: says no BIDSVersion"
    elif tuple(map(int, version.split("."))) > known:
        yield f"{where}: of BIDS {version}, this femo knows {BIDS_VERSION}; update femo"


def _people_faults(contents: Contents) -> Iterator[str]:
    where = f"{PAYLOAD}/{PARTICIPANTS}"
    rows = table_rows(contents, PARTICIPANTS)
    listed = [row.get("participant_id", "") for row in rows]
    for name in dict.fromkeys(listed):
        if not _PERSON.fullmatch(name):
            yield f"{where}: {name[:40]!r} is no participant's code; sub-S01 would be one"
        elif listed.count(name) > 1:
            yield f"{where}: {name} stands in it twice"
    for folder in sorted(contents.folders):
        name = folder.rpartition("/")[2]
        if name.startswith("sub-") and name not in listed:
            yield f"{folder}: of somebody whom {where} does not list"


def _level_faults(contents: Contents, facts: BagFacts) -> Iterator[str]:
    if facts.level is None or facts.level is Level.FULL:
        return
    if contents.faces:
        yield f"{PAYLOAD}/{layout.FACES}: faces, at level {facts.level.value}"
    if facts.level is Level.STATISTICS and contents.runs:
        yield f"{PAYLOAD}/{layout.FEMO}: recordings, at level {facts.level.value}"


def _recording_faults(contents: Contents) -> Iterator[str]:
    for folder, files in sorted(contents.runs.items()):
        where = f"{PAYLOAD}/{layout.FEMO}/{folder}"
        if RUN_FOLDER.fullmatch(folder) is None:
            yield f"{where}: no run lies at such a place"
        yield from (f"{where}/{name}: missing" for name in sorted(_RUN_FILES - files))
        yield from (f"{where}/{name}: no file of a run" for name in sorted(files - _RUN_FILES))
    for name in sorted(contents.recordings):
        for table in (".tsv.gz", ".tsv"):
            stem = name.removesuffix(table)
            if stem != name and f"{stem}.json" not in contents.recordings:
                yield f"{PAYLOAD}/{stem}.json: missing beside its table"
                break


def _description(contents: Contents) -> Mapping[str, object]:
    text = contents.texts.get(f"{PAYLOAD}/{DESCRIPTION}", b"{}")
    body = json.loads(text)  # looked into while it was read
    return body if isinstance(body, dict) else {}
