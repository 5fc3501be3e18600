"""What an export writes: valid by others' judgement, the same bytes each time, private, noted."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.selection import ExportRequest
from femo_tui.errors import BundleError, Cancelled, UnknownName, UsageError
from femo_tui.model.progress import Progress
from femo_tui.store.catalog import Catalog
from tests.support.femo import Femo
from tests.support.opened import check_bag, check_bids, check_sums, contents, unpack
from tests.support.shared_store import SESSIONS, Lab

PLAIN = ExportRequest(encrypt=False)


@pytest.mark.parametrize("level", list(Level))
def test_others_find_nothing_wrong_with_a_bundle(lab: Lab, tmp_path: Path, level: Level) -> None:
    """Two sessions, a lost run that was closed, age and sex unknown, faces or GSR not shared."""
    request = replace(PLAIN, level=level, classic=level is not Level.STATISTICS)
    done = export(lab.root, tmp_path / "out.tar", request, "ana")
    top = unpack(done.path, tmp_path / "out")
    check_sums(top)
    check_bag(top)
    check_bids(top)
    assert top.name == f"films-and-skin-{level.value}"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Femo:
    """A store of two simulated participants, recorded by the engine itself."""
    femo = Femo(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("recorded") / "store")
    femo.ok("demo", "--headless", "--participants", "2", "--store", str(femo.store))
    return femo


@pytest.mark.parametrize("level", ["full", "no-faces", "statistics"])
def test_a_recorded_study_is_exported_and_marked(
    recorded: Femo, tmp_path: Path, level: str
) -> None:
    out = tmp_path / "out.tar"
    told = recorded.ok("export", str(out), "--level", level, "--no-encryption")
    top = unpack(out, tmp_path / "out")
    check_sums(top)
    check_bag(top)
    check_bids(top)
    assert "SIMULATED" in told
    for name in ("dataset_description.json", "README.md", "derivatives/femo/results.txt"):
        assert b"SIMULATED" in (top / "data" / name).read_bytes()
    named = json.loads((top / "data/dataset_description.json").read_text())["Name"]
    assert named.count("SIMULATED") == 1  # the study is called so itself
    header, *rows = (top / "data/participants.tsv").read_text().splitlines()
    column = header.split("\t").index("simulated")
    assert [row.split("\t")[column] for row in rows] == ["yes", "yes"]
    assert "Femo-Simulated: yes" in (top / "bag-info.txt").read_text()


@pytest.mark.parametrize("level", list(Level))
def test_the_same_store_gives_the_same_bytes(lab: Lab, tmp_path: Path, level: Level) -> None:
    """Also after an export was noted, and to another name."""
    request = replace(PLAIN, level=level, classic=level is not Level.STATISTICS)
    first = export(lab.root, tmp_path / "a.tar", request, "ana")
    second = export(lab.root, tmp_path / "another.tar", request, "ben", note="to lab B")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256


def test_the_tar_tells_nothing_of_who_wrote_it(lab: Lab, tmp_path: Path) -> None:
    done = export(lab.root, tmp_path / "out.tar", PLAIN, "ana")
    listed = subprocess.run(
        ["tar", "--numeric-owner", "--full-time", "-tvf", done.path],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "UTC"},
    ).stdout.splitlines()
    assert {" ".join(line.split()[:2]) for line in listed} == {"-rw------- 0/0"}
    assert {line.split()[3] for line in listed} == {"1970-01-01"}
    names = [line.split()[5].partition("/")[2] for line in listed]
    payload = [name for name in names if name.startswith("data/")]
    assert payload == sorted(payload)
    assert names[len(payload) :] == sorted(names[len(payload) :])


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_a_bundle_is_private_whatever_the_umask(lab: Lab, tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        done = export(lab.root, tmp_path / "out.tar", PLAIN, "ana")
    finally:
        os.umask(before)
    assert done.path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out.tar"
    out.write_text("mine")
    with pytest.raises(UsageError, match=r"out\.tar: this exists already"):
        export(lab.root, out, PLAIN, "ana")
    assert out.read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_overwritten(own_lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out.tar"

    def meanwhile(progress: Progress) -> None:
        if progress.unit == "files" and not out.exists():
            out.write_text("mine")

    with pytest.raises(UsageError, match="exists already"):
        export(own_lab.root, out, PLAIN, "ana", meanwhile)
    assert [path.name for path in tmp_path.glob("*out*")] == ["out.tar"]
    assert out.read_text() == "mine"
    with Catalog.open(own_lab.root) as catalog:
        assert catalog.exports() == []


def test_cancelling_leaves_nothing(lab: Lab, tmp_path: Path) -> None:
    seen: list[Progress] = []

    def enough(progress: Progress) -> None:
        seen.append(progress)
        if progress.unit == "files" and progress.done == 40:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        export(lab.root, tmp_path / "out.tar", PLAIN, "ana", enough)
    assert list(tmp_path.iterdir()) == []
    assert all(progress.done <= progress.total for progress in seen)


def test_faces_leave_encrypted_or_on_purpose_only(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pictures of faces would leave the lab readable") as told:
        export(lab.root, tmp_path / "out.tar", ExportRequest(), "ana")
    assert "--recipient" in str(told.value)
    assert "\n" not in str(told.value)
    assert list(tmp_path.iterdir()) == []
    without = ExportRequest(participants=("S02",))  # who shares no faces
    assert export(lab.root, tmp_path / "out.tar", without, "ana").face_files == 0


def test_an_export_is_noted_with_whom_it_holds(own_lab: Lab, tmp_path: Path) -> None:
    request = replace(PLAIN, participants=("S05", "S06"))
    done = export(own_lab.root, tmp_path / "out.tar", request, "ana", note="to lab B")
    with Catalog.open(own_lab.root) as catalog:
        (noted,) = catalog.exports()
        assert catalog.exports("S05") == [noted]
        assert catalog.exports("S01") == []
    assert (noted.file_name, noted.sha256, noted.note) == ("out.tar", done.sha256, "to lab B")
    assert noted.operator == "ana"
    assert noted.participants == ("S05", "S06")
    line = (own_lab.root / "audit.jsonl").read_text("utf-8").splitlines()[-1]
    assert done.sha256 in line
    assert "S05" not in line


def test_participants_days_and_protocols_are_chosen(lab: Lab, tmp_path: Path) -> None:
    def runs(name: str, request: ExportRequest) -> set[str]:
        top = unpack(
            export(lab.root, tmp_path / f"{name}.tar", request, "ana").path, tmp_path / name
        )
        folders = (top / "data/sourcedata/femo").glob("*/*/*")
        return {"/".join(folder.parts[-3:]) for folder in folders}

    assert runs("one", replace(PLAIN, participants=("S01",))) == {
        "sub-S01/ses-01/run-01",
        "sub-S01/ses-02/run-01",
    }
    later = date.fromisoformat(SESSIONS[1][:10])
    assert runs("later", replace(PLAIN, since=later)) == {"sub-S01/ses-02/run-01"}
    assert "sub-S01/ses-02/run-01" not in runs("before", replace(PLAIN, until=date(2026, 11, 21)))
    with pytest.raises(UsageError, match="nothing to export"):
        export(lab.root, tmp_path / "none.tar", replace(PLAIN, protocol="another"), "ana")
    with pytest.raises(UnknownName, match="S99 is not registered"):
        export(lab.root, tmp_path / "none.tar", replace(PLAIN, participants=("S99",)), "ana")


def test_what_contradicts_itself_is_refused(lab: Lab, tmp_path: Path) -> None:
    for request, said in (
        (ExportRequest(level=Level.STATISTICS, classic=True), "--classic"),
        (ExportRequest(level=Level.NO_FACES, texts_looked_at=True), "--texts-looked-at"),
        (ExportRequest(since=date(2026, 1, 2), until=date(2026, 1, 1)), "--from"),
    ):
        with pytest.raises(UsageError, match=said):
            export(lab.root, tmp_path / "out.tar", request, "ana")


@pytest.mark.parametrize("name", ["gsr.csv", "run.jsonl", "face"])
def test_a_damaged_store_is_not_given_out(own_lab: Lab, tmp_path: Path, name: str) -> None:
    run = own_lab.runs["S05"]
    # an acted window of S05 failed: its faces stay, and nobody looks at them
    path = next(run.glob("faces/*_S/*/*_face.jpg")) if name == "face" else run / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    with pytest.raises(BundleError, match="changed since the run was sealed") as told:
        export(own_lab.root, tmp_path / "out.tar", PLAIN, "ana")
    assert path.name in str(told.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["lab"]


def test_what_stays_in_the_lab_is_named(lab: Lab, tmp_path: Path) -> None:
    done = export(lab.root, tmp_path / "out.tar", PLAIN, "ana")
    said = {(one.participant, one.what): one.reason for one in done.left_out}
    assert said["S04", "GSR"] == "consent does not cover gsr and share-gsr"
    assert said["S04", "faces"] == "consent does not cover face and share-face"
    assert said["S03", "GSR"] == "consent does not cover gsr and share-gsr"
    assert said["S06", "ses-02/run-01"].startswith("its data are until asked")
    assert said["S01", "Stress_S"] == "not accepted (1)"
    assert said["S01", "ses-01/run-01"] == "faces rejected by eye (1)"
    inside = dict(contents(unpack(done.path, tmp_path / "out")))
    table = inside["data/derivatives/femo/left_out.tsv"].decode()
    assert "S04" not in table  # whoever shares nothing is counted, not named
    assert any(row.startswith("n/a\tparticipants") for row in table.splitlines())
