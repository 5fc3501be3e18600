"""What a page may show: by consent as it stands, and nothing that names whom it should not."""

from __future__ import annotations

import base64
import getpass
import socket
from pathlib import Path

import pytest

from femo_tui.errors import ConsentError, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Scope
from femo_tui.model.run_state import RunData
from femo_tui.report.writing import Written, write_run_report
from femo_tui.store import audit
from femo_tui.store.catalog import Catalog
from femo_tui.store.disposal import decide_data
from femo_tui.store.judging import judge_frames, judge_window
from femo_tui.store.layout import EXPORTS
from femo_tui.store.reassign import reassign
from femo_tui.store.saved_frames import saved_frames
from femo_tui.store.withdrawal import plan_withdrawal, withdraw
from tests.support.shared_store import (
    DATES,
    EMAIL,
    EXIF,
    OPERATOR,
    OWN_FACT,
    REJECTED,
    SECRETS,
    TYPED,
    Lab,
)
from tests.support.web_page import Page

LOGIN = [name for name in (getpass.getuser(), socket.gethostname()) if len(name) > 4]
FIRST = "2026-11-20T101530"


def written(lab: Lab, run: str, out: Path | None = None, *, looked_at: bool = False) -> Written:
    return write_run_report(lab.root, run, out, OPERATOR, looked_at=looked_at)


def page_of(lab: Lab, run: str) -> Page:
    return Page.read(written(lab, run).path)


def consent(lab: Lab, code: str, *scopes: Scope) -> None:
    with Catalog.open(lab.root) as catalog:
        catalog.edit_participant(code, "ana", scopes=frozenset(scopes))


def where(canary: str, html: str) -> bool:
    return canary.lower() in html.lower()


@pytest.mark.parametrize("run", [f"S01/{FIRST}", "S05", f"S06/{FIRST}"])
def test_no_secret_and_nothing_typed_is_on_a_page(lab: Lab, run: str) -> None:
    """Nobody looked at the texts; facts of the room stand there, as in femo's own results."""
    done = written(lab, run)
    html = done.path.read_text("utf-8")
    hidden = set(SECRETS) - set(REJECTED)  # the lab sees attempts that it rejected
    for canary in (*hidden, *LOGIN, *(TYPED[kind] for kind in ("note", "marker", "reason"))):
        assert not where(canary, html), canary
    assert TYPED["fact"] in html
    assert "that somebody typed" in Page(html).root.one("aside", "plain").text


def test_texts_stand_there_once_somebody_looked_but_never_a_secret(lab: Lab) -> None:
    html = written(lab, f"S01/{FIRST}", looked_at=True).path.read_text("utf-8")
    for kind in ("marker", "reason", "fact"):
        assert TYPED[kind] in html, kind
    for canary in (EMAIL, OPERATOR, *LOGIN):
        assert not where(canary, html), canary


@pytest.mark.parametrize("run", [f"S01/{FIRST}", "S05"])
def test_what_leaves_the_store_is_what_a_bundle_would_hold(
    lab: Lab, tmp_path: Path, run: str
) -> None:
    done = written(lab, run, tmp_path / "out.html")
    html = done.path.read_text("utf-8")
    for canary in (*SECRETS, *LOGIN, *DATES, *TYPED.values(), OWN_FACT, "2026"):
        assert not where(canary, html), canary
    page = Page(html)
    assert "1 January 1900, 00:00 UTC" in page.root.one("header").text
    windows = [row["Window"] for row in page.table("Quality of each window")]
    assert "Stress_S stress, attempt 2" in windows
    assert "Stress_S stress" not in windows
    assert ("Happy_A acted-happy" in windows) is (run != "S05")  # rejected afterwards
    assert "kept in the lab" in page.figure("gsr").one("desc").text
    assert "41.41" not in page.figure("gsr").one("desc").text


def test_what_leaves_is_noted_and_what_stays_is_not(own_lab: Lab, tmp_path: Path) -> None:
    stays = written(own_lab, "S05")
    assert not stays.leaves
    with Catalog.open(own_lab.root) as catalog:
        assert catalog.exports() == []
    leaves = written(own_lab, "S05", tmp_path / "out.html")
    assert leaves.leaves
    with Catalog.open(own_lab.root) as catalog:
        (export,) = catalog.exports("S05")
        assert (export.file_name, export.level, export.sha256) == (
            *("out.html", "report", leaves.sha256),
        )
        assert plan_withdrawal(catalog, "S05").exports == (export,)
    (line,) = [line for line in audit.read(own_lab.root) if line.action == "export"]
    assert line.facts["file"] == "out.html"
    assert line.operator == OPERATOR


def test_faces_need_consent_to_be_shared_wherever_the_page_lies(lab: Lab) -> None:
    """S02 shares no faces: a face on paper is out of anybody's hands."""
    page = page_of(lab, "S02")
    assert page.root.all("img") == []
    assert "Pictures of faces: no consent to share-face." in page.text
    assert len(page_of(lab, f"S01/{FIRST}").root.all("img")) > 20


def test_conductance_needs_consent_to_be_shared_where_it_leaves(lab: Lab, tmp_path: Path) -> None:
    """S03 shares faces only, S04 nothing."""
    assert page_of(lab, "S03").figure("gsr")
    done = written(lab, "S03", tmp_path / "out.html")
    page = Page.read(done.path)
    assert page.root.all("svg") == []
    assert "Skin conductance: no consent to share-gsr." in page.text
    assert {row["Mean, µS"] for row in page.table("Quality of each window")} == {"–"}
    assert page.root.all("img")
    with pytest.raises(ConsentError, match="nothing of it may leave the store"):
        written(lab, "S04", tmp_path / "nothing.html")
    assert not (tmp_path / "nothing.html").exists()


def test_consent_counts_as_it_stands_now(own_lab: Lab) -> None:
    assert page_of(own_lab, "S05").root.all("img")
    consent(own_lab, "S05", Scope.FACE, Scope.SHARE_FACE)
    page = page_of(own_lab, "S05")
    assert page.root.all("svg") == []
    assert page.root.all("img")
    assert "Not shown: no consent to gsr." in page.text
    with Catalog.open(own_lab.root) as catalog:
        catalog.edit_participant("S05", "ana", scopes=frozenset(Scope), expires_utc="2026-11-21")
    page = page_of(own_lab, "S05")
    assert page.root.all("svg") == page.root.all("img") == []
    assert "consent to gsr expired on 2026-11-21" in page.text


def test_pictures_are_small_and_carry_the_picture_only(lab: Lab) -> None:
    """The store's faces have EXIF, a comment and a tail."""
    pictures = page_of(lab, f"S01/{FIRST}").root.all("img")
    assert all(img.attributes["alt"].startswith("Face of S01 in ") for img in pictures)
    for img in pictures:
        jpeg = base64.b64decode(img.attributes["src"].partition(",")[2])
        assert jpeg.startswith(b"\xff\xd8")
        assert jpeg.endswith(b"\xff\xd9")
        assert not [canary for canary in EXIF if canary.encode() in jpeg]


def test_a_face_rejected_by_eye_is_not_shown(own_lab: Lab) -> None:
    run = own_lab.runs["S05"]
    saved = saved_frames(run, "happy", 1)
    assert len(saved) == 6  # two a second for 3 s
    clock = VirtualClock()
    judge_frames(run, [saved[2].frame], "ana", "a hand before it", clock, accepted=False)
    shown = [img.attributes["alt"] for img in page_of(own_lab, "S05").root.all("img")]
    assert sum("Happy_S" in alt for alt in shown) == 5


def test_windows_that_were_not_accepted_show_no_face(own_lab: Lab) -> None:
    judge_window(
        *(own_lab.runs["S06"], "happy", 1, "failed", "ana", "no reason told"), VirtualClock()
    )
    page = page_of(own_lab, f"S06/{FIRST}")
    shown = {
        img.attributes["alt"].split(" in ")[1].split(" at ")[0] for img in page.root.all("img")
    }
    assert "Happy_S" not in shown
    assert "Happy_A" in shown


def test_data_that_wait_for_an_answer_are_not_shown(lab: Lab, tmp_path: Path) -> None:
    page = Page.read(written(lab, "S06/2026-11-22T143000").path)
    assert page.root.all("svg") == page.root.all("img") == []
    assert "Kept until asked" in page.text
    with pytest.raises(ConsentError, match="kept until asked"):
        written(lab, "S06/2026-11-22T143000", tmp_path / "out.html")


def test_a_run_that_is_not_closed_does_not_leave(own_lab: Lab, tmp_path: Path) -> None:
    run = own_lab.runs["S05"]
    (run / "manifest-sha256.txt").unlink()
    with pytest.raises(UsageError, match="this run is not closed"):
        written(own_lab, "S05", tmp_path / "out.html")


# --- pages go with what they show -----------------------------------------------------------------


def pages(lab: Lab) -> list[str]:
    found = (lab.root / EXPORTS).glob("*.html")
    return sorted(path.name.partition("-report-")[2] for path in found)


def test_a_withdrawal_removes_every_page_that_names_them(own_lab: Lab) -> None:
    for code in ("S02", "S05"):
        written(own_lab, code)
    assert pages(own_lab) == ["S02-run-01.html", "S05-run-01.html"]
    with Catalog.open(own_lab.root) as catalog:
        assert len(plan_withdrawal(catalog, "S05").results) == 1
        withdraw(catalog, "S05", (), "ana", VirtualClock())
    assert pages(own_lab) == ["S02-run-01.html"]


@pytest.mark.parametrize("scope", [Scope.FACE, Scope.SHARE_FACE])
def test_taking_back_faces_removes_the_pages_that_show_them(own_lab: Lab, scope: Scope) -> None:
    for code in ("S02", "S05", f"S06/{FIRST}"):
        written(own_lab, code)
    with Catalog.open(own_lab.root) as catalog:
        plan = plan_withdrawal(catalog, "S05", [scope])
        assert [name.endswith("S05-run-01.html") for name in plan.results] == [True]
        withdraw(catalog, "S05", [scope], "ana", VirtualClock())
    assert pages(own_lab) == ["S02-run-01.html", "S06-run-01.html"]
    assert not (own_lab.root / EXPORTS / "STALE.txt").exists()  # no figure was of faces
    again = page_of(own_lab, "S05")
    assert again.root.all("img") == []
    assert again.figure("gsr")


def test_taking_back_conductance_removes_the_page(own_lab: Lab) -> None:
    written(own_lab, "S05")
    with Catalog.open(own_lab.root) as catalog:
        withdraw(catalog, "S05", [Scope.GSR], "ana", VirtualClock())
    assert pages(own_lab) == []
    page = page_of(own_lab, "S05")
    assert page.root.all("svg") == []
    assert page.root.all("img")


def test_a_page_goes_with_a_run_that_is_discarded_or_given_to_another(own_lab: Lab) -> None:
    for run in ("S02", "S05", f"S06/{FIRST}"):
        written(own_lab, run)
    with Catalog.open(own_lab.root) as catalog:
        run_dir = own_lab.runs["S05"]
        clock = VirtualClock()
        decide_data(catalog, run_dir, RunData.DISCARDED, "ana", "", clock)
        reassign(catalog, own_lab.runs["S06"], "S02", "ana", clock)
    assert pages(own_lab) == ["S02-run-01.html"]


def test_a_hostile_text_is_text(own_lab: Lab) -> None:
    """A note, a reason and a fact that would be elements, an attribute's end, a style's end."""
    hostile = "<script>alert(1)</script></style>\"'><img src=x onerror=alert(1)>&amp;"
    judge_window(own_lab.runs["S05"], "happy", 1, "failed", "ana", hostile, VirtualClock())
    study = own_lab.root / "study.toml"
    study.write_text(study.read_text().replace("Films and skin", "<b>Films</b>"), "utf-8")
    html = written(own_lab, "S05", looked_at=True).path.read_text("utf-8")
    page = Page(html)
    assert hostile in page.text
    assert page.root.all("script") == page.root.all("b", "evil") == []
    assert all(img.attributes["src"].startswith("data:") for img in page.root.all("img"))
    assert "onerror" not in {name for img in page.root.all("img") for name in img.attributes}
