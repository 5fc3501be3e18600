"""A store seeded with canaries, and bundles in which none of them may be found."""

from __future__ import annotations

import getpass
import json
import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.selection import ExportRequest
from tests.support.make_golden import FACE_JPEG
from tests.support.opened import contents, unpack
from tests.support.shared_store import (
    DATES,
    EMAIL,
    NAME,
    OPERATOR,
    OWN_FACT,
    SECRETS,
    TYPED,
    Lab,
)

PLAIN = ExportRequest(encrypt=False)
WALL_CLOCK = re.compile(rb"20[12]\d-[01]\d-[0-3]\d")
LOGIN = [name for name in (getpass.getuser(), socket.gethostname()) if len(name) > 4]


def bundle(lab: Lab, tmp_path: Path, request: ExportRequest) -> dict[str, bytes]:
    """Return name → content of everything in a bundle, the tar itself among it."""
    done = export(lab.root, tmp_path / "out.tar", request, OPERATOR, note=NAME)
    found = dict(contents(unpack(done.path, tmp_path / "out")))
    return {**found, "the tar": done.path.read_bytes()}


def where(canary: str, found: dict[str, bytes]) -> list[str]:
    word = canary.lower().encode()
    return [name for name, content in found.items() if word in content.lower() or canary in name]


@pytest.mark.parametrize("level", list(Level))
def test_no_canary_is_in_a_bundle(lab: Lab, tmp_path: Path, level: Level) -> None:
    """Also at level full, as long as nobody looked at the texts."""
    request = replace(PLAIN, level=level, classic=level is not Level.STATISTICS)
    found = bundle(lab, tmp_path, request)
    for canary in (*SECRETS, *LOGIN, *DATES, *TYPED.values(), OWN_FACT, "Lovelace"):
        assert where(canary, found) == [], canary
    for name, content in found.items():
        assert WALL_CLOCK.search(content) is None, name


def test_texts_go_at_full_after_a_look_but_never_a_secret(lab: Lab, tmp_path: Path) -> None:
    found = bundle(lab, tmp_path, replace(PLAIN, texts_looked_at=True))
    for text in (*TYPED.values(), OWN_FACT):
        assert where(text, found) != [], text
    for canary in (*SECRETS, *LOGIN, *DATES):
        assert where(canary, found) == [], canary


def test_every_text_is_listed_before_it_may_go(lab: Lab, tmp_path: Path) -> None:
    done = export(lab.root, tmp_path / "out.tar", PLAIN, "ana")
    listed = {(text.kind, text.text) for text in done.texts if not text.held_back}
    fact = f"electrode_site: {TYPED['fact']}"
    typed = {**TYPED, "fact": fact}.items()
    assert listed == {*typed, ("fact", f"{OWN_FACT}: tall")}
    held = {text.text: text.held_back for text in done.texts if text.held_back}
    assert held[f"write to {EMAIL}"] == "an e-mail address is in it"
    assert held[f"{OPERATOR.title()} saw it"].startswith("the name of an operator")
    assert not done.texts_inside


def test_rejected_attempts_are_nowhere(lab: Lab, tmp_path: Path) -> None:
    """Not as figures, faces, markers, rows or seconds; nor a face rejected by eye."""
    found = bundle(lab, tmp_path, replace(PLAIN, texts_looked_at=True, classic=True))
    run = "data/sourcedata/femo/sub-S01/ses-01/run-01"
    events = [json.loads(line) for line in found[f"{run}/run.jsonl"].splitlines()]
    stress = [e for e in events if e.get("step") == "stress"]
    assert {e["attempt"] for e in stress} == {2}
    times = [float(line.split(b",")[0]) for line in found[f"{run}/gsr.csv"].splitlines()[1:]]
    assert not [t for t in times if 16.0 <= t < 20.0]  # the span of the attempt that was rejected
    assert [t for t in times if 20.0 <= t < 24.0]
    assert not [name for name in found if "stress-1/" in name or "000040_" in name]
    assert [name for name in found if "stress-2/" in name]
    assert not [n for n in found if "S05" in n and "acted-happy" in n]  # rejected afterwards
    table = found["data/derivatives/femo/windows.tsv"].decode().splitlines()
    attempts = [row.split("\t")[4:6] for row in table[1:]]
    assert ["stress", "2"] in attempts
    assert ["stress", "1"] not in attempts
    physio = next(v for n, v in found.items() if "sub-S01_ses-01" in n and n.endswith(".tsv.gz"))
    rows = [row.split("\t") for row in physio.decode().splitlines()]
    kept = [row for row in rows if row[3] == "left_out"]
    assert len(kept) == 40  # 4 s at 10 Hz keep their place, and say nothing
    assert {(row[1], row[2]) for row in kept} == {("n/a", "n/a")}


def test_pictures_carry_the_picture_only(lab: Lab, tmp_path: Path) -> None:
    """The store's faces have EXIF, a comment and a tail; the picture's own bytes stay."""
    found = bundle(lab, tmp_path, PLAIN)
    faces = [content for name, content in found.items() if name.endswith("_face.jpg")]
    assert len(faces) > 50
    assert set(faces) == {FACE_JPEG}


def test_dates_are_shifted_and_their_distance_kept(lab: Lab, tmp_path: Path) -> None:
    found = bundle(lab, tmp_path, PLAIN)

    def start(session: str) -> dict[str, str]:
        name = f"data/sourcedata/femo/sub-S01/{session}/run-01/run.jsonl"
        body = json.loads(found[name].splitlines()[0])
        assert isinstance(body, dict)
        return body

    assert start("ses-01")["session"] == "1900-01-01T000000"
    assert start("ses-02")["session"] == "1900-01-03T041430"  # two days, 4 h 14 min 30 s
