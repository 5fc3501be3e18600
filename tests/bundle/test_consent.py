"""What each scope of consent lets out: the column `export` of the consent matrix."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.selection import ExportRequest, select
from femo_tui.errors import UsageError
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.store.study import load_study
from tests.support.opened import contents, unpack
from tests.support.shared_store import Lab

EVERY = [frozenset(scopes) for n in range(7) for scopes in combinations(Scope, n)]


def given_out(lab: Lab, scopes: frozenset[Scope], level: Level) -> tuple[bool, bool]:
    """Return whether GSR and faces of S05 would go."""
    person = Participant("S05", 30, None, "", Consent(scopes, "2", ""), "")
    request = ExportRequest(level=level, participants=("S05",))
    try:
        chosen = select(lab.root, load_study(lab.root), [person], request)
    except UsageError:
        return False, False  # there is nothing to export
    (share,) = chosen.shares
    assert share.faces == bool(chosen.face_files)
    return share.gsr, share.faces


def test_every_set_of_scopes_lets_out_what_it_says(lab: Lab) -> None:
    assert len(EVERY) == 64
    for scopes in EVERY:
        gsr = {Scope.GSR, Scope.SHARE_GSR} <= scopes
        faces = {Scope.FACE, Scope.SHARE_FACE} <= scopes
        assert given_out(lab, scopes, Level.FULL) == (gsr, faces), scopes
        assert given_out(lab, scopes, Level.NO_FACES) == (gsr, False), scopes
        assert given_out(lab, scopes, Level.STATISTICS) == (gsr, False), scopes


def test_who_shares_faces_only_gives_no_figure_of_conductance(lab: Lab, tmp_path: Path) -> None:
    request = ExportRequest(encrypt=False, participants=("S03", "S05"))
    top = unpack(export(lab.root, tmp_path / "out.tar", request, "ana").path, tmp_path / "out")
    found = dict(contents(top))
    assert [name for name in found if "faces/sub-S03" in name]
    assert not [name for name in found if "sub-S03" in name and "physio" in name]
    assert found["data/sourcedata/femo/sub-S03/ses-01/run-01/gsr.csv"].count(b"\n") == 1
    for name in ("windows.tsv", "values.csv", "results.txt"):
        assert b"S03" not in found[f"data/derivatives/femo/{name}"]
    assert b"gsr_valid_share" not in found["data/sourcedata/femo/sub-S03/ses-01/run-01/run.jsonl"]


def test_who_shares_no_faces_gives_no_figure_of_the_face(lab: Lab, tmp_path: Path) -> None:
    request = ExportRequest(participants=("S02",))
    top = unpack(export(lab.root, tmp_path / "out.tar", request, "ana").path, tmp_path / "out")
    found = dict(contents(top))
    assert not [name for name in found if name.endswith(".jpg") or "faces" in name]
    run = "data/sourcedata/femo/sub-S02/ses-01/run-01"
    assert found[f"{run}/frames.csv"].count(b"\n") == 1
    assert b"face_yield" not in found[f"{run}/run.jsonl"]
    assert b"face_yield" not in found["data/derivatives/femo/quality.tsv"]
