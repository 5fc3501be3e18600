"""Every scope of consent against everything that it allows: capture, training, results, export."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.selection import ExportRequest
from femo_tui.bundle.outgoing.selection import select as select_for_export
from femo_tui.errors import ConsentError, UsageError
from femo_tui.model.participants import UNKNOWN, Consent, Participant, Scope, parse_expiry
from femo_tui.recorder.plan import make_plan
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.rig import consented_uris
from femo_tui.stats.results import Asked, study_results
from femo_tui.store.catalog import Catalog
from femo_tui.store.study import load_study
from femo_tui.training.recorded import recorded_set
from tests.support.shared_store import SESSIONS, write_run

ALL = "gsr face keep train share-gsr share-face"
# Consent; then what may be done on it, in the words of the columns below.
MATRIX = {
    ALL: "sensor camera frames learn learn-gsr results export-gsr export-face",
    "": "",
    "gsr": "sensor results",
    "face": "camera",
    "keep": "",
    "train": "",
    "share-gsr": "",
    "share-face": "",
    "face keep train share-gsr share-face": "camera frames learn export-face",
    "gsr keep train share-gsr share-face": "sensor results export-gsr",
    "gsr face train share-gsr share-face": "sensor camera learn learn-gsr results export-gsr"
    " export-face",
    "gsr face keep share-gsr share-face": "sensor camera frames results export-gsr export-face",
    "gsr face keep train share-face": "sensor camera frames learn learn-gsr results export-face",
    "gsr face keep train share-gsr": "sensor camera frames learn learn-gsr results export-gsr",
}
KEEPING = """
name = "keeping"
title = "A protocol that keeps whole frames"
languages = ["en"]
keep_frames = true

[[step]]
name = "acted-happy"
kind = "acted"
duration_s = 3.0
emotion = "happy"
elicitation = "A"
text = { en = "Smile, please." }
window = { start_s = 0.4, duration_s = 2.5 }
"""


@dataclass(frozen=True)
class Lab:
    """A store with one run, recorded when all was consented to."""

    root: Path
    protocol: Path

    def allowed(self, catalog: Catalog, code: str = "S01") -> set[str]:
        """Return what may be done with and for a participant now."""
        person = catalog.participant(code)
        return self._capture(person) | self._analysis(person)

    def _capture(self, person: Participant) -> set[str]:
        try:
            gsr, camera = consented_uris(person, "sim:1", "sim:1")
        except ConsentError:
            return set()
        request = RecordRequest(self.root, person.code, str(self.protocol), "sim:1", "sim:1", "sim")
        found = {"sensor": gsr != "none", "camera": camera != "none"}
        found["frames"] = make_plan(request).protocol.keep_frames
        return {what for what, may in found.items() if may}

    def _analysis(self, person: Participant) -> set[str]:
        study = load_study(self.root)
        learnt = recorded_set(self.root, study, {person.code: person}, with_gsr=True)
        results = study_results(self.root, study, [person], Asked())
        try:
            request = ExportRequest(level=Level.FULL, participants=(person.code,))
            chosen = select_for_export(self.root, study, [person], request)
            exported = {what for share in chosen.shares for what in _shared(share.gsr, share.faces)}
        except UsageError:
            exported = set()
        found = {
            "learn": bool(learnt.images),
            "learn-gsr": bool(learnt.gsr),
            "results": bool(results.participants),
        }
        return {what for what, may in found.items() if may} | exported


def _shared(gsr: bool, faces: bool) -> set[str]:
    return ({"export-gsr"} if gsr else set()) | ({"export-face"} if faces else set())


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    root = tmp_path_factory.mktemp("matrix") / "store"
    root.mkdir()
    (root / "study.toml").write_text('title = "Films"\nprotocol = "study"\n', "utf-8")
    protocol = root / "keeping.toml"
    protocol.write_text(KEEPING, "utf-8")
    given = Consent(frozenset(Scope), "1", "2026-10-30T09:00:00Z")
    with Catalog.open(root) as catalog:
        catalog.add_participant(Participant("S01", 30, None, "", given, given.given_utc), "ana")
    levels = {"stress": 6.0, "happy": 5.5}
    write_run(root, "S01", SESSIONS[0], levels, frozenset(Scope))
    return Lab(root, protocol)


@pytest.mark.parametrize("scopes", MATRIX)
def test_each_scope_allows_what_it_says(lab: Lab, scopes: str) -> None:
    agreed = frozenset(Scope(word) for word in scopes.split())
    with Catalog.open(lab.root) as catalog:
        catalog.edit_participant("S01", "ana", scopes=agreed, expires_utc=None)
        assert lab.allowed(catalog) == set(MATRIX[scopes].split())


def test_an_expired_consent_allows_nothing_and_is_named_so_everywhere(lab: Lab) -> None:
    with Catalog.open(lab.root) as catalog:
        until = parse_expiry("2026-01-31")
        catalog.edit_participant("S01", "ana", scopes=frozenset(Scope), expires_utc=until)
        assert lab.allowed(catalog) == set()
        person = catalog.participant("S01")
        study = load_study(lab.root)
        with pytest.raises(ConsentError, match="consent to gsr and face expired on 2026-01-31"):
            consented_uris(person, "sim:1", "sim:1")
        left_out = recorded_set(lab.root, study, {"S01": person}, with_gsr=True).left_out
        assert [o.reason for o in left_out] == ["consent to face and train expired on 2026-01-31"]
        why = study_results(lab.root, study, [person], Asked()).left_out
        assert [o.reason for o in why] == ["consent to gsr expired on 2026-01-31"]
        with pytest.raises(UsageError, match=r"consent to .* expired on 2026-01-31"):
            select_for_export(lab.root, study, [person], ExportRequest(level=Level.FULL))
        catalog.edit_participant("S01", "ana", expires_utc=parse_expiry("2190-01-31"))
        assert lab.allowed(catalog) == set(MATRIX[ALL].split())


def test_whoever_the_catalog_does_not_know_is_left_out_of_everything(
    lab: Lab, tmp_path: Path
) -> None:
    """A run that was copied in tells what was consented to then, not what was taken back since."""
    root = tmp_path / "store"
    shutil.copytree(lab.root, root, ignore=shutil.ignore_patterns("catalog.db*"))
    study = load_study(root)
    learnt = recorded_set(root, study, {}, with_gsr=True)
    results = study_results(root, study, [], Asked())
    assert not learnt.images
    assert not results.participants
    assert [one.reason for one in learnt.left_out] == [UNKNOWN]
    assert [one.reason for one in results.left_out] == [UNKNOWN]
    with Catalog.open(root) as catalog:
        with pytest.raises(UsageError, match="there is nothing to export"):
            select_for_export(root, study, catalog.participants(), ExportRequest(level=Level.FULL))
        catalog.reindex()  # as the sentence says
        assert Lab(root, lab.protocol).allowed(catalog) == set(MATRIX[ALL].split())


@pytest.mark.parametrize(
    ("then", "allowed"),
    [
        ("gsr", "sensor camera frames results export-gsr"),
        ("face train", "sensor camera frames learn export-face"),
        ("face", "sensor camera frames export-face"),
    ],
)
def test_what_was_not_agreed_to_at_the_recording_is_not_made_good_later(
    lab: Lab, tmp_path: Path, then: str, allowed: str
) -> None:
    root = tmp_path / "store"
    root.mkdir()
    (root / "study.toml").write_text('title = "Films"\nprotocol = "study"\n', "utf-8")
    given = Consent(frozenset(Scope), "2", "2026-11-30T09:00:00Z")
    scopes = frozenset(Scope(word) for word in then.split())
    with Catalog.open(root) as catalog:
        catalog.add_participant(Participant("S01", 30, None, "", given, given.given_utc), "ana")
        write_run(root, "S01", SESSIONS[0], {"stress": 6.0}, scopes)
        assert Lab(root, lab.protocol).allowed(catalog) == set(allowed.split())
